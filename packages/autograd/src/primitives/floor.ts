/** @file floor. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { flat } from "./define.ts";
import { alike } from "./door.ts";

/**
 * The largest integer not above every element.
 *
 * - shape and dtype: those of `x`
 * - derivative: 0, at the jumps too
 *
 * @example
 * floor(tensor([1.7, -1.2]));   // [1, -2]
 */
export function floor(x: Tensor): Tensor {
  return bind(floorPrimitive, [x], null);
}

const KERNEL = scalarKernel("floor", 1);

export const floorPrimitive: Primitive<null> = flat({
  name: "floor",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  abstractEval: alike("floor"),
  kernel: () => KERNEL,
});
