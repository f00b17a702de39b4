/** @file sign. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { flat } from "./define.ts";
import { alike } from "./door.ts";

/**
 * -1, 0 or 1, by the sign of every element.
 *
 * - shape and dtype: those of `x`; ±0 and NaN stay what they are
 * - derivative: 0, at 0 too
 *
 * @example
 * sign(tensor([-3, 0, 2]));   // [-1, 0, 1]
 */
export function sign(x: Tensor): Tensor {
  return bind(signPrimitive, [x], null);
}

const KERNEL = scalarKernel("sign", 1);

export const signPrimitive: Primitive<null> = flat({
  name: "sign",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  abstractEval: alike("sign"),
  kernel: () => KERNEL,
});
