/**
 * @file The shape of results.json, the record of one run of the main experiment, and its summary over seeds.
 *
 * Accuracies are fractions from 0 to 1 everywhere in this record; only what prints them writes percent.
 * A measured number that is not finite (a diverged loss) is stored as null, because JSON has no NaN.
 * What is a `type` here and no interface is also JSON as experiments know it.
 * This module does not know how the numbers were obtained nor how they are shown: it imports nothing.
 */

/** What the networks were trained on; "binary" means that every pixel was replaced by `x > 0.5`. */
export type DataKind = "mnist" | "binary mnist" | "built-in digits" | "binary built-in digits";

/** A measurement, or null where it was not a finite number. */
export type Measured = number | null;

export interface Settings {
  readonly steps: number;
  /** How many seeds were run: 1, 2, … */
  readonly seeds: number;
  readonly learningRate: number;
  /** Standard deviation of the Gaussian that the weights start from. */
  readonly initStd: number;
  readonly batchSize: number;
  readonly hiddenSizes: readonly number[];
  /** Added to the variance inside batch normalization. */
  readonly epsilon: number;
  /** Weight of the newest batch in the moving averages of batch normalization. */
  readonly update: number;
  /** Index of the unit of the last hidden layer whose input figures 1 (b) and (c) follow. */
  readonly sigmoidUnit: number;
  /** Training batches whose statistics algorithm 2 averages. */
  readonly populationBatches: number;
}

export interface Environment {
  /** As `process.version` has it, with its v. */
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpus: number;
  readonly cpu: string;
  readonly packageVersion: string;
  /** When the run started, in ISO 8601. */
  readonly date: string;
}

export interface DataDescription {
  readonly kind: DataKind;
  readonly trainSize: number;
  readonly testSize: number;
  /** Of the bytes that were read or generated, so that two runs can be known to use the same data. */
  readonly hash: string;
}

export type AccuracyPoint = {
  readonly step: number;
  readonly testAccuracy: number;
  readonly testLoss: Measured;
};

/** Percentiles of the input of one sigmoid over test images, and two means over all units of its layer. */
export type SigmoidInputPoint = {
  readonly step: number;
  readonly p15: Measured;
  readonly p50: Measured;
  readonly p85: Measured;
  /** Mean of p85 - p15. */
  readonly meanWidth: Measured;
  /** Mean of |p50|. */
  readonly meanAbsMedian: Measured;
};

/** Accuracy after the last step. Without batch normalization only `movingAverage` is a number: there is one way. */
export type FinalAccuracy = {
  /** With the moving averages kept during training. */
  readonly movingAverage: number;
  /** With mean and unbiased variance averaged over training batches: algorithm 2 of the paper. */
  readonly population: number | null;
  /** With the mean and variance of all values of those batches taken together. */
  readonly pooled: number | null;
};

/** One network trained from one seed. */
export type Curve = {
  readonly batchNorm: boolean;
  readonly seed: number;
  readonly points: readonly AccuracyPoint[];
  readonly sigmoidInput: readonly SigmoidInputPoint[];
  readonly finalAccuracy: FinalAccuracy;
};

export interface TimedCurve extends Curve {
  readonly secondsPerStep: number;
}

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

export interface Results {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly data: DataDescription;
  readonly curves: readonly TimedCurve[];
  readonly summary: readonly SummaryRow[];
  readonly elapsedSeconds: number;
}

/** Mean and sample standard deviation of at least one value; the deviation of a single value is null. */
export function meanAndDeviation(values: readonly number[]): { mean: number; sd: number | null } {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  if (values.length < 2) return { mean, sd: null };
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}

/**
 * Test accuracy at every measured step, over the seeds that have it: without batch normalization first,
 * then with, each by step. Curves of unequal length are allowed; `seeds` says how many a row rests on.
 */
export function summarize(curves: readonly Curve[]): SummaryRow[] {
  return [false, true].flatMap((batchNorm) => {
    const accuracies = new Map<number, number[]>();
    for (const curve of curves) {
      if (curve.batchNorm !== batchNorm) continue;
      for (const { step, testAccuracy } of curve.points) {
        const atStep = accuracies.get(step);
        if (atStep === undefined) accuracies.set(step, [testAccuracy]);
        else atStep.push(testAccuracy);
      }
    }
    return [...accuracies]
      .sort(([first], [second]) => first - second)
      .map(([step, values]) => ({
        batchNorm,
        step,
        ...meanAndDeviation(values),
        lowest: Math.min(...values),
        highest: Math.max(...values),
        seeds: values.length,
      }));
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
