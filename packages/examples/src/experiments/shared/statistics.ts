/** @file Means over seeds, with confidence intervals. */
import { formatFixed } from "./format.ts";
import type { PlotPoint } from "./plot.ts";

/** Mean of a few runs, and half of the width of its 95 % interval; null for a single run. */
export type Estimate = {
  readonly mean: number;
  readonly margin: number | null;
  readonly count: number;
};

/** 97.5 % quantiles of Student's t for 1, 2, … degrees of freedom; beyond, that of the normal distribution. */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
];

/** Bounds of a share in percent, which its interval ends at. */
export const PERCENT = [0, 100] as const;

/** Of at least one value. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((total, value) => total + value, 0) / count;
  if (count < 2) return { mean, margin: null, count };
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  return { mean, margin: ((STUDENT[count - 2] ?? 1.96) * deviation) / Math.sqrt(count), count };
}

/** A point of a plot with the interval of its mean; `scale` 100 draws fractions in percent. */
export function intervalPoint(x: number, { mean, margin }: Estimate, scale = 1): PlotPoint {
  const width = margin ?? 0;
  return [x, scale * mean, scale * (mean - width), scale * (mean + width)];
}

/** "0.62 (0.50 to 0.77)": a factor with its 95 % interval, from the estimate of its natural logarithm. */
export function formatFactor({ mean, margin }: Estimate, digits = 2): string {
  const text = (logarithm: number): string => formatFixed(Math.exp(logarithm), digits);
  return margin === null
    ? text(mean)
    : `${text(mean)} (${text(mean - margin)} to ${text(mean + margin)})`;
}

/** "91.12 ± 0.38", and "0" if there is nothing but zeros; `scale` 100 writes fractions in percent. */
export function formatEstimate({ mean, margin }: Estimate, digits: number, scale = 1): string {
  if (mean === 0 && margin === 0) return "0";
  // thousands need no fractions
  const shown = Math.abs(scale * mean) >= 1000 ? 0 : digits;
  const text = formatFixed(scale * mean, shown);
  return margin === null ? text : `${text} ± ${formatFixed(scale * margin, shown)}`;
}
