/** @file add. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { linear } from "./define.ts";
import { alike, arithmetic, type TensorLike } from "./door.ts";

/**
 * Sum of two operands, element by element.
 *
 * - shape: broadcast; dtype: promoted; int32 wraps
 * - derivative: the cotangent for both
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * add(tensor([1, 2]), 10);   // [11, 12]
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return bind(addPrimitive, arithmetic("add", a, b), null);
}

const KERNEL = scalarKernel("add", 2);

export const addPrimitive: Primitive<null> = linear({
  name: "add",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  abstractEval: alike("add"),
  kernel: () => KERNEL,
  transpose: (cotangent) => cotangent,
});
