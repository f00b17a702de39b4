/**
 * @file Which networks of figure 1 are trained, and what is kept of each: a part of results.json.
 *
 * Accuracies are fractions from 0 to 1; only what prints them writes percent. A measured number that is not finite
 * is null, because JSON has no NaN.
 */

export type NetworkOfRun = { readonly batchNorm: boolean; readonly seed: number };

/** One network trained from one seed. */
export type Curve = NetworkOfRun & {
  readonly points: readonly AccuracyPoint[];
  readonly sigmoidInput: readonly SigmoidInputPoint[];
  readonly finalAccuracy: FinalAccuracy;
};

export type AccuracyPoint = {
  readonly step: number;
  readonly testAccuracy: number;
  readonly testLoss: number | null;
};

/** Percentiles of the input of one sigmoid over test images, and two means over all units of its layer. */
export type SigmoidInputPoint = {
  readonly step: number;
  readonly p15: number | null;
  readonly p50: number | null;
  readonly p85: number | null;
  /** Mean of p85 - p15. */
  readonly meanWidth: number | null;
  /** Mean of |p50|. */
  readonly meanAbsMedian: number | null;
};

/** Accuracy after the last step. Without batch normalisation only `movingAverage` is a number: there is one way. */
export type FinalAccuracy = {
  /** With the moving averages kept during training. */
  readonly movingAverage: number;
  /** With mean and unbiased variance averaged over training batches: algorithm 2 of the paper. */
  readonly population: number | null;
  /** With the mean and variance of all values of those batches taken together. */
  readonly pooled: number | null;
};

/** Both networks of each seed, seed by seed. */
export function networksOf(seeds: number): NetworkOfRun[] {
  return Array.from({ length: 2 * seeds }, (_, i) => ({
    batchNorm: i % 2 === 1,
    seed: Math.floor(i / 2) + 1,
  }));
}

export function networkLabel({ batchNorm, seed }: NetworkOfRun): string {
  return `${batchNorm ? "with" : "without"} batch normalisation, seed ${seed}`;
}
