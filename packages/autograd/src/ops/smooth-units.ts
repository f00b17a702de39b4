/** @file Smooth activations: gelu, silu, mish, and what is made of softplus and tanh. */
import type { Tensor } from "../core/tensor.ts";
import { requireTensor } from "../core/bind.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { erfc } from "../primitives/erfc.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { sigmoid } from "../primitives/sigmoid.ts";
import { sub } from "../primitives/sub.ts";
import { tanh } from "../primitives/tanh.ts";
import { softplus } from "./softplus.ts";

export interface GeluOptions {
  /** "none" by default. "tanh" is the approximation of the paper. */
  readonly approximate?: "none" | "tanh" | undefined;
}

/**
 * x Φ(x), Φ being the normal distribution function. Hendrycks & Gimpel (2016).
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: Φ(x) + x exp(-x² / 2) / √(2π)
 * - small values to the left keep their digits: Φ(x) is erfc(-x / √2) / 2
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * gelu(tensor([1]));   // [0.841345]
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  requireFloating("gelu", requireTensor("gelu", x).dtype);
  if (options.approximate === "tanh") {
    const inner = mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, mul(x, x)))));
    return mul(mul(0.5, x), add(1, tanh(inner)));
  }
  return mul(x, mul(0.5, erfc(mul(x, -Math.SQRT1_2))));
}

/**
 * x · sigmoid(x). Elfwing, Uchibe & Doya (2018).
 *
 * - shape and dtype: those of `x`, which must be floating
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * silu(tensor([1]));   // [0.731059]
 */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/**
 * x · tanh(softplus(x)). Misra (2020), equation 1.
 *
 * - shape and dtype: those of `x`, which must be floating
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * mish(tensor([1]));   // [0.865098]
 */
export function mish(x: Tensor): Tensor {
  return mul(x, tanh(softplus(x)));
}

/**
 * log sigmoid(x) = -softplus(-x), accurate where the sigmoid underflows.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: sigmoid(-x)
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * logSigmoid(tensor([0]));   // [-0.693147]
 */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}

/**
 * x / (1 + |x|).
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 * - derivative: 1 / (1 + |x|)², 1 at 0 too; NaN at ±Infinity, value and derivative
 *
 * @example
 * softsign(tensor([-1, 3]));   // [-0.5, 0.75]
 */
export function softsign(x: Tensor): Tensor {
  return div(x, add(1, abs(x)));
}

/**
 * x - tanh(x). Near 0, where it is about x³ / 3, it has the digits that the difference leaves.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: tanh² x
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * tanhshrink(tensor([1]));   // [0.238406]
 */
export function tanhshrink(x: Tensor): Tensor {
  return sub(x, tanh(x));
}
