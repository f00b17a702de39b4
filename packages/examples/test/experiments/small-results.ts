/**
 * @file Results of a run that never took place: small enough to follow by hand, complete enough to show.
 */
import { type Results, summarize, type TimedCurve } from "../../src/experiments/shared/results.ts";

interface CurveOptions {
  readonly batchNorm: boolean;
  readonly seed: number;
  /** Test accuracy by step. */
  readonly accuracies: Readonly<Record<number, number>>;
}

/** A curve with the given accuracies; the median of its sigmoid falls by 0.001 per step, by half as much with. */
export function smallCurve({ batchNorm, seed, accuracies }: CurveOptions): TimedCurve {
  const points = Object.entries(accuracies).map(([step, testAccuracy]) => ({
    step: Number(step),
    testAccuracy,
    testLoss: 1 - testAccuracy,
  }));
  const last = points.at(-1)?.testAccuracy ?? 0;
  return {
    batchNorm,
    seed,
    points,
    sigmoidInput: points.map(({ step }) => {
      const median = -0.001 * step * (batchNorm ? 0.5 : 1);
      return {
        step,
        p15: median - 1,
        p50: median,
        p85: median + 1,
        meanWidth: 2,
        meanAbsMedian: 0.5,
      };
    }),
    secondsPerStep: batchNorm ? 0.002 : 0.0015,
    finalAccuracy: batchNorm
      ? { movingAverage: last, population: last + 0.001, pooled: last + 0.002 }
      : { movingAverage: last, population: null, pooled: null },
  };
}

/** Two seeds of both networks; batch normalization is ahead at steps 100 and 1000. */
export const smallCurves: readonly TimedCurve[] = [
  smallCurve({ batchNorm: false, seed: 1, accuracies: { 0: 0.1, 100: 0.3, 1000: 0.9 } }),
  smallCurve({ batchNorm: false, seed: 2, accuracies: { 0: 0.12, 100: 0.34, 1000: 0.92 } }),
  smallCurve({ batchNorm: true, seed: 1, accuracies: { 0: 0.1, 100: 0.92, 1000: 0.96 } }),
  smallCurve({ batchNorm: true, seed: 2, accuracies: { 0: 0.12, 100: 0.9, 1000: 0.94 } }),
];

export function smallResults(changes: Partial<Results> = {}): Results {
  const curves = changes.curves ?? smallCurves;
  return {
    settings: {
      steps: 1000,
      seeds: 2,
      learningRate: 0.5,
      initStd: 0.1,
      batchSize: 60,
      hiddenSizes: [100, 100, 100],
      epsilon: 1e-5,
      update: 0.1,
      sigmoidUnit: 0,
      populationBatches: 1000,
    },
    environment: {
      node: "v20.20.0",
      platform: "linux",
      arch: "x64",
      cpus: 4,
      cpu: "A <fast> processor",
      packageVersion: "0.1.0",
      date: "2026-01-02T03:04:05.678Z",
    },
    data: { kind: "mnist", trainSize: 60_000, testSize: 10_000, hash: "sha256:0123456789abcdef" },
    curves,
    summary: summarize(curves),
    elapsedSeconds: 75,
    ...changes,
  };
}
