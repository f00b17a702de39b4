/**
 * @file A plot of lines over numbers, the figure of most experiments: ranges and colours are found here, so that an
 * experiment says only what it draws.
 */
import { band, type Dash, dots, line, panel, type StepScale } from "./panel.ts";
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
}

export interface PlotOptions {
  /** Unique in the page. */
  readonly id: string;
  /** Of the vertical axis stands above the plot. */
  readonly y: PlotAxis;
  readonly x: PlotAxis;
  readonly notes?: readonly string[];
  readonly lines: readonly PlotLine[];
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

export const drawFigure = (figure: PlotOptions | GroupPlotOptions): string =>
  "groups" in figure ? groupPlot(figure) : plot(figure);

/** Draws at most six lines; each has a colour and a dash of its own. */
export function plot({ id, x, y, notes = [], lines }: PlotOptions): string {
  const logarithmic = { x: x.scale === "logarithmic", y: y.scale === "logarithmic" };
  const drawn = lines.map(({ name, points }) => ({
    name,
    points: points.filter(([at, value]) => {
      return isShown(at, logarithmic.x) && isShown(value, logarithmic.y);
    }) as readonly (readonly [number, number, number?, number?])[],
  }));
  const xs = drawn.flatMap(({ points }) => points.map(([at]) => at));
  const ys = drawn.flatMap(({ points }) => points.flatMap(([, ...values]) => values));
  const [first, last] = range(xs, x);
  const [min, max] = range(ys.filter((value) => isShown(value, logarithmic.y)) as number[], y);
  return panel({
    id,
    title: y.title,
    notes,
    description: `${y.title} against ${x.title}: ${lines.map(({ name }) => name).join(", ")}.`,
    steps: { title: x.title, scale: x.scale ?? "linear", first, last },
    values: { ...rounded(min, max, logarithmic.y), ...fixed(y), scale: y.scale ?? "linear" },
    series: drawn.flatMap(({ name, points }, i) => {
      const color = COLORS[i % COLORS.length];
      const intervals = points.flatMap(([at, , low, high]) => {
        return isShown(low, logarithmic.y) && isShown(high, logarithmic.y)
          ? [[at, low as number, high as number] as const]
          : [];
      });
      return [
        ...(intervals.length > 1 ? [band({ color, intervals })] : []),
        line({
          name,
          color,
          dash: DASHES[i % DASHES.length],
          points: points.map(([at, value]) => [at, value]),
        }),
      ];
    }),
  });
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

/** Values of named groups: a circle for each, a disc for their mean. */
export function groupPlot({ id, x, y, notes = [], groups }: GroupPlotOptions): string {
  const shown = Object.entries(groups).map(([name, values]) => {
    const kept = values.filter((v): v is number => isShown(v, y.scale === "logarithmic"));
    return { name, kept };
  });
  const [min, max] = range(
    shown.flatMap(({ kept }) => kept),
    y,
  );
  const color = FIGURE_COLORS.withBatchNorm;
  const means = shown
    .filter(({ kept }) => kept.length > 0)
    .map(({ name, kept }) => [name, kept.reduce((a, b) => a + b, 0) / kept.length] as const);
  return panel({
    id,
    title: y.title,
    notes,
    description: `${y.title} by ${x}: ${Object.keys(groups).join(", ")}.`,
    steps: { title: x, groups: Object.keys(groups) },
    values: {
      ...rounded(min, max, y.scale === "logarithmic"),
      ...fixed(y),
      scale: y.scale ?? "linear",
    },
    series: [
      dots({
        color,
        filled: false,
        points: shown.flatMap(({ name, kept }) => kept.map((value) => [name, value] as const)),
      }),
      dots({ color, filled: true, points: means }),
    ],
  });
}

function isShown(value: number | null | undefined, logarithmic: boolean): boolean {
  return typeof value === "number" && Number.isFinite(value) && (!logarithmic || value > 0);
}

function range(values: readonly number[], { min, max }: PlotAxis): readonly [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (low > high) return [min ?? 0, max ?? 1];
  return [min ?? low, max ?? high];
}

function fixed({ min, max }: PlotAxis): { min?: number; max?: number } {
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/** Ends of an axis that round numbers divide: powers of ten where it is logarithmic. */
function rounded(low: number, high: number, logarithmic: boolean): { min: number; max: number } {
  if (logarithmic) {
    const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    return { min: 10 ** from, max: 10 ** Math.max(to, from + 1) };
  }
  // what differs by roundings alone is a level line
  const isLevel = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const span = isLevel ? Math.max(1, Math.abs(high)) : high - low;
  const unit = 10 ** Math.floor(Math.log10(span));
  const step = span / unit > 5 ? unit : unit / 2;
  const [from, to] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  return { min: low >= 0 ? Math.max(0, from) : from, max: to > from ? to : from + step };
}
