/** @file erfcx. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

/**
 * Scaled complementary error function exp(x²) erfc(x). A primitive because erfc underflows where it does not.
 *
 * - shape and dtype: those of `x`
 * - derivative: 2 x y - 2/√π
 * - Infinity below -26.6
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * erfcx(tensor([0]));   // [1]
 */
export function erfcx(x: Tensor): Tensor {
  return bind(erfcxPrimitive, [x], null);
}

const KERNEL = scalarKernel("erfcx", 1);

export const erfcxPrimitive: Primitive<null> = withPartials({
  name: "erfcx",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [{ params: null }],
  residuals: [0, "output"],
  abstractEval: alikeFloating("erfcx"),
  kernel: () => KERNEL,
  partials: [({ primals: [x], output }) => sub(mul(mul(2, x), output), 2 / Math.sqrt(Math.PI))],
});
