/** @file erf. */
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
 * Error function of every element, 2/√π times the integral of exp(-t²) from 0 to x.
 *
 * - shape and dtype: those of `x`
 * - derivative: 2/√π · exp(-x²), finite everywhere
 * - erf(±Infinity) is ±1
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * erf(tensor([0, 1]));   // [0, 0.842701]
 */
export function erf(x: Tensor): Tensor {
  return bind(erfPrimitive, [x], null);
}

const KERNEL = scalarKernel("erf", 1);

export const erfPrimitive: Primitive<null> = withPartials({
  name: "erf",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("erf"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))))],
});
