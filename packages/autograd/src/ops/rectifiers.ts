/** @file Activations made of straight pieces, and the exponential ones that are straight on one side. */
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { greater, less, lessEqual } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { expm1 } from "../primitives/expm1.ts";
import { mul } from "../primitives/mul.ts";
import { sign } from "../primitives/sign.ts";
import { sub } from "../primitives/sub.ts";
import { where } from "../primitives/where.ts";

/** min(max(x, min), max), from -1 to 1 by default; on the bounds and beyond the derivative is 0. */
export function hardtanh(
  x: Tensor,
  options: { readonly min?: number | undefined; readonly max?: number | undefined } = {},
): Tensor {
  const { min = -1, max = 1 } = options;
  const raised = where(lessEqual(x, min), min, x);
  return where(lessEqual(max, raised), max, raised);
}

/** min(max(x, 0), 6); at 0 and 6 the derivative is 0. */
export function relu6(x: Tensor): Tensor {
  return hardtanh(x, { min: 0, max: 6 });
}

/** x where it is positive, else slope · x (0.01 by default), also at 0. */
export function leakyRelu(
  x: Tensor,
  options: { readonly negativeSlope?: number | undefined } = {},
): Tensor {
  return where(greater(x, 0), x, mul(x, options.negativeSlope ?? 0.01));
}

/** x where it is above the threshold, else `value`. */
export function threshold(
  x: Tensor,
  options: { readonly threshold: number; readonly value: number },
): Tensor {
  return where(lessEqual(x, options.threshold), options.value, x);
}

/** x where |x| > λ (0.5 by default), else 0. */
export function hardshrink(
  x: Tensor,
  options: { readonly lambda?: number | undefined } = {},
): Tensor {
  return where(lessEqual(abs(x), options.lambda ?? 0.5), 0, x);
}

/** x - λ sign(x) where |x| > λ (0.5 by default), else 0. */
export function softshrink(
  x: Tensor,
  options: { readonly lambda?: number | undefined } = {},
): Tensor {
  const { lambda = 0.5 } = options;
  return where(lessEqual(abs(x), lambda), mul(0, x), sub(x, mul(sign(x), lambda)));
}

/** relu6(x + 3) / 6: the sigmoid in three straight pieces. */
export function hardsigmoid(x: Tensor): Tensor {
  return div(relu6(add(x, 3)), 6);
}

/** x · hardsigmoid(x). Howard et al. (2019), section 5.2. At ±3 the derivative is that of the middle piece. */
export function hardswish(x: Tensor): Tensor {
  const isMiddle = lessEqual(abs(x), 3);
  const inside = where(isMiddle, x, 0);
  const middle = div(mul(inside, add(inside, 3)), 6);
  return where(isMiddle, middle, where(less(x, -3), 0, x));
}

/** Options of the exponential linear units. */
export interface EluOptions {
  /** How deep it goes: -α; 1 by default. */
  readonly alpha?: number | undefined;
}

/**
 * x where it is positive, else α (exp x - 1). Clevert, Unterthiner & Hochreiter (2016), equation 15.
 *
 * - at 0 the derivative is α
 */
export function elu(x: Tensor, options: EluOptions = {}): Tensor {
  const { alpha = 1 } = options;
  const isPositive = greater(requireTensor("elu", x), 0);
  return where(isPositive, x, mul(alpha, expm1(where(isPositive, 0, x))));
}

/** As `elu`, with exp(x / α), so that the derivative is continuous. Barron (2017). */
export function celu(x: Tensor, options: EluOptions = {}): Tensor {
  const { alpha = 1 } = options;
  const isPositive = greater(requireTensor("celu", x), 0);
  return where(isPositive, x, mul(alpha, expm1(div(where(isPositive, 0, x), alpha))));
}

/** The fixed point of means 0 and variances 1. Klambauer et al. (2017), equation 14. */
const SELU_ALPHA = 1.6732632423543772848170429916717;
const SELU_SCALE = 1.0507009873554804934193349852946;

/** λ · elu(x) with the α and λ under which activations normalise themselves. Klambauer et al. (2017). */
export function selu(x: Tensor): Tensor {
  return mul(SELU_SCALE, elu(x, { alpha: SELU_ALPHA }));
}
