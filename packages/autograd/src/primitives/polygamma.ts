/** @file polygamma: the derivatives of log Γ, each the derivative of the one before; and digamma, the first. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { elementwiseKernel } from "../kernel/kernel.ts";
import { apply, constant, input } from "../kernel/scalar.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";

/**
 * The derivative of order n + 1 of log Γ(x): digamma for n = 0, trigamma for n = 1.
 *
 * - shape and dtype: those of `x`
 * - derivative: polygamma(n + 1, x)
 * - for n above 170, where n! ends, it is NaN
 * - at 0 and the negative integers it has poles: infinite for odd n, NaN for even n (digamma: ∓∞ at ±0)
 *
 * @throws ValueError if `n` is not an integer of 0 or more; DTypeError if `x` has an integer or boolean dtype.
 * @example
 * polygamma(1, tensor([1]));   // [1.64493], π²/6
 * @see DLMF, section 5.15.
 */
export function polygamma(n: number, x: Tensor): Tensor {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new ValueError("polygamma", { n }, (d) => {
      return `there is no derivative of order ${d.n}. Use an integer of 0 or more.`;
    });
  }
  return bind(polygammaPrimitive, [x], { n });
}

/** The derivative of log Γ(x). @throws as `polygamma`. */
export function digamma(x: Tensor): Tensor {
  return polygamma(0, x);
}

export const polygammaPrimitive: Primitive<{ n: number }> = withPartials({
  name: "polygamma",
  arity: 1,
  domain: [{ min: 1, max: 4 }],
  cases: [{ params: { n: 0 } }, { params: { n: 1 } }],
  residuals: [0],
  abstractEval: alikeFloating("polygamma"),
  kernel: ({ n }) => elementwiseKernel(apply("polygamma", constant(n), input(0))),
  partials: [({ primals: [x], params: { n } }) => polygamma(n + 1, x)],
});
