/**
 * @file Curves of a run that never took place, small enough to follow by hand.
 */
import type { Curve } from "../../../src/experiments/figure-1/curve.ts";

interface CurveOptions {
  readonly batchNorm: boolean;
  readonly seed: number;
  /** Test accuracy by step. */
  readonly accuracies: Readonly<Record<number, number>>;
}

/** A curve with the given accuracies; the median of its sigmoid falls by 0.001 per step, by half as much with. */
export function smallCurve({ batchNorm, seed, accuracies }: CurveOptions): Curve {
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
    finalAccuracy: batchNorm
      ? { movingAverage: last, population: last + 0.001, pooled: last + 0.002 }
      : { movingAverage: last, population: null, pooled: null },
  };
}

/** Two seeds of both networks; batch normalisation is ahead at steps 100 and 1000. */
export const smallCurves: readonly Curve[] = [
  smallCurve({ batchNorm: false, seed: 1, accuracies: { 0: 0.1, 100: 0.3, 1000: 0.9 } }),
  smallCurve({ batchNorm: false, seed: 2, accuracies: { 0: 0.12, 100: 0.34, 1000: 0.92 } }),
  smallCurve({ batchNorm: true, seed: 1, accuracies: { 0: 0.1, 100: 0.92, 1000: 0.96 } }),
  smallCurve({ batchNorm: true, seed: 2, accuracies: { 0: 0.12, 100: 0.9, 1000: 0.94 } }),
];
