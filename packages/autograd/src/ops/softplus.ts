/** @file softplus. */
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { add } from "../primitives/add.ts";
import { greater } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { exp } from "../primitives/exp.ts";
import { log1p } from "../primitives/log1p.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { where } from "../primitives/where.ts";

export interface SoftplusOptions {
  /** The function is softplus(β x) / β; 1 by default. */
  readonly beta?: number | undefined;
  /** Where β x is above, x itself is taken, with derivative 1; never by default. */
  readonly threshold?: number | undefined;
}

/**
 * log(1 + exp(x)), without overflow and with the digits of small results. Its derivative is the sigmoid.
 *
 * - shape and dtype: those of `x`, which must be floating
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * softplus(tensor([0]));   // [0.693147]
 */
export function softplus(x: Tensor, options: SoftplusOptions = {}): Tensor {
  const { beta = 1, threshold = Number.POSITIVE_INFINITY } = options;
  requireFloating("softplus", requireTensor("softplus", x).dtype);
  const scaled = beta === 1 ? x : mul(x, beta);
  const soft = beta === 1 ? softly(scaled) : div(softly(scaled), beta);
  return threshold === Number.POSITIVE_INFINITY ? soft : where(greater(scaled, threshold), x, soft);
}

/** Both forms are the same function, so each may be differentiated where it is taken. */
function softly(x: Tensor): Tensor {
  const isPositive = greater(x, 0);
  return add(where(isPositive, x, 0), log1p(exp(where(isPositive, neg(x), x))));
}
