/** @file atanh. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

/**
 * The number whose hyperbolic tangent is `x`.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / (1 - x²)
 * - infinite at ±1; NaN beyond
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 */
export function atanh(x: Tensor): Tensor {
  return bind(atanhPrimitive, [x], null);
}

const KERNEL = scalarKernel("atanh", 1);

export const atanhPrimitive: Primitive<null> = withPartials({
  name: "atanh",
  arity: 1,
  domain: [{ min: -0.8, max: 0.8 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("atanh"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => div(1, sub(1, mul(x, x)))],
});
