/**
 * @file What the cases are checked against: naive loops in float64 that import nothing of what they check.
 */

/** How far a result may be from the independent one, relative to the largest of its numbers. */
export const TOLERANCE = 1e-3;

/** A workload computes something else than it should, so its time means nothing. */
export class CheckError extends Error {
  override readonly name: string = "CheckError";
}

/**
 * Compares two lists of numbers, relative to the largest expected one.
 *
 * @throws CheckError that names the worst place, both numbers and the tolerance.
 */
export function requireClose(
  what: string,
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  if (found.length !== expected.length) {
    throw new CheckError(`${what}: ${found.length} numbers instead of ${expected.length}.`);
  }
  let [worst, gap, largest] = [-1, -1, 0];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i] - expected[i]);
    // the first NaN stays the worst
    if (!(difference <= gap) && !Number.isNaN(gap)) [worst, gap] = [i, difference];
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  if (gap <= tolerance * Math.max(largest, Number.MIN_VALUE)) return;
  throw new CheckError(
    `${what}: number ${worst} is ${found[worst]} instead of ${expected[worst]}, more than ${tolerance} of the largest apart.`,
  );
}

/** A matrix by its element at (row, column). */
export type Matrix = (row: number, column: number) => number;

/** Element (i, j) of a · b, whose inner size is k. */
export function productAt(a: Matrix, b: Matrix, k: number, i: number, j: number): number {
  let total = 0;
  for (let p = 0; p < k; p++) total += a(i, p) * b(p, j);
  return total;
}

/** Channels, and which channel each element of x belongs to. */
export interface Channels {
  readonly count: number;
  of(index: number): number;
}

export interface BatchNormNumbers {
  readonly x: ArrayLike<number>;
  readonly gamma: ArrayLike<number>;
  readonly beta: ArrayLike<number>;
  readonly cotangent: ArrayLike<number>;
}

export interface BatchNormResults {
  readonly output: Float64Array;
  readonly xBar: Float64Array;
  readonly gammaBar: Float64Array;
  readonly betaBar: Float64Array;
}

/**
 * Batch normalisation and its gradients in the closed form that section 3 of Ioffe & Szegedy (2015)
 * simplifies to: x̄ = γ/σ · (ȳ - mean(ȳ) - x̂ · mean(ȳ x̂)).
 */
export function batchNormLoops(
  { x, gamma, beta, cotangent }: BatchNormNumbers,
  channels: Channels,
  epsilon: number,
): BatchNormResults {
  const per = x.length / channels.count;
  const sums = (term: (i: number, c: number) => number): Float64Array => {
    const total = new Float64Array(channels.count);
    for (let i = 0; i < x.length; i++) total[channels.of(i)] += term(i, channels.of(i));
    return total;
  };
  const mean = sums((i) => x[i] / per);
  const variance = sums((i, c) => (x[i] - mean[c]) ** 2 / per);
  const sigma = variance.map((value) => Math.sqrt(value + epsilon));
  const xHat = (i: number, c: number): number => (x[i] - mean[c]) / sigma[c];
  const betaBar = sums((i) => cotangent[i]);
  const gammaBar = sums((i, c) => cotangent[i] * xHat(i, c));
  const each = (value: (i: number, c: number) => number): Float64Array =>
    Float64Array.from({ length: x.length }, (_, i) => value(i, channels.of(i)));
  return {
    output: each((i, c) => gamma[c] * xHat(i, c) + beta[c]),
    xBar: each((i, c) => {
      const centered = cotangent[i] - betaBar[c] / per - (xHat(i, c) * gammaBar[c]) / per;
      return (gamma[c] / sigma[c]) * centered;
    }),
    gammaBar,
    betaBar,
  };
}
