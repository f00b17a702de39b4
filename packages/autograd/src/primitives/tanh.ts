/** @file tanh. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

/**
 * Hyperbolic tangent of every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 - y², finite everywhere
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * tanh(tensor([0, 1]));   // [0, 0.761594]
 */
export function tanh(x: Tensor): Tensor {
  return bind(tanhPrimitive, [x], null);
}

const KERNEL = scalarKernel("tanh", 1);

export const tanhPrimitive: Primitive<null> = withPartials({
  name: "tanh",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: ["output"],
  abstractEval: alikeFloating("tanh"),
  kernel: () => KERNEL,
  partials: [({ output }) => sub(1, mul(output, output))],
});
