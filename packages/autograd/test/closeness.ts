/** @file The distance between what was computed and what was expected, as one number to bound. */
import type { Tensor } from "@tapegrad/autograd";

/**
 * The largest |actual - expected| / max(1, |expected|) over all elements in row-major order. NaN and
 * infinities must agree exactly; a wrong count is infinitely far.
 */
export function distance(actual: Tensor | ArrayLike<number>, expected: ArrayLike<number>): number {
  const found = "toTypedArray" in actual ? actual.toTypedArray() : actual;
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(found[i], expected[i])) continue;
    const error = Math.abs(found[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
}
