/** @file erfinv. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";

/**
 * The number whose error function is `x`.
 *
 * - shape and dtype: those of `x`
 * - derivative: √π/2 · exp(y²)
 * - infinite at ±1; NaN beyond
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * erfinv(tensor([0.5]));   // [0.476936]
 */
export function erfinv(x: Tensor): Tensor {
  return bind(erfinvPrimitive, [x], null);
}

const KERNEL = scalarKernel("erfinv", 1);

export const erfinvPrimitive: Primitive<null> = withPartials({
  name: "erfinv",
  arity: 1,
  domain: [{ min: 0.3, max: 0.8 }],
  cases: [{ params: null }],
  residuals: ["output"],
  abstractEval: alikeFloating("erfinv"),
  kernel: () => KERNEL,
  partials: [({ output }) => mul(Math.sqrt(Math.PI) / 2, exp(mul(output, output)))],
});
