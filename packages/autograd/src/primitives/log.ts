/** @file log. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";

/**
 * Natural logarithm of every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / x
 * - at x = 0 the value is -Infinity and the derivative +Infinity; for x < 0 the value is NaN
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * log(tensor([1, 10]));   // [0, 2.30259]
 */
export function log(x: Tensor): Tensor {
  return bind(logPrimitive, [x], null);
}

const KERNEL = scalarKernel("log", 1);

export const logPrimitive: Primitive<null> = withPartials({
  name: "log",
  arity: 1,
  domain: [{ min: 0.1, max: 10 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("log"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => div(1, x)],
});
