/**
 * @file A plot of lines over numbers, the figure of most experiments: ranges and colours are found here, so that an
 * experiment says only what it draws.
 */
import { niceStep, type StepScale, type ValueAxis } from "./axes.ts";
import {
  band,
  type Dash,
  dots,
  legendRows,
  line,
  marks,
  panel,
  type Series,
  type Symbol,
} from "./panel.ts";
import { FIGURE_COLORS } from "./theme.ts";

export interface PlotLine {
  readonly name: string;
  readonly points: readonly PlotPoint[];
}

/** A value, and if known the ends of its interval; what is null or not finite is left out. */
export type PlotPoint = readonly [
  x: number,
  y: number | null,
  low?: number | null,
  high?: number | null,
];

export interface PlotAxis {
  /** The quantity with its unit. */
  readonly title: string;
  readonly scale?: StepScale;
  readonly min?: number;
  readonly max?: number;
  /** What no value can be beyond: intervals end there. */
  readonly bounds?: readonly [low: number, high: number];
  /** Where the ticks of a logarithmic horizontal axis are, if not at powers of ten. */
  readonly ticks?: readonly number[];
  /** Values that are on the axis in any case, so that plots side by side have one range. */
  readonly holds?: readonly number[];
}

export interface PlotOptions {
  /** Unique in the page. */
  readonly id: string;
  /** Of the vertical axis stands above the plot. */
  readonly y: PlotAxis;
  readonly x: PlotAxis;
  readonly notes?: readonly string[];
  readonly lines: readonly PlotLine[];
  /** Points without lines between them. */
  readonly marks?: boolean;
}

const COLORS = [
  FIGURE_COLORS.withBatchNorm,
  FIGURE_COLORS.withoutBatchNorm,
  FIGURE_COLORS.third,
  FIGURE_COLORS.fourth,
  FIGURE_COLORS.fifth,
  FIGURE_COLORS.sixth,
] as const;

