/** @file Exponential, Laplace and Gumbel draws, by the inverse of their distribution functions. */
import type { Shape } from "../array/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { log } from "../primitives/log.ts";
import { maximum } from "../primitives/maximum.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { sign } from "../primitives/sign.ts";
import { sub } from "../primitives/sub.ts";
import {
  checkDraw,
  type DrawOptions,
  fractions,
  requirePositive,
  signedFractions,
} from "./draw.ts";

export interface ExponentialOptions extends DrawOptions {
  /** One over the mean; 1 by default. */
  readonly rate?: number;
}

/**
 * Independent draws with density rate · exp(-rate · x) for x ≥ 0.
 *
 * - dtype: float32 or float64; computed in float64 and rounded once
 *
 * @throws DTypeError if `key` is not a key or the dtype not floating; ValueError if the rate is not positive and finite.
 * @example
 * exponential(randomKey(1), [3], { rate: 2 });   // mean ½
 */
export function exponential(key: Tensor, shape: Shape, options: ExponentialOptions = {}): Tensor {
  const { dtype = "float32", rate = 1 } = options;
  const drawn = checkDraw("exponential", key, shape, dtype);
  requirePositive("exponential", "rate", rate);
  return cast(mul(standardExponentials(key, drawn), 1 / rate), dtype);
}

export interface LocationScaleOptions extends DrawOptions {
  /** 0 by default. */
  readonly location?: number;
  /** 1 by default. */
  readonly scale?: number;
}

/**
 * Independent draws with density exp(-|x - location| / scale) / (2 scale).
 *
 * - dtype: float32 or float64; computed in float64 and rounded once
 *
 * @throws DTypeError if `key` is not a key or the dtype not floating; ValueError if the location is not finite, or the
 *   scale not positive and finite.
 */
export function laplace(key: Tensor, shape: Shape, options: LocationScaleOptions = {}): Tensor {
  return locationScale("laplace", key, shape, options, (drawn) => {
    const side = signedFractions(key, drawn);
    return mul(sign(side), neg(log(sub(1, abs(side)))));
  });
}

/**
 * Independent draws with distribution function exp(-exp(-(x - location) / scale)): the law of the largest of many. With
 * scale 1 the largest of logits + draws stands at index i with probability softmax(logits)ᵢ, which is how `categorical`
 * draws.
 *
 * - dtype: float32 or float64; computed in float64 and rounded once
 *
 * @throws as `laplace`.
 */
export function gumbel(key: Tensor, shape: Shape, options: LocationScaleOptions = {}): Tensor {
  return locationScale("gumbel", key, shape, options, (drawn) => standardGumbels(key, drawn));
}

function locationScale(
  op: string,
  key: Tensor,
  shape: Shape,
  options: LocationScaleOptions,
  standard: (shape: Shape) => Tensor,
): Tensor {
  const { dtype = "float32", location = 0, scale = 1 } = options;
  const drawn = checkDraw(op, key, shape, dtype);
  requirePositive(op, "scale", scale);
  if (!Number.isFinite(location)) {
    throw new ValueError(op, { location }, (d) => {
      return `the location is ${d.location}. Use a finite number.`;
    });
  }
  return cast(add(mul(standard(drawn), scale), location), dtype);
}

/** In float64, with mean 1; 0 to 36.8. */
export function standardExponentials(key: Tensor, shape: Shape): Tensor {
  // exact differences of 53 bits
  return neg(log(sub(1, fractions(key, shape, "float64"))));
}

/** In float64; finite: the least fraction that is drawn, 0, counts as half of the next. */
export function standardGumbels(key: Tensor, shape: Shape): Tensor {
  return neg(log(maximum(standardExponentials(key, shape), 2 ** -54)));
}
