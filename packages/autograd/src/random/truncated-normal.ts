/** @file truncatedNormal: normal draws between bounds. */

import type { Shape } from "../array/shape.ts";
import { erf, erfcx } from "../backends/reference/library/error-function.ts";
import type { Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { erfcx as erfcxOf } from "../primitives/erfcx.ts";
import { erfinv } from "../primitives/erfinv.ts";
import { log } from "../primitives/log.ts";
import { maximum } from "../primitives/maximum.ts";
import { minimum } from "../primitives/minimum.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { sub } from "../primitives/sub.ts";
import { checkDraw, fractions, requirePositive, signedFractions } from "./draw.ts";
import type { NormalOptions } from "./random.ts";

export interface TruncatedNormalOptions extends NormalOptions {
  /** The mean less two standard deviations by default; may be -Infinity. */
  readonly min?: number;
  /** The mean and two standard deviations by default; may be Infinity. */
  readonly max?: number;
}

/** From here on, in standard deviations, the inverse error function has too few digits beside ±1. */
const TAIL = 4;
/** Bounds further out leave float64 no digits for x², of which the density is made. */
const FURTHEST = 1e6;

/**
 * Independent draws from the part of a normal distribution that lies in [min, max], by the inverse of its distribution
 * function: each takes one draw, and none is rejected.
 *
 * - dtype: float32 or float64; computed in float64 and rounded once
 * - far from the mean the inverse is taken in logarithms, so the distribution is right in the tails too
 *
 * @throws DTypeError if `key` is not a key or the dtype not floating; ValueError if the mean is not finite, the standard
 *   deviation not positive, the bounds not in their order, or both more than 10⁶ standard deviations away on one side.
 * @example
 * truncatedNormal(randomKey(1), [64, 10], { standardDeviation: 0.05 });   // weights of a layer
 */
export function truncatedNormal(
  key: Tensor,
  shape: Shape,
  options: TruncatedNormalOptions = {},
): Tensor {
  const op = "truncatedNormal";
  const { dtype = "float32", mean = 0, standardDeviation = 1 } = options;
  const drawn = checkDraw(op, key, shape, dtype);
  requirePositive(op, "standardDeviation", standardDeviation);
  const { min = mean - 2 * standardDeviation, max = mean + 2 * standardDeviation } = options;
  const [a, b] = [(min - mean) / standardDeviation, (max - mean) / standardDeviation];
  if (!(Number.isFinite(mean) && min < max && a < FURTHEST && b > -FURTHEST)) {
    throw new ValueError(op, { mean, standardDeviation, min, max }, (d) => {
      return `cannot draw between ${d.min} and ${d.max} around ${d.mean} with standard deviation ${d.standardDeviation}. Use a finite mean, and bounds in their order, one of them within ${FURTHEST} standard deviations.`;
    });
  }
  const standard =
    b <= -TAIL
      ? lowerTail(key, drawn, a, b)
      : a >= TAIL
        ? neg(lowerTail(key, drawn, -b, -a))
        : central(key, drawn, a, b);
  const draws = add(mul(standard, standardDeviation), mean);
  return cast(minimum(maximum(draws, min), max), dtype);
}

/** √2 erfinv(t), with t uniform between the error functions of the bounds. */
function central(key: Tensor, shape: Shape, a: number, b: number): Tensor {
  const [low, high] = [erf(a * Math.SQRT1_2), erf(b * Math.SQRT1_2)];
  const t = add(mul(signedFractions(key, shape), (high - low) / 2), (high + low) / 2);
  // rounded to ±1, it would be infinite
  const inside = minimum(maximum(t, -1 + 2 ** -53), 1 - 2 ** -53);
  return mul(erfinv(inside), Math.SQRT2);
}

/**
 * The x with log Φ(x) = ℓ, ℓ the logarithm of a number uniform between Φ(a) and Φ(b), for b ≤ -TAIL. log Φ is concave, so
 * Newton's steps come from the left after the first, and roughly double the digits each.
 */
function lowerTail(key: Tensor, shape: Shape, a: number, b: number): Tensor {
  // log Φ(x) = log(erfcx(-x / √2) / 2) - x² / 2, of which Φ(a) / Φ(b) keeps its digits
  const ratio =
    (erfcx(0, -a * Math.SQRT1_2) / erfcx(0, -b * Math.SQRT1_2)) * Math.exp(((b - a) * (b + a)) / 2);
  const logAtB = Math.log(erfcx(0, -b * Math.SQRT1_2) / 2) - (b * b) / 2;
  // 1 - u (1 - ratio) is uniform in (ratio, 1]
  const u = fractions(key, shape, "float64");
  const part = sub(1, mul(u, 1 - (Number.isFinite(a) ? ratio : 0)));
  const goal = add(log(part), logAtB);
  let x = add(mul(u, 0), b);
  for (let step = 0; step < 7; step++) {
    const scaled = erfcxOf(mul(x, -Math.SQRT1_2));
    const excess = sub(sub(log(mul(scaled, 0.5)), mul(mul(x, x), 0.5)), goal);
    x = sub(x, mul(mul(excess, scaled), Math.sqrt(Math.PI / 2)));
  }
  return x;
}
