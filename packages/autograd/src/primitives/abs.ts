/** @file abs. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { alike } from "./door.ts";
import { sign } from "./sign.ts";

/**
 * Absolute value of every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: sign(x), so 0 at x = 0
 *
 * @example
 * abs(tensor([-3, 2]));   // [3, 2]
 */
export function abs(x: Tensor): Tensor {
  return bind(absPrimitive, [x], null);
}

const KERNEL = scalarKernel("abs", 1);

export const absPrimitive: Primitive<null> = withPartials({
  name: "abs",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alike("abs"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => sign(x)],
});
