/**
 * @file What a run says about the paper's claims, computed from its numbers and from nothing else.
 *
 * Step 0 is left out: nothing has been learned there, and batch normalisation still divides by a running
 * variance of 1, so both networks compute the same. Being level does not count as being ahead.
 */
import {
  formatCount,
  formatFixed,
  formatList,
  formatPercent,
  formatPlural,
} from "../shared/format.ts";
import type { Curve, SigmoidInputPoint } from "./curve.ts";
import type { SummaryRow } from "./summary.ts";

/** A lead of batch normalisation at one step, as a fraction; negative where it is behind. */
export interface Lead {
  readonly step: number;
  readonly lead: number;
}

/** The two networks compared at every step after 0 that both were measured at. */
export interface AccuracyComparison {
  /** By step; of the mean over seeds. */
  readonly leads: readonly Lead[];
  /** Of one seed at one step, with against without. */
  readonly pairs: { readonly ahead: number; readonly total: number };
  /** First step whose mean accuracy with batch normalisation reaches the other network's last; null if none. */
  readonly catchUp: { readonly step: number; readonly accuracy: number } | null;
  /** At the last step: is every seed with batch normalisation above every seed without? */
  readonly separated: boolean;
}

/** Means of the same numbers in another order differ by rounding; no accuracy differs by so little. */
const ROUNDING = 1e-12;

/** Null if there is no step after 0 at which both networks were measured. */
export function compareAccuracy(
  summary: readonly SummaryRow[],
  curves: readonly Curve[],
): AccuracyComparison | null {
  const rows = summary.filter((row) => row.step > 0);
  const without = rows.filter((row) => !row.batchNorm);
  const withBatchNorm = rows.filter((row) => row.batchNorm);
  const common = withBatchNorm.flatMap((row) => {
    const other = without.find(({ step }) => step === row.step);
    return other === undefined ? [] : [{ row, other }];
  });
  const last = common.at(-1);
  if (last === undefined) return null;
  const target = last.other.mean;
  const reached = withBatchNorm.find((row) => row.mean > target - ROUNDING);
  return {
    leads: common.map(({ row, other }) => ({ step: row.step, lead: difference(row, other) })),
    pairs: countPairs(curves),
    catchUp: reached === undefined ? null : { step: reached.step, accuracy: target },
    separated: last.row.lowest > last.other.highest,
  };
}

function difference(row: SummaryRow, other: SummaryRow): number {
  const lead = row.mean - other.mean;
  return Math.abs(lead) < ROUNDING ? 0 : lead;
}

function countPairs(curves: readonly Curve[]): { ahead: number; total: number } {
  let [ahead, total] = [0, 0];
  for (const curve of curves.filter(({ batchNorm }) => batchNorm)) {
    const other = curves.find(({ batchNorm, seed }) => !batchNorm && seed === curve.seed);
    for (const { step, testAccuracy } of curve.points) {
      const opposite = other?.points.find((point) => point.step === step);
      if (step === 0 || opposite === undefined) continue;
      total += 1;
      if (testAccuracy > opposite.testAccuracy) ahead += 1;
    }
  }
  return { ahead, total };
}

/** The comparison in sentences: was batch normalisation ahead, where not, by how much, and how much sooner. */
export function verdict(summary: readonly SummaryRow[], curves: readonly Curve[]): string {
  const comparison = compareAccuracy(summary, curves);
  if (comparison === null) {
    return "Nothing can be compared: there is no step after 0 at which both networks were measured.";
  }
  const { leads, pairs, catchUp } = comparison;
  const seeds = Math.max(...summary.map((row) => row.seeds));
  return [
    aheadSentence(leads, seeds),
    leadSentence(leads, comparison.separated, seeds),
    seeds > 1 ? pairSentence(pairs) : "",
    catchUp === null ? "" : catchUpSentence(catchUp, leads.at(-1)?.step ?? 0),
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function aheadSentence(leads: readonly Lead[], seeds: number): string {
  const behind = leads.filter(({ lead }) => lead <= 0).map(({ step }) => formatCount(step));
  const subject = "The network with batch normalisation had the higher test accuracy";
  const basis = seeds > 1 ? ` (mean of ${seeds} seeds)` : " (one seed)";
  const steps = formatPlural(leads.length, "measured step");
  if (behind.length === 0) {
    return leads.length === 1
      ? `${subject} at the one step measured${basis}.`
      : `${subject} at every one of the ${steps} after step 0${basis}.`;
  }
  if (behind.length === leads.length) {
    return `The network with batch normalisation was not ahead at any of the ${steps} after step 0${basis}.`;
  }
  const listed = behind.length > 6 ? [...behind.slice(0, 5), `${behind.length - 5} more`] : behind;
  return `${subject} at ${leads.length - behind.length} of the ${steps} after step 0${basis}, but not at ${behind.length === 1 ? "step" : "steps"} ${formatList(listed)}.`;
}

function leadSentence(leads: readonly Lead[], separated: boolean, seeds: number): string {
  const largest = leads.reduce((best, lead) => (lead.lead > best.lead ? lead : best));
  const last = leads.at(-1) ?? largest;
  const spread =
    seeds < 2 || last.lead <= 0
      ? ""
      : separated
        ? ", where every seed with it is above every seed without"
        : ", but the seeds of the two overlap";
  const ending = `at the last step, ${formatCount(last.step)}, it ${amount(last.lead)}${spread}`;
  return largest.lead > 0 && largest !== last
    ? `Its lead was largest at step ${formatCount(largest.step)} (${formatPercent(largest.lead, 1)} points); ${ending}.`
    : `${ending.charAt(0).toUpperCase()}${ending.slice(1)}.`;
}

function amount(lead: number): string {
  const points = `${formatPercent(Math.abs(lead))} points`;
  if (lead === 0) return "was level";
  return lead > 0 ? `led by ${points}` : `was behind by ${points}`;
}

const pairSentence = ({ ahead, total }: AccuracyComparison["pairs"]): string =>
  `Seed by seed it was ahead in ${formatCount(ahead)} of ${formatPlural(total, "comparison")}.`;

function catchUpSentence(
  { step, accuracy }: { step: number; accuracy: number },
  last: number,
): string {
  const target = `the accuracy that the other network ended with (${formatPercent(accuracy)} %)`;
  const share = step < last ? `, ${formatFixed((100 * step) / last, 0)} % of the way` : "";
  return `It first reached ${target} at step ${formatCount(step)} of ${formatCount(last)}${share}.`;
}

/** How far the median of one sigmoid's input wandered after step 0; null if fewer than two steps are known. */
export function medianRange(points: readonly SigmoidInputPoint[]): number | null {
  const medians = points.flatMap(({ step, p50 }) => (step > 0 && p50 !== null ? [p50] : []));
  return medians.length < 2 ? null : Math.max(...medians) - Math.min(...medians);
}

/** What figures 1 (b) and (c) say about the claim that batch normalisation keeps the distribution more stable. */
export function stabilityVerdict(
  without: readonly SigmoidInputPoint[],
  withBatchNorm: readonly SigmoidInputPoint[],
): string {
  const [plain, normalized] = [medianRange(without), medianRange(withBatchNorm)];
  if (plain === null || normalized === null) {
    return "Too few steps were measured to say how much the distribution moved.";
  }
  const comparison = normalized < plain ? "less" : "no less";
  return (
    `After step 0 the median of this sigmoid's input moved over a range of ${formatFixed(normalized, 2)} ` +
    `with batch normalisation and ${formatFixed(plain, 2)} without: ${comparison} with it.`
  );
}
