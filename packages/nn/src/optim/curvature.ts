/**
 * @file Curvature: an approximation of the inverse Hessian by the last steps and the changes of the gradient along them.
 *
 * Plain vectors of float64.
 */

/** A step s, and the change y of the gradient along it. */
export interface CurvaturePair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}

/** The largest magnitude. */
export function largest(x: Float64Array): number {
  return x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** x + factor · y. */
export function plusScaled(x: Float64Array, factor: number, y: Float64Array): Float64Array {
  return x.map((value, i) => value + factor * y[i]);
}

/** Whether the function curves upward along the step, beyond rounding: only then the approximation stays positive definite. */
export function isCurved({ s, y }: CurvaturePair): boolean {
  return dot(s, y) > 1e-10 * Math.sqrt(dot(s, s) * dot(y, y));
}

/**
 * -H · gradient, with H from `pairs`, the oldest first, over γ · I, where γ = s · y / y · y of the last one.
 *
 * @see Nocedal & Wright (2006), algorithm 7.4 and (7.20).
 */
export function descentDirection(
  gradient: Float64Array,
  pairs: readonly CurvaturePair[],
): Float64Array {
  let q: Float64Array = gradient;
  const weights: number[] = [];
  for (const { s, y } of pairs.toReversed()) {
    const alpha = dot(s, q) / dot(s, y);
    weights.unshift(alpha);
    q = plusScaled(q, -alpha, y);
  }
  const last = pairs.at(-1);
  const gamma = last === undefined ? 1 : dot(last.s, last.y) / dot(last.y, last.y);
  let r: Float64Array = q.map((value) => gamma * value);
  pairs.forEach(({ s, y }, i) => {
    const beta = dot(y, r) / dot(s, y);
    r = plusScaled(r, weights[i] - beta, s);
  });
  return r.map((value) => -value);
}
