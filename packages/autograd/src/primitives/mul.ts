/** @file mul. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { bilinear } from "./define.ts";
import { alike, arithmetic, type TensorLike } from "./door.ts";

/**
 * Product of two operands, element by element.
 *
 * - shape: broadcast; dtype: promoted; int32 wraps
 * - derivative: the other operand
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * mul(tensor([1, 2]), tensor([3, 4]));   // [3, 8]
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return bind(mulPrimitive, arithmetic("mul", a, b), null);
}

const KERNEL = scalarKernel("mul", 2);

export const mulPrimitive: Primitive<null> = bilinear({
  name: "mul",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  abstractEval: alike("mul"),
  kernel: () => KERNEL,
  transpose: (cotangent, other) => mul(cotangent, other),
});
