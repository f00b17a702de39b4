/**
 * @file One panel of a figure: title, notes, legend, axes over training steps or named groups, lines, bands, dots.
 *
 * All panels have one size and one frame, so that they align side by side. Above the plot stand what it shows
 * with its unit, notes on how to read it, and the legend, which therefore covers nothing. The size suits a page
 * of two columns and, scaled down by a tenth, a phone. A panel does not know what its lines mean.
 */
import type { XAXisComponentOption, YAXisComponentOption } from "echarts";
import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from "echarts/charts";
import type { LegendComponentOption, TitleComponentOption } from "echarts/components";
import { drawChart } from "./chart.ts";
import { formatCount, formatFixed } from "./format.ts";
import { FIGURE_COLORS } from "./theme.ts";

const WIDTH = 420;
const PLOT_HEIGHT = 222;
const LEFT = 44;
/** Half of "50,000" in a wide font, which stands under the right end of the axis. */
const RIGHT = 30;
const BOTTOM = 48;
/** Still 11 pixels when the panel is scaled down to a phone. */
const FONT_SIZE = 13;
const TITLE_HEIGHT = 24;
const NOTE_HEIGHT = 18;
const LEGEND_HEIGHT = 34;
/** Each row of the legend after the first adds this. */
const LEGEND_ROW = 22;
/** Of a legend's mark with the space after it, of one letter, and between two entries: on the safe side. */
const MARK_WIDTH = 29;
const LETTER_WIDTH = 7.5;
const ENTRY_GAP = 34;
const FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif";
/** Up to this many points are marked; more would hide the line. */
const MARKED_POINTS = 24;

export type StepScale = "linear" | "logarithmic";
export type Dash = "solid" | number[];
export type Series = LineSeriesOption | CustomSeriesOption | ScatterSeriesOption;

/** The horizontal axis: numbers, with their unit in the title. */
export interface NumberAxis {
  readonly title: string;
  readonly scale: StepScale;
  readonly first: number;
  readonly last: number;
}

/** The horizontal axis: groups side by side, in their order. */
export interface GroupAxis {
  readonly title: string;
  readonly groups: readonly string[];
}

export interface PanelOptions {
  /** Unique in the page. */
  readonly id: string;
  /** The quantity with its unit. */
  readonly title: string;
  /** Lines under the title. Panels side by side have equally many, empty ones if need be. */
  readonly notes: readonly string[];
  readonly description: string;
  readonly steps: NumberAxis | GroupAxis;
  readonly values: { readonly min: number; readonly max: number; readonly scale?: StepScale };
  readonly series: readonly Series[];
}

/** Draws the panel; the legend lists the lines in their order. */
export function panel({ id, description, ...options }: PanelOptions): string {
  const legendTop = TITLE_HEIGHT + NOTE_HEIGHT * options.notes.length + 8;
  const names = options.series
    .filter(({ type }) => type === "line")
    .map(({ name }) => String(name));
  const legends = legendRows(names).map((row, i) => legendOf(row, legendTop + LEGEND_ROW * i));
  const top = legendTop + LEGEND_HEIGHT + LEGEND_ROW * Math.max(0, legends.length - 1);
  return drawChart(
    {
      textStyle: { fontFamily: FONT, fontSize: FONT_SIZE, color: FIGURE_COLORS.ink },
      title: heading(options.title, options.notes),
      legend: legends,
      grid: { left: LEFT, right: RIGHT, top, bottom: BOTTOM, outerBoundsMode: "none" },
      xAxis: horizontalAxis(options.steps),
      yAxis: valueAxis(options.values),
      series: [...options.series],
    },
    { id, description, width: WIDTH, height: top + PLOT_HEIGHT + BOTTOM },
  );
}

export interface LineOptions {
  readonly name: string;
  readonly color: string;
  readonly dash: Dash;
  readonly points: readonly (readonly [step: number, value: number])[];
}

export function line({ name, color, dash, points }: LineOptions): LineSeriesOption {
  return {
    type: "line",
    name,
    silent: true,
    z: 3,
    data: points.map(([step, value]) => [step, value]),
    symbol: points.length <= MARKED_POINTS ? "circle" : "none",
    symbolSize: 5,
    itemStyle: { color, borderWidth: 0 },
    lineStyle: { color, width: 2, type: dash, join: "round" },
  };
}

export interface DotOptions {
  readonly color: string;
  /** Open circles for single values, filled ones for their mean. */
  readonly filled: boolean;
  readonly points: readonly (readonly [group: string, value: number])[];
}

/** Values of groups, as circles; they have no entry in the legend. */
export function dots({ color, filled, points }: DotOptions): ScatterSeriesOption {
  return {
    type: "scatter",
    silent: true,
    z: filled ? 4 : 3,
    data: points.map(([group, value]) => [group, value]),
    symbolSize: filled ? 11 : 8,
    itemStyle: { color: filled ? color : "transparent", borderColor: color, borderWidth: 1.5 },
  };
}

