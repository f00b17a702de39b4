/** @file lgamma. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { digamma } from "./polygamma.ts";
import { alikeFloating } from "./door.ts";

/**
 * log |Γ(x)|.
 *
 * - shape and dtype: those of `x`
 * - derivative: the digamma function
 * - Infinity at 0 and the negative integers, where the derivative is NaN or infinite
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * lgamma(tensor([4]));   // [1.79176], log 3!
 */
export function lgamma(x: Tensor): Tensor {
  return bind(lgammaPrimitive, [x], null);
}

const KERNEL = scalarKernel("lgamma", 1);

export const lgammaPrimitive: Primitive<null> = withPartials({
  name: "lgamma",
  arity: 1,
  domain: [{ min: 2.5, max: 5 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("lgamma"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => digamma(x)],
});
