/** @file sigmoid. A primitive because 1 / (1 + exp(-x)) has a NaN gradient where exp overflows. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

/**
 * Logistic function 1 / (1 + exp(-x)) of every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: y (1 - y), finite everywhere, to every order
 * - sigmoid(-Infinity) is 0, sigmoid(Infinity) is 1; a small value keeps its relative accuracy
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * sigmoid(tensor([0, Math.log(3)]));   // [0.5, 0.75]
 */
export function sigmoid(x: Tensor): Tensor {
  return bind(sigmoidPrimitive, [x], null);
}

const KERNEL = scalarKernel("sigmoid", 1);

export const sigmoidPrimitive: Primitive<null> = withPartials({
  name: "sigmoid",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: ["output"],
  abstractEval: alikeFloating("sigmoid"),
  kernel: () => KERNEL,
  partials: [({ output }) => mul(output, sub(1, output))],
});
