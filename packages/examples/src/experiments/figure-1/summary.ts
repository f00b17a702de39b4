/** @file Curves over seeds, and the steps that a table shows. */
import type { Curve } from "./curve.ts";

/** Test accuracy over the seeds that were measured at one step. */
export interface SummaryRow {
  readonly batchNorm: boolean;
  readonly step: number;
  readonly mean: number;
  /** Sample standard deviation; null for a single seed. */
  readonly sd: number | null;
  readonly lowest: number;
  readonly highest: number;
  readonly seeds: number;
}

/** Mean and sample standard deviation of at least one value; the deviation of a single value is null. */
export function meanAndDeviation(values: readonly number[]): { mean: number; sd: number | null } {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  if (values.length < 2) return { mean, sd: null };
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}

/**
 * Test accuracy at every measured step, over the seeds that have it: without batch normalisation first,
 * then with, each by step. Curves of unequal length are allowed; `seeds` says how many a row rests on.
 */
export function summarize(curves: readonly Curve[]): SummaryRow[] {
  return [false, true].flatMap((batchNorm) => {
    const points = curves
      .filter((curve) => curve.batchNorm === batchNorm)
      .flatMap((curve) => curve.points);
    const steps = [...new Set(points.map(({ step }) => step))].sort((one, other) => one - other);
    return steps.map((step) => {
      const values = points
        .filter((point) => point.step === step)
        .map(({ testAccuracy }) => testAccuracy);
      return {
        batchNorm,
        step,
        ...meanAndDeviation(values),
        lowest: Math.min(...values),
        highest: Math.max(...values),
        seeds: values.length,
      };
    });
  });
}

/**
 * At most `limit` of the steps, for a table that people read: those nearest to 1, 2, 5, 10, 20, 50 and so on,
 * always with the first and the last. All of them where they are few.
 */
export function milestones(steps: readonly number[], limit: number): number[] {
  const sorted = [...new Set(steps)].sort((first, second) => first - second);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || sorted.length <= limit) return sorted;
  const chosen = new Set([first]);
  for (let power = 1; power <= last; power *= 10) {
    for (const digit of [1, 2, 5]) chosen.add(nearest(sorted, digit * power));
  }
  chosen.add(last);
  const kept = [...chosen].sort((one, other) => one - other);
  return kept.length <= limit ? kept : [first, ...kept.slice(1 - limit)];
}

function nearest(steps: readonly number[], target: number): number {
  return steps.reduce((best, step) =>
    Math.abs(step - target) < Math.abs(best - target) ? step : best,
  );
}
