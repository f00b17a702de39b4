/** @file erfc. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";

/**
 * Complementary error function 1 - erf(x), with the relative accuracy of small results.
 *
 * - shape and dtype: those of `x`
 * - derivative: -2/√π · exp(-x²)
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * erfc(tensor([0]));   // [1]
 */
export function erfc(x: Tensor): Tensor {
  return bind(erfcPrimitive, [x], null);
}

const KERNEL = scalarKernel("erfc", 1);

export const erfcPrimitive: Primitive<null> = withPartials({
  name: "erfc",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("erfc"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => mul(-2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))))],
});
