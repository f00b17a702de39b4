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
 * - small values to the left keep their digits: Φ(x) is erfc(-x / √2) / 2
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  requireFloating("gelu", requireTensor("gelu", x).dtype);
  if (options.approximate === "tanh") {
    const inner = mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, mul(x, x)))));
    return mul(mul(0.5, x), add(1, tanh(inner)));
  }
  return mul(x, mul(0.5, erfc(mul(x, -Math.SQRT1_2))));
}

/** x · sigmoid(x). Elfwing, Uchibe & Doya (2018). */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** x · tanh(softplus(x)). Misra (2020), equation 1. */
export function mish(x: Tensor): Tensor {
  return mul(x, tanh(softplus(x)));
}

/** log sigmoid(x) = -softplus(-x), accurate where the sigmoid underflows. */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}

/** x / (1 + |x|). */
export function softsign(x: Tensor): Tensor {
  return div(x, add(1, abs(x)));
}

/** x - tanh(x). */
export function tanhshrink(x: Tensor): Tensor {
  return sub(x, tanh(x));
}
