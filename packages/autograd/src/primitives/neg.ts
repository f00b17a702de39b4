/** @file neg. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { cast } from "./cast.ts";
import { linear } from "./define.ts";
import { alike } from "./door.ts";

/**
 * The negative of every element.
 *
 * - shape and dtype: those of `x`; bools count as int32, which wraps
 * - derivative: -1
 *
 * @example
 * neg(tensor([1, -2]));   // [-1, 2]
 */
export function neg(x: Tensor): Tensor {
  return bind(negPrimitive, [x.dtype === "bool" ? cast(x, "int32") : x], null);
}

const KERNEL = scalarKernel("neg", 1);

export const negPrimitive: Primitive<null> = linear({
  name: "neg",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  abstractEval: alike("neg"),
  kernel: () => KERNEL,
  transpose: (cotangent) => neg(cotangent),
});
