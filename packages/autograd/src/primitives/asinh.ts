/** @file asinh. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sqrt } from "./sqrt.ts";

/**
 * The number whose hyperbolic sine is `x`.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / √(1 + x²)
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 */
export function asinh(x: Tensor): Tensor {
  return bind(asinhPrimitive, [x], null);
}

const KERNEL = scalarKernel("asinh", 1);

export const asinhPrimitive: Primitive<null> = withPartials({
  name: "asinh",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("asinh"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => div(1, sqrt(add(1, mul(x, x))))],
});
