/** @file div. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating, floatingArithmetic, type TensorLike } from "./door.ts";
import { neg } from "./neg.ts";

/**
 * Quotient of two operands, element by element.
 *
 * - shape: broadcast; dtype: promoted, integers to float32 (7 / 2 is 3.5)
 * - derivative: 1 / b for the first, -y / b for the second
 * - at b = 0 value and derivatives are infinite, or NaN where a = 0 too
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * div(tensor([1, 2]), 4);   // [0.25, 0.5]
 */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return bind(divPrimitive, floatingArithmetic("div", a, b), null);
}

const KERNEL = scalarKernel("div", 2);

export const divPrimitive: Primitive<null> = withPartials({
  name: "div",
  arity: 2,
  domain: [
    { min: -3, max: 3 },
    { min: 0.5, max: 3 },
  ],
  cases: [{ params: null }],
  residuals: [1, "output"],
  abstractEval: alikeFloating("div"),
  kernel: () => KERNEL,
  partials: [
    ({ primals: [, b] }) => div(1, b),
    ({ primals: [, b], output }) => div(output, neg(b)),
  ],
});
