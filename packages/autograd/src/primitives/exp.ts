/** @file exp. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";

/**
 * e to the power of every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: the output
 * - exp(-Infinity) is 0; above 88.7 (float32) or 709.8 (float64) the value is Infinity
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * exp(tensor([0, 1]));   // [1, 2.71828]
 */
export function exp(x: Tensor): Tensor {
  return bind(expPrimitive, [x], null);
}

const KERNEL = scalarKernel("exp", 1);

export const expPrimitive: Primitive<null> = withPartials({
  name: "exp",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: ["output"],
  abstractEval: alikeFloating("exp"),
  kernel: () => KERNEL,
  partials: [({ output }) => output],
});
