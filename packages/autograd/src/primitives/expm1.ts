/** @file expm1. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";

/**
 * exp(x) - 1, with the relative accuracy of small results.
 *
 * - shape and dtype: those of `x`
 * - derivative: y + 1
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * expm1(tensor([1e-10]));   // [1e-10]
 */
export function expm1(x: Tensor): Tensor {
  return bind(expm1Primitive, [x], null);
}

const KERNEL = scalarKernel("expm1", 1);

export const expm1Primitive: Primitive<null> = withPartials({
  name: "expm1",
  arity: 1,
  domain: [{ min: -2, max: 2 }],
  cases: [{ params: null }],
  residuals: ["output"],
  abstractEval: alikeFloating("expm1"),
  kernel: () => KERNEL,
  partials: [({ output }) => add(output, 1)],
});
