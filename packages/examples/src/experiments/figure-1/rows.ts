/**
 * @file The rows of the two tables of figure 1: numbers side by side, and the texts of cells.
 */
import { formatFixed, formatPercent, MISSING } from "../shared/format.ts";
import type { Curve } from "./curve.ts";
import { meanAndDeviation, milestones, type SummaryRow } from "./summary.ts";

export interface AccuracyRow {
  readonly step: number;
  readonly withBatchNorm: SummaryRow | null;
  readonly without: SummaryRow | null;
}

/** Both networks at each step, at most `limit` steps. */
export function accuracyRows(summary: readonly SummaryRow[], limit: number): AccuracyRow[] {
  const find = (step: number, batchNorm: boolean): SummaryRow | null =>
    summary.find((row) => row.step === step && row.batchNorm === batchNorm) ?? null;
  const steps = summary.map((row) => row.step);
  return milestones(steps, limit).map((step) => ({
    step,
    withBatchNorm: find(step, true),
    without: find(step, false),
  }));
}

/** "91.12 ± 0.38", or "91.12" for a single seed. */
export function formatSpread(row: { mean: number; sd: number | null } | null): string {
  if (row === null) return MISSING;
  return row.sd === null
    ? formatPercent(row.mean)
    : `${formatPercent(row.mean)} ± ${formatPercent(row.sd)}`;
}

/** "+12.70": with minus without, in points. */
export function formatLead({ withBatchNorm, without }: AccuracyRow): string {
  if (withBatchNorm === null || without === null) return MISSING;
  return signed(withBatchNorm.mean - without.mean);
}

const signed = (fraction: number): string => {
  const text = formatFixed(100 * fraction, 2);
  return Number(text) > 0 ? `+${text}` : text;
};

/** "mean ± sd of 3 seeds": what the numbers of a table are. */
export function formatBasis(summary: readonly SummaryRow[]): string {
  const counts = summary.map((row) => row.seeds);
  const most = Math.max(0, ...counts);
  if (most < 2) return "one seed";
  return `mean ± sd of ${counts.some((count) => count < most) ? "up to " : ""}${most} seeds`;
}

export interface FinalRow {
  readonly name: string;
  readonly mean: number;
  readonly sd: number | null;
}

/** Accuracy after the last step by the statistics that batch normalisation used; what was not measured is left out. */
export function finalRows(curves: readonly Curve[]): FinalRow[] {
  const row = (name: string, batchNorm: boolean, key: keyof Curve["finalAccuracy"]): FinalRow[] => {
    const own = curves.filter((curve) => curve.batchNorm === batchNorm);
    const values = own.flatMap(({ finalAccuracy }) => finalAccuracy[key] ?? []);
    return values.length === 0 ? [] : [{ name, ...meanAndDeviation(values) }];
  };
  return [
    ...row("with, moving averages", true, "movingAverage"),
    ...row("with, population statistics", true, "population"),
    ...row("with, pooled statistics", true, "pooled"),
    ...row("without", false, "movingAverage"),
  ];
}
