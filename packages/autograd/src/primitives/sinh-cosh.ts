/** @file sinh and cosh, each the derivative of the other. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";

/**
 * Hyperbolic sine of every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: cosh(x)
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 */
export function sinh(x: Tensor): Tensor {
  return bind(sinhPrimitive, [x], null);
}

/**
 * Hyperbolic cosine of every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: sinh(x)
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 */
export function cosh(x: Tensor): Tensor {
  return bind(coshPrimitive, [x], null);
}

const SINH = scalarKernel("sinh", 1);
const COSH = scalarKernel("cosh", 1);

export const sinhPrimitive: Primitive<null> = withPartials({
  name: "sinh",
  arity: 1,
  domain: [{ min: -2, max: 2 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("sinh"),
  kernel: () => SINH,
  partials: [({ primals: [x] }) => cosh(x)],
});

export const coshPrimitive: Primitive<null> = withPartials({
  name: "cosh",
  arity: 1,
  domain: [{ min: -2, max: 2 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("cosh"),
  kernel: () => COSH,
  partials: [({ primals: [x] }) => sinh(x)],
});
