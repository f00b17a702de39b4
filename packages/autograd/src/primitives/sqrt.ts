/** @file sqrt. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";

/**
 * Square root of every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / (2y). It reads the output, so the tape keeps y and may drop x
 * - at x = 0 the derivative is +Infinity; for x < 0 value and derivative are NaN
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * sqrt(tensor([4, 9]));   // [2, 3]
 */
export function sqrt(x: Tensor): Tensor {
  return bind(sqrtPrimitive, [x], null);
}

const KERNEL = scalarKernel("sqrt", 1);

export const sqrtPrimitive: Primitive<null> = withPartials({
  name: "sqrt",
  arity: 1,
  domain: [{ min: 0.01, max: 100 }],
  cases: [{ params: null }],
  residuals: ["output"],
  abstractEval: alikeFloating("sqrt"),
  kernel: () => KERNEL,
  partials: [({ output }) => div(0.5, output)],
});
