/** @file sub. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { linear } from "./define.ts";
import { alike, arithmetic, type TensorLike } from "./door.ts";
import { neg } from "./neg.ts";

/**
 * Difference of two operands, element by element.
 *
 * - shape: broadcast; dtype: promoted; int32 wraps
 * - derivative: the cotangent for the first, its negative for the second
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * sub(10, tensor([1, 2]));   // [9, 8]
 */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return bind(subPrimitive, arithmetic("sub", a, b), null);
}

const KERNEL = scalarKernel("sub", 2);

export const subPrimitive: Primitive<null> = linear({
  name: "sub",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  abstractEval: alike("sub"),
  kernel: () => KERNEL,
  transpose: (cotangent, _rule, input) => (input === 0 ? cotangent : neg(cotangent)),
});
