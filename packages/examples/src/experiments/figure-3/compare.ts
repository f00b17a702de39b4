/** @file What the networks of figure 3 reached, compared seed by seed. */
import { type Estimate, estimate } from "../shared/statistics.ts";
import type { Net, Result, S } from "./networks.ts";

/** A network trains where it classifies more than half of the test images in the end; by chance it is a tenth. */
const TRAINED = 0.5;

/** The best accuracy of each seed. */
export const best = ({ curves }: Net): number[] =>
  curves.map((curve) => Math.max(...curve.map(({ accuracy }) => accuracy)));

/** Steps to an accuracy, by seed; null where it was never reached. */
export const stepsTo = ({ curves }: Net, target: readonly number[]): (number | null)[] =>
  curves.map((curve, i) => curve.find(({ accuracy }) => accuracy >= target[i])?.step ?? null);

/** Seeds that classified more than half of the test images in the end. */
export const trained = ({ curves }: Net): number =>
  curves.filter((curve) => curve[curve.length - 1].accuracy > TRAINED).length;

export const isPositive = ({ mean, margin }: Estimate): boolean => mean - (margin ?? 0) > 0;

/** The logarithm of how many times fewer steps one network needed than another; where one never arrived, it took them all. */
function speedUp(
  fast: readonly (number | null)[],
  slow: readonly (number | null)[],
  steps: number,
): Estimate {
  return estimate(fast.map((taken, i) => Math.log((slow[i] ?? steps) / (taken ?? steps))));
}

/** The parts of the claim. */
export interface Comparison {
  /** BN-baseline than the baseline, and BN-×5 than BN-baseline: see `speedUp`. */
  readonly normedSooner: Estimate;
  readonly fiveSooner: Estimate;
  /** The best accuracy of BN-×30, less that of the baseline. */
  readonly thirtyBetter: Estimate;
  /** Seeds in which the baseline did not train at 5 times its rate. */
  readonly diverging: number;
  /** Seeds in which networks of sigmoids trained. */
  readonly sigmoids: { readonly normed: number; readonly plain: number };
}

export function compare({ nets }: Result, { steps }: S): Comparison {
  const [baseline, normed, five, thirty, sigmoid, fast, plain] = nets;
  const target = best(baseline);
  const [start, ofNormed, ofFive] = [baseline, normed, five].map((net) => stepsTo(net, target));
  return {
    normedSooner: speedUp(ofNormed, start, steps),
    fiveSooner: speedUp(ofFive, ofNormed, steps),
    thirtyBetter: estimate(best(thirty).map((accuracy, i) => accuracy - target[i])),
    diverging: fast.curves.length - trained(fast),
    sigmoids: { normed: trained(sigmoid), plain: trained(plain) },
  };
}
