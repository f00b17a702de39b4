/**
 * @file One panel of a figure: title, notes, legend, axes over training steps or named groups, lines, bands, dots.
 *
 * All panels have one size and one frame, so that they align side by side. Above the plot stand what it shows
 * with its unit, notes on how to read it, and the legend, which therefore covers nothing. The size suits a page
 * of two columns and, scaled down by a tenth, a phone. A panel does not know what its lines mean.
 */
import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from "echarts/charts";
import type { LegendComponentOption, TitleComponentOption } from "echarts/components";
import {
  FONT_SIZE,
  type GroupAxis,
  horizontalAxis,
  horizontalTitle,
  type NumberAxis,
  type ValueAxis,
  verticalAxis,
} from "./axes.ts";
import { drawChart } from "./chart.ts";
import { FIGURE_COLORS } from "./theme.ts";

const WIDTH = 420;
const PLOT_HEIGHT = 222;
const LEFT = 44;
/** Half of "50,000" in a wide font, which stands under the right end of the axis. */
const RIGHT = 30;
const BOTTOM = 48;
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

export type { StepScale } from "./axes.ts";
export type Dash = "solid" | number[];
export type Series = LineSeriesOption | CustomSeriesOption | ScatterSeriesOption;

export interface PanelOptions {
  /** Unique in the page. */
  readonly id: string;
  /** The quantity with its unit. */
  readonly title: string;
  /** Lines under the title. Panels side by side have equally many, empty ones if need be. */
  readonly notes: readonly string[];
  readonly description: string;
  readonly steps: NumberAxis | GroupAxis;
  readonly values: ValueAxis;
  readonly series: readonly Series[];
  /** Rows that the legend has at least: those of the panels beside it. */
  readonly legendRows?: number;
}

/** Draws the panel; the legend lists what has a name, in its order. */
export function panel({ id, description, ...options }: PanelOptions): string {
  const legendTop = TITLE_HEIGHT + NOTE_HEIGHT * options.notes.length + 8;
  const named = options.series.filter(({ name }) => name !== undefined);
  const hasLines = named.some(({ type }) => type === "line");
  const rows = legendRows(named.map(({ name }) => String(name)));
  const legends = rows.map((row, i) => legendOf(row, legendTop + LEGEND_ROW * i, hasLines));
  const further = Math.max(legends.length, options.legendRows ?? 0, 1) - 1;
  const top = legendTop + LEGEND_HEIGHT + LEGEND_ROW * further;
  return drawChart(
    {
      textStyle: { fontFamily: FONT, fontSize: FONT_SIZE, color: FIGURE_COLORS.ink },
      title: heading(options.title, options.notes),
      legend: legends,
      grid: { left: LEFT, right: RIGHT, top, bottom: BOTTOM, outerBoundsMode: "none" },
      xAxis: horizontalAxis(options.steps),
      yAxis: verticalAxis(options.values),
      series: [...options.series],
    },
    {
      ...{ id, description, width: WIDTH, height: top + PLOT_HEIGHT + BOTTOM },
      axes: { x: horizontalTitle(options.steps), y: options.title },
      groups: "groups" in options.steps,
    },
  );
}

export interface LineOptions {
  readonly name: string;
  readonly color: string;
  readonly dash: Dash;
  readonly points: readonly (readonly [step: number, value: number])[];
  /** Whether each point has a mark. */
  readonly marked: boolean;
}

export function line({ name, color, dash, points, marked }: LineOptions): LineSeriesOption {
  return {
    type: "line",
    name,
    silent: true,
    z: 3,
    data: points.map(([step, value]) => [step, value]),
    symbol: marked ? "circle" : "none",
    symbolSize: 5,
    itemStyle: { color, borderWidth: 0 },
    lineStyle: { color, width: 2, type: dash, join: "round" },
  };
}

export type Symbol = "circle" | "diamond" | "triangle" | "rect";

export interface MarkOptions {
  readonly name: string;
  readonly color: string;
  readonly symbol: Symbol;
  readonly points: readonly (readonly [x: number, value: number])[];
}

/** Points that no line connects, of one shape. */
export function marks({ name, color, symbol, points }: MarkOptions): ScatterSeriesOption {
  return {
    type: "scatter",
    name,
    silent: true,
    z: 3,
    data: points.map(([x, value]) => [x, value]),
    symbol,
    symbolSize: 9,
    itemStyle: { color, opacity: 0.9 },
  };
}

export interface DotOptions {
  readonly color: string;
  /** Open circles for single values, a filled diamond for their mean. */
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
    symbol: filled ? "diamond" : "circle",
    symbolSize: filled ? 14 : 8,
    itemStyle: { color: filled ? color : "transparent", borderColor: color, borderWidth: 1.5 },
  };
}

export interface BandOptions {
  readonly color: string;
  readonly opacity?: number;
  readonly intervals: readonly (readonly [step: number, low: number, high: number])[];
}

/** The area between two values at each step, under the lines; it has no entry in the legend. */
export function band({ color, opacity = 0.2, intervals }: BandOptions): CustomSeriesOption {
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
        style: { fill: color, opacity },
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
export function legendRows(names: readonly string[]): readonly string[][] {
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

const legendOf = (names: string[], top: number, hasLines: boolean): LegendComponentOption => ({
  data: names,
  left: 0,
  top,
  padding: 0,
  // Widths of text are estimated when there is no browser; the gap leaves room for wider fonts.
  itemGap: ENTRY_GAP,
  itemWidth: hasLines ? 24 : 10,
  itemHeight: hasLines ? 5 : 10,
  selectedMode: false,
  // Only the line, not the mark in its middle, which no line has when there are many points.
  ...(hasLines ? { itemStyle: { opacity: 0 } } : {}),
  textStyle: { fontSize: FONT_SIZE, color: FIGURE_COLORS.ink },
});