export interface BandOptions {
  readonly color: string;
  readonly intervals: readonly (readonly [step: number, low: number, high: number])[];
}

/** The area between two values at each step, under the lines; it has no entry in the legend. */
export function band({ color, intervals }: BandOptions): CustomSeriesOption {
  return {
    type: "custom",
    silent: true,
    z: 2,
    clip: true,
    data: intervals.map((interval) => [...interval]),
    // Called once for each datum: the first draws the whole area, the others nothing.
    renderItem: (params, api) => {
      if (params.dataIndex !== 0) return { type: "group", children: [] };
      const upper = intervals.map(([step, , high]) => api.coord([step, high]));
      const lower = intervals.map(([step, low]) => api.coord([step, low]));
      return {
        type: "polygon",
        shape: { points: [...upper, ...lower.reverse()] },
        style: { fill: color, opacity: 0.2 },
      };
    },
  };
}

const heading = (title: string, notes: readonly string[]): TitleComponentOption => ({
  text: title,
  subtext: notes.join("\n"),
  left: 0,
  top: 0,
  padding: 0,
  itemGap: 5,
  textStyle: { fontSize: 15, fontWeight: 600, lineHeight: 19, color: FIGURE_COLORS.ink },
  subtextStyle: { fontSize: FONT_SIZE, lineHeight: NOTE_HEIGHT, color: FIGURE_COLORS.ink },
});

/** As many names to a row as fit. */
function legendRows(names: readonly string[]): readonly string[][] {
  const rows: string[][] = [];
  let end = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const width = MARK_WIDTH + LETTER_WIDTH * name.length;
    if (end + ENTRY_GAP + width > WIDTH) {
      rows.push([]);
      end = -ENTRY_GAP;
    }
    rows[rows.length - 1].push(name);
    end += ENTRY_GAP + width;
  }
  return rows;
}

const legendOf = (names: string[], top: number): LegendComponentOption => ({
  data: names,
  left: 0,
  top,
  padding: 0,
  // Widths of text are estimated when there is no browser; the gap leaves room for wider fonts.
  itemGap: ENTRY_GAP,
  itemWidth: 24,
  itemHeight: 5,
  selectedMode: false,
  // Only the line, not the mark in its middle, which no line has when there are many points.
  itemStyle: { opacity: 0 },
  textStyle: { fontSize: FONT_SIZE, color: FIGURE_COLORS.ink },
});

const axisLook = {
  axisLine: { show: true, onZero: false, lineStyle: { color: FIGURE_COLORS.ink, width: 1 } },
  axisTick: { show: true, length: 4, lineStyle: { color: FIGURE_COLORS.ink } },
  axisLabel: { fontSize: FONT_SIZE, color: FIGURE_COLORS.ink, hideOverlap: true },
  splitLine: { show: true, lineStyle: { color: FIGURE_COLORS.rule, opacity: 0.3, width: 1 } },
} as const;

function horizontalAxis(axis: PanelOptions["steps"]): XAXisComponentOption {
  return "groups" in axis ? groupAxis(axis) : numberAxis(axis);
}

function numberAxis({ title, scale, first, last }: NumberAxis): XAXisComponentOption {
  const isLogarithmic = scale === "logarithmic";
  const shared = {
    ...axisLook,
    axisLabel: { ...axisLook.axisLabel, formatter: formatTick },
    splitLine: { show: false },
    name: `${title}${isLogarithmic ? " (logarithmic)" : ""}`,
    nameLocation: "middle",
    nameGap: 30,
    nameTextStyle: { fontSize: FONT_SIZE, color: FIGURE_COLORS.ink },
    max: last,
  } as const;
  return isLogarithmic
    ? { ...shared, type: "log", min: first, minorTick: { show: true, splitNumber: 9 } }
    : { ...shared, type: "value", min: Math.min(0, first), splitNumber: 5 };
}

const groupAxis = ({ title, groups }: GroupAxis): XAXisComponentOption => ({
  ...axisLook,
  type: "category",
  data: [...groups],
  axisTick: { show: false },
  name: title,
  nameLocation: "middle",
  nameGap: 30,
  nameTextStyle: { fontSize: FONT_SIZE, color: FIGURE_COLORS.ink },
});

const valueAxis = ({ min, max, scale }: PanelOptions["values"]): YAXisComponentOption => ({
  ...axisLook,
  type: scale === "logarithmic" ? "log" : "value",
  min,
  max,
  splitNumber: 5,
  axisLabel: { ...axisLook.axisLabel, formatter: (value: number) => formatTick(value) },
});

/** Powers of ten where digits would not fit: 0.0001 is "1e−4". */
function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.01 || size >= 1e5)) {
    return value.toExponential(0).replace("e+", "e").replaceAll("-", "−");
  }
  if (Number.isInteger(value)) return formatCount(value).replace("-", "−");
  return formatFixed(value, size < 0.1 ? 2 : 1);
}
