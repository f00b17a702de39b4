/** @file sin and cos, each the other's derivative. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";
import { neg } from "./neg.ts";

/**
 * Sine of every element, in radians.
 *
 * - shape and dtype: those of `x`
 * - derivative: cos(x)
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * sin(tensor([0, Math.PI / 2]));   // [0, 1]
 */
export function sin(x: Tensor): Tensor {
  return bind(sinPrimitive, [x], null);
}

/**
 * Cosine of every element, in radians.
 *
 * - shape and dtype: those of `x`
 * - derivative: -sin(x)
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * cos(tensor([0]));   // [1]
 */
export function cos(x: Tensor): Tensor {
  return bind(cosPrimitive, [x], null);
}

const SIN = scalarKernel("sin", 1);
const COS = scalarKernel("cos", 1);

export const sinPrimitive: Primitive<null> = withPartials({
  name: "sin",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("sin"),
  kernel: () => SIN,
  partials: [({ primals: [x] }) => cos(x)],
});

export const cosPrimitive: Primitive<null> = withPartials({
  name: "cos",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("cos"),
  kernel: () => COS,
  partials: [({ primals: [x] }) => neg(sin(x))],
});
