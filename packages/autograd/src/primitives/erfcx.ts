/** @file erfcx and its derivatives, each the derivative of the one before. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { elementwiseKernel } from "../kernel/kernel.ts";
import { apply, constant, input } from "../kernel/scalar.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";

/**
 * Scaled complementary error function exp(x²) erfc(x). A primitive because erfc underflows where it does not.
 *
 * - shape and dtype: those of `x`
 * - derivative: 2 x y - 2/√π, computed where that does not cancel; so are those of higher order
 * - Infinity below -26.6
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * special.erfcx(tensor([0]));   // [1]
 * @see DLMF, section 7.18: the derivatives are repeated integrals of erfc.
 */
export function erfcx(x: Tensor): Tensor {
  return bind(erfcxPrimitive, [x], { order: 0 });
}

export const erfcxPrimitive: Primitive<{ order: number }> = withPartials({
  name: "erfcx",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [{ params: { order: 0 } }, { params: { order: 1 } }],
  residuals: [0],
  abstractEval: alikeFloating("erfcx"),
  kernel: ({ order }) => elementwiseKernel(apply("erfcx", constant(order), input(0))),
  partials: [
    ({ primals: [x], params: { order } }) => bind(erfcxPrimitive, [x], { order: order + 1 }),
  ],
});
