/** @file log1p. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";

/**
 * log(1 + x), with the relative accuracy of small results.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / (1 + x)
 * - -Infinity at x = -1, where the derivative is Infinity; NaN below
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * log1p(tensor([1e-10]));   // [1e-10]
 */
export function log1p(x: Tensor): Tensor {
  return bind(log1pPrimitive, [x], null);
}

const KERNEL = scalarKernel("log1p", 1);

export const log1pPrimitive: Primitive<null> = withPartials({
  name: "log1p",
  arity: 1,
  domain: [{ min: -0.5, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("log1p"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => div(1, add(x, 1))],
});
