/**
 * @file The axes of a panel: where their ticks stand, how they are labelled, and what is written beside them.
 *
 * Ticks are at multiples of 1, 2 or 5 times a power of ten, at most eight intervals of them; the end of an axis that is
 * no such multiple has no label, which would stand too close to the last one.
 */
import type { XAXisComponentOption, YAXisComponentOption } from "echarts";
import { formatCount, formatFixed, formatScientific } from "./format.ts";
import { FIGURE_COLORS } from "./theme.ts";

export type StepScale = "linear" | "logarithmic";

/** The horizontal axis: numbers, with their unit in the title. */
export interface NumberAxis {
  readonly title: string;
  readonly scale: StepScale;
  readonly first: number;
  readonly last: number;
  /** Whether there is nothing between two integers. */
  readonly whole?: boolean;
  /** Where the ticks of a logarithmic axis are, if not at powers of ten. */
  readonly ticks?: readonly number[];
}

/** The horizontal axis: groups side by side, in their order. */
export interface GroupAxis {
  readonly title: string;
  readonly groups: readonly string[];
}

/** The vertical axis. */
export interface ValueAxis {
  readonly min: number;
  readonly max: number;
  readonly scale?: StepScale;
  /** Between two ticks of a linear axis. */
  readonly interval?: number;
}

export const FONT_SIZE = 13;
const MOST_INTERVALS = 6;
/** Where labels are short. */
const MOST_SHORT_INTERVALS = 8;
/** The beginning of a linear axis that is closer to the next tick, as a part of their distance, has no label. */
const CROWDED_PART = 0.5;
/** An end of a logarithmic axis that is closer to a power of ten, as a part of the axis, has no label. */
const CROWDED_END = 0.13;

const axisLook = {
  axisLine: { show: true, onZero: false, lineStyle: { color: FIGURE_COLORS.ink, width: 1 } },
  axisTick: { show: true, length: 4, lineStyle: { color: FIGURE_COLORS.ink } },
  axisLabel: { fontSize: FONT_SIZE, color: FIGURE_COLORS.ink, hideOverlap: true },
  splitLine: { show: true, lineStyle: { color: FIGURE_COLORS.rule, opacity: 0.3, width: 1 } },
} as const;

const titleLook = {
  nameLocation: "middle",
  nameGap: 30,
  nameTextStyle: { fontSize: FONT_SIZE, color: FIGURE_COLORS.ink },
} as const;

/** The smallest of 1, 2 and 5 times a power of ten that divides a span into at most six intervals, or so many. */
export function niceStep(span: number, most: number = MOST_INTERVALS): number {
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5].find((digit) => span <= most * digit * power * (1 + 1e-9));
  return (step ?? 10) * power;
}

/** What stands under the horizontal axis. */
export function horizontalTitle(axis: NumberAxis | GroupAxis): string {
  const { title } = axis;
  if ("groups" in axis || axis.scale === "linear") return title;
  return title.endsWith(")") ? `${title.slice(0, -1)}, logarithmic)` : `${title} (logarithmic)`;
}

export function horizontalAxis(axis: NumberAxis | GroupAxis): XAXisComponentOption {
  const shared = { ...axisLook, ...titleLook, name: horizontalTitle(axis) };
  if ("groups" in axis) {
    return { ...shared, type: "category", data: [...axis.groups], axisTick: { show: false } };
  }
  const bare = { ...shared, splitLine: { show: false } };
  if (axis.scale === "logarithmic") {
    const minorTick = { show: true, splitNumber: 9 };
    return axis.ticks === undefined
      ? { ...bare, ...logarithmicTicks(axis.first, axis.last), minorTick }
      : { ...bare, ...givenTicks(axis.first, axis.last, axis.ticks) };
  }
  const { first, last, whole = false } = axis;
  const most = Math.max(Math.abs(first), last) < 1000 ? MOST_SHORT_INTERVALS : MOST_INTERVALS;
  const interval = Math.max(whole ? 1 : 0, niceStep(last - first || 1, most));
  const inner = multiples(interval, first, last);
  // where an axis begins is a tick as well, unless it would crowd the next
  const ticks = inner[0] - first > CROWDED_PART * interval ? [first, ...inner] : inner;
  return {
    ...{ ...bare, type: "value", min: first, max: last },
    axisTick: { ...axisLook.axisTick, customValues: ticks },
    axisLabel: {
      ...axisLook.axisLabel,
      customValues: ticks,
      formatter: (value: number) => formatTick(value, interval),
    },
  };
}

/** Of `step`, from `first` to `last`. */
function multiples(step: number, first: number, last: number): number[] {
  const from = Math.ceil(first / step - 1e-9);
  const count = Math.floor(last / step + 1e-9) - from + 1;
  return Array.from({ length: count }, (_, i) => (from + i) * step);
}

export function verticalAxis({ min, max, scale, interval }: ValueAxis): YAXisComponentOption {
  if (scale === "logarithmic") return { ...axisLook, ...logarithmicTicks(min, max) };
  const step = interval ?? niceStep(max - min);
  const formatter = (value: number): string => formatTick(value, step);
  const axisLabel = { ...axisLook.axisLabel, formatter };
  return { ...axisLook, type: "value", ...{ min, max, interval: step, axisLabel } };
}

function logarithmicTicks(min: number, max: number) {
  const isApart = (a: number, b: number): boolean => {
    const part = Math.log(a / b) / Math.log(max / min);
    return part < 1e-9 || part > CROWDED_END;
  };
  const [low, high] = [10 ** Math.ceil(Math.log10(min)), 10 ** Math.floor(Math.log10(max))];
  return {
    type: "log",
    ...{ min, max },
    axisLabel: {
      ...axisLook.axisLabel,
      showMinLabel: low > max || isApart(low, min),
      showMaxLabel: high < min || isApart(max, high),
      formatter: formatLogarithmic,
    },
  } as const;
}

function givenTicks(min: number, max: number, ticks: readonly number[]): XAXisComponentOption {
  return {
    type: "log",
    ...{ min, max },
    axisTick: { ...axisLook.axisTick, customValues: [...ticks] },
    axisLabel: {
      ...axisLook.axisLabel,
      customValues: [...ticks],
      formatter: (value: number) => (value < 1000 ? String(value) : formatCount(value)),
    },
  };
}

/** With as many digits as tell two ticks apart. */
function formatTick(value: number, interval: number): string {
  const digits = -Math.floor(Math.log10(interval) + 1e-9);
  // what is 0 but for a rounding
  const shown = Math.abs(value) < interval / 1e6 ? 0 : value;
  if (shown !== 0 && (digits > 3 || Math.abs(shown) >= 1e6)) return formatScientific(shown, 0);
  if (digits <= 0) return formatCount(shown).replace("-", "−");
  return shown === 0 ? "0" : formatFixed(shown, digits);
}

function formatLogarithmic(value: number): string {
  if (value < 0.000_99 || value >= 1e5) return formatScientific(value, 0);
  return value >= 1000 ? formatCount(value) : String(Number(value.toPrecision(2)));
}
