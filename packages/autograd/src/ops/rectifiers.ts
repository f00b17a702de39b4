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

/**
 * min(max(x, min), max), from -1 to 1 by default.
 *
 * - shape and dtype: those of `x`; NaN stays
 * - derivative: 1 inside, 0 on the bounds and beyond; `clamp` has 1 on its bounds
 *
 * @example
 * hardtanh(tensor([-2, 0.5, 3]));   // [-1, 0.5, 1]
 */
export function hardtanh(
  x: Tensor,
  options: { readonly min?: number | undefined; readonly max?: number | undefined } = {},
): Tensor {
  const { min = -1, max = 1 } = options;
  const raised = where(lessEqual(x, min), min, x);
  return where(lessEqual(max, raised), max, raised);
}

/** min(max(x, 0), 6); at 0 and 6 the derivative is 0. Shape and dtype: those of `x`. */
export function relu6(x: Tensor): Tensor {
  return hardtanh(x, { min: 0, max: 6 });
}

/**
 * x where it is positive, else slope · x (0.01 by default). Maas, Hannun & Ng (2013).
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 * - derivative: 1 where x is positive, else the slope, at 0 too
 *
 * @example
 * leakyRelu(tensor([-1, 2]), { negativeSlope: 0.1 });   // [-0.1, 2]
 */
export function leakyRelu(
  x: Tensor,
  options: { readonly negativeSlope?: number | undefined } = {},
): Tensor {
  return where(greater(x, 0), x, mul(x, options.negativeSlope ?? 0.01));
}

/**
 * x where it is above the threshold, else `value`.
 *
 * - shape: that of `x`; dtype: that of `x`, integers beside a fraction to float32
 * - derivative: 1 above the threshold, else 0
 *
 * @example
 * threshold(tensor([1, 3]), { threshold: 2, value: -1 });   // [-1, 3]
 */
export function threshold(
  x: Tensor,
  options: { readonly threshold: number; readonly value: number },
): Tensor {
  return where(lessEqual(x, options.threshold), options.value, x);
}

/**
 * x where |x| > λ (0.5 by default), else 0.
 *
 * - shape and dtype: those of `x`; NaN stays
 * - derivative: 1 where |x| > λ, else 0
 *
 * @example
 * hardshrink(tensor([0.3, -2]));   // [0, -2]
 */
export function hardshrink(
  x: Tensor,
  options: { readonly lambda?: number | undefined } = {},
): Tensor {
  return where(lessEqual(abs(x), options.lambda ?? 0.5), 0, x);
}

/**
 * x - λ sign(x) where |x| > λ (0.5 by default), else 0.
 *
 * - shape: that of `x`; dtype: that of `x`, integers beside a fraction to float32; NaN stays
 * - derivative: 1 where |x| > λ, else 0
 *
 * @example
 * softshrink(tensor([0.3, -2]));   // [0, -1.5]
 */
export function softshrink(
  x: Tensor,
  options: { readonly lambda?: number | undefined } = {},
): Tensor {
  const { lambda = 0.5 } = options;
  return where(lessEqual(abs(x), lambda), mul(0, x), sub(x, mul(sign(x), lambda)));
}

/**
 * relu6(x + 3) / 6: the sigmoid in three straight pieces.
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 * - derivative: 1/6 between -3 and 3, else 0, at both ends too
 *
 * @example
 * hardsigmoid(tensor([0, 5]));   // [0.5, 1]
 */
export function hardsigmoid(x: Tensor): Tensor {
  return div(relu6(add(x, 3)), 6);
}

/**
 * x · hardsigmoid(x). Howard et al. (2019), section 5.2.
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 * - derivative: 0, (2x + 3) / 6 or 1; at ±3 that of the middle piece
 *
 * @example
 * hardswish(tensor([1, 4]));   // [0.666667, 4]
 */
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
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: 1 where x is positive, else α exp x, at 0 too
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * elu(tensor([1, -1]));   // [1, -0.632121]
 */
export function elu(x: Tensor, options: EluOptions = {}): Tensor {
  const { alpha = 1 } = options;
  const isPositive = greater(requireTensor("elu", x), 0);
  return where(isPositive, x, mul(alpha, expm1(where(isPositive, 0, x))));
}

/**
 * As `elu`, with exp(x / α), so that the derivative is continuous. Barron (2017).
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 *
 * @example
 * celu(tensor([1, -2]), { alpha: 2 });   // [1, -1.26424]
 */
export function celu(x: Tensor, options: EluOptions = {}): Tensor {
  const { alpha = 1 } = options;
  const isPositive = greater(requireTensor("celu", x), 0);
  return where(isPositive, x, mul(alpha, expm1(div(where(isPositive, 0, x), alpha))));
}

/** The fixed point of means 0 and variances 1. Klambauer et al. (2017), equation 14. */
const SELU_ALPHA = 1.6732632423543772848170429916717;
const SELU_SCALE = 1.0507009873554804934193349852946;

/**
 * λ · elu(x) with the α and λ under which activations normalise themselves. Klambauer et al. (2017).
 *
 * - shape and dtype: those of `x`, which must be floating; at 0 the derivative is λ α
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * selu(tensor([1, -1]));   // [1.0507, -1.11133]
 */
export function selu(x: Tensor): Tensor {
  return mul(SELU_SCALE, elu(x, { alpha: SELU_ALPHA }));
}