const DASHES: readonly Dash[] = ["solid", [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [4, 4]];

const SYMBOLS: readonly Symbol[] = ["circle", "diamond", "triangle", "rect"];
/** More areas than this would hide each other. */
const DENSE_AREAS = 3;
/** The points of lines are marked up to this many; more would hide the line. */
const MARKED_POINTS = 24;

type Drawn = { readonly name: string; readonly points: readonly DrawnPoint[] };
type DrawnPoint = readonly [x: number, y: number, low: number | null, high: number | null];

/** Figures that stand side by side, so that their plots begin at one height. */
export function drawFigures(
  figures: readonly (PlotOptions | GroupPlotOptions)[],
): readonly string[] {
  const rows = Math.max(...figures.map(legendRowsOf));
  return figures.map((figure) =>
    "groups" in figure ? groupPlot(figure, rows) : plot(figure, rows),
  );
}

/** Draws at most six lines; each has a colour and a dash of its own. `rows` is how many the legend has at least. */
export function plot(options: PlotOptions, rows = 0): string {
  const { id, x, y, notes = [] } = options;
  const drawn = options.lines.map((one) => drawnLine(one, x, y));
  const xs = drawn.flatMap(({ points }) => points.map(([at]) => at));
  const ys = drawn.flatMap(({ points }) => points.flatMap(([, ...values]) => values));
  const [first, last] = range(xs, x);
  const start = x.min ?? (x.scale === "logarithmic" ? first : Math.min(0, first));
  const values = valueAxis(
    ys.filter((value) => value !== null),
    y,
  );
  const look = {
    isDense: drawn.length > DENSE_AREAS,
    isMarked: drawn.every(({ points }) => points.length <= MARKED_POINTS),
  };
  return panel({
    ...{ id, notes, values, title: y.title, legendRows: rows },
    description: `${y.title} against ${x.title}: ${drawn.map(({ name }) => name).join(", ")}.`,
    steps: {
      ...{ title: x.title, scale: x.scale ?? "linear", first: start, last },
      whole: xs.every(Number.isInteger),
      ...(x.ticks !== undefined && { ticks: x.ticks }),
    },
    series: drawn.flatMap((one, i) => seriesOf(one, i, options, look)),
  });
}

/** Without what cannot be shown, and with intervals inside what can be. */
function drawnLine({ name, points }: PlotLine, x: PlotAxis, y: PlotAxis): Drawn {
  const [low, high] = y.bounds ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const end = (value: number | null | undefined): number | null =>
    isShown(value, y) ? Math.min(high, Math.max(low, value)) : null;
  return {
    name,
    points: points.flatMap(([at, value, from, to]) => {
      return isShown(at, x) && isShown(value, y) ? [[at, value, end(from), end(to)] as const] : [];
    }),
  };
}

function seriesOf(
  { name, points }: Drawn,
  i: number,
  options: PlotOptions,
  { isDense, isMarked }: { readonly isDense: boolean; readonly isMarked: boolean },
): Series[] {
  const color = COLORS[i % COLORS.length];
  const places = points.map(([at, value]) => [at, value] as const);
  if (options.marks === true) {
    return [marks({ name, color, symbol: SYMBOLS[i % SYMBOLS.length], points: places })];
  }
  const intervals = points.flatMap(([at, , low, high]) => {
    return low !== null && high !== null ? [[at, low, high] as const] : [];
  });
  return [
    ...(intervals.length > 1 ? [band({ color, opacity: isDense ? 0.1 : 0.2, intervals })] : []),
    line({ name, color, dash: DASHES[i % DASHES.length], points: places, marked: isMarked }),
  ];
}

/** How many rows the legend of a figure takes. */
export function legendRowsOf(figure: PlotOptions | GroupPlotOptions): number {
  return "groups" in figure ? 0 : legendRows(figure.lines.map(({ name }) => name)).length;
}

export interface GroupPlotOptions {
  readonly id: string;
  readonly y: PlotAxis;
  /** The title of the horizontal axis. */
  readonly x: string;
  readonly notes?: readonly string[];
  /** The values of each group, in the order of the groups. */
  readonly groups: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Values of named groups: a circle for each, a diamond for their mean. */
export function groupPlot({ id, x, y, notes = [], groups }: GroupPlotOptions, rows = 0): string {
  const shown = Object.entries(groups).map(([name, values]) => {
    return { name, kept: values.filter((value) => isShown(value, y)) };
  });
  const means = shown
    .filter(({ kept }) => kept.length > 0)
    .map(({ name, kept }) => [name, kept.reduce((a, b) => a + b, 0) / kept.length] as const);
  const points = shown.flatMap(({ name, kept }) => kept.map((value) => [name, value] as const));
  const values = valueAxis(
    points.map(([, value]) => value),
    y,
  );
  return panel({
    ...{ id, notes, values, title: y.title, legendRows: rows },
    description: `${y.title} by ${x}: ${Object.keys(groups).join(", ")}.`,
    steps: { title: x, groups: Object.keys(groups) },
    series: [
      dots({ color: FIGURE_COLORS.withBatchNorm, filled: false, points }),
      dots({ color: FIGURE_COLORS.withoutBatchNorm, filled: true, points: means }),
    ],
  });
}

function isShown(value: number | null | undefined, { scale }: PlotAxis): value is number {
  return (
    typeof value === "number" && Number.isFinite(value) && (scale !== "logarithmic" || value > 0)
  );
}

function range(values: readonly number[], axis: PlotAxis): readonly [number, number] {
  const all = [...values, ...(axis.holds ?? [])];
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (low > high) return [axis.min ?? 0, axis.max ?? 1];
  return [axis.min ?? low, axis.max ?? high];
}

/** From one round number to another; powers of ten where it is logarithmic, and ends that are fixed as they are. */
function valueAxis(values: readonly number[], axis: PlotAxis): ValueAxis {
  const [low, high] = range(values, axis);
  if (axis.scale === "logarithmic") {
    const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const [min, max] = [axis.min ?? 10 ** from, axis.max ?? 10 ** Math.max(to, from + 1)];
    return { min, max, scale: "logarithmic" };
  }
  // what differs by roundings alone is a level line
  const isLevel = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const interval = niceStep(isLevel ? Math.max(1, Math.abs(high)) : high - low);
  const from = interval * Math.floor(low / interval + 1e-9);
  const to = interval * Math.ceil(high / interval - 1e-9);
  const min = axis.min ?? (low >= 0 ? Math.max(0, from) : from);
  return { min, max: axis.max ?? (to > min ? to : min + interval), interval };
}
