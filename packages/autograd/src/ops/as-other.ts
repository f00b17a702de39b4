/** @file What takes its shape from another tensor. */
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { spread, type TensorLike } from "../primitives/door.ts";
import { reshape } from "../primitives/reshape.ts";
import { broadcastTo } from "../primitives/sum-broadcast-to.ts";

/** `x` broadcast to the shape of `other`. @throws ShapeError if it does not fit. */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  return broadcastTo(x, requireTensor("expandAs", other).shape);
}

/** The elements of `x` in the shape of `other`. @throws ShapeError if there are more or fewer of them. */
export function reshapeAs(x: Tensor, other: Tensor): Tensor {
  return reshape(x, requireTensor("reshapeAs", other).shape);
}

/**
 * `value` at every index of `x`.
 *
 * - shape and dtype: those of `x`, to which the value broadcasts
 * - derivative: none for x; the sum over the elements for the value
 *
 * @throws ShapeError if the value does not broadcast to the shape of `x`.
 * @example
 * fill(tensor([1, 2]), 5);   // [5, 5]
 */
export function fill(x: Tensor, value: TensorLike): Tensor {
  const { shape, dtype } = requireTensor("fill", x);
  const filling = typeof value === "object" ? broadcastTo(value, shape) : value;
  return spread("fill", filling, shape, dtype);
}
