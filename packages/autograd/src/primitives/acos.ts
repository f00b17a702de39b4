/** @file acos. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sqrt } from "./sqrt.ts";
import { sub } from "./sub.ts";

/**
 * The angle from 0 to π whose cosine is `x`.
 *
 * - shape and dtype: those of `x`
 * - derivative: -1 / √(1 - x²)
 * - infinite derivative at ±1; NaN beyond
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * acos(tensor([-1]));   // [3.14159]
 */
export function acos(x: Tensor): Tensor {
  return bind(acosPrimitive, [x], null);
}

const KERNEL = scalarKernel("acos", 1);

export const acosPrimitive: Primitive<null> = withPartials({
  name: "acos",
  arity: 1,
  domain: [{ min: -0.9, max: 0.9 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("acos"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => div(-1, sqrt(sub(1, mul(x, x))))],
});
