/** @file asin. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sqrt } from "./sqrt.ts";
import { sub } from "./sub.ts";

/**
 * The angle from -π/2 to π/2 whose sine is `x`.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / √(1 - x²)
 * - infinite derivative at ±1; NaN beyond
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * asin(tensor([1]));   // [1.5708]
 */
export function asin(x: Tensor): Tensor {
  return bind(asinPrimitive, [x], null);
}

const KERNEL = scalarKernel("asin", 1);

export const asinPrimitive: Primitive<null> = withPartials({
  name: "asin",
  arity: 1,
  domain: [{ min: -0.9, max: 0.9 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("asin"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => div(1, sqrt(sub(1, mul(x, x))))],
});
