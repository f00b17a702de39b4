/** @file Elements by masks, and by places in row-major order. */
import { formatShape, normalizeAxis } from "../../array/shape.ts";
import { broadcastShapes } from "../../array/broadcast.ts";
import { flatCopy } from "../../array/strided-array.ts";
import { requireTensor } from "../../core/bind.ts";
import { concrete, Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { concatenate } from "../../primitives/concatenate.ts";
import { cast } from "../../primitives/cast.ts";
import type { TensorLike } from "../../primitives/door.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { reshape } from "../../primitives/reshape.ts";
import { broadcastTo } from "../../primitives/sum-broadcast-to.ts";
import { where } from "../../primitives/where.ts";
import { fullLike, zeros } from "../create.ts";
import { cumsum } from "../cumulative.ts";
import { nonzero } from "../searching.ts";
import { narrow } from "../splitting.ts";
import { countedIndices, requireKnown } from "./indices.ts";
import { Part } from "./part.ts";
import { addAt, setAt } from "./write-at.ts";

/**
 * `x` with `value`, a number or a scalar tensor, where the mask is true.
 *
 * - shape: `x` and the mask broadcast; dtype: that of `x`, to which the value is cast
 * - derivative: the cotangent where the mask is false; its sum elsewhere for the value
 *
 * @throws DTypeError if the mask is not bool; ShapeError if the shapes do not broadcast.
 * @example
 * maskedFill(tensor([1, 2]), tensor([true, false]), 0);   // [0, 2]
 */
export function maskedFill(x: Tensor, mask: Tensor, value: TensorLike): Tensor {
  const filling = value instanceof Tensor ? cast(value, x.dtype) : fullLike(x, Number(value));
  return where(mask, filling, x);
}

/**
 * The elements where the mask is true, as a vector.
 *
 * - shape: [count of true]; `x` and the mask broadcast; dtype: that of `x`
 * - derivative: the cotangent in the place of each element, 0 where the mask is false
 * - it reads the mask, so it cannot be compiled
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * maskedSelect(tensor([1, 2, 3]), tensor([true, false, true]));   // [1, 3]
 */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  const shape = broadcastShapes("maskedSelect", requireTensor("maskedSelect", x).shape, mask.shape);
  const flat = reshape(broadcastTo(mask, shape), [-1]);
  requireKnown("maskedSelect", flat);
  return gather(reshape(broadcastTo(x, shape), [-1]), reshape(nonzero(flat), [-1]));
}

/**
 * `x` with the elements of `values`, in row-major order, where the mask is true; those left over are not read.
 *
 * - shape: `x` and the mask broadcast; dtype: that of `x`, to which the values are cast
 * - derivative: the cotangent where the mask is false; for the values, that where it is true
 *
 * @throws ShapeError if the mask does not broadcast, or is known to be true more often than there are values.
 * @example
 * maskedScatter(tensor([1, 2, 3]), tensor([true, false, true]), tensor([7, 8]));   // [7, 2, 8]
 */
export function maskedScatter(x: Tensor, mask: Tensor, values: Tensor): Tensor {
  const op = "maskedScatter";
  const shape = broadcastShapes(op, requireTensor(op, x).shape, mask.shape);
  const isTaken = broadcastTo(mask, shape);
  requireEnough(op, isTaken, requireTensor(op, values));
  // values counted from 1: a first one that nobody sees stands for "not taken", also where there are no others
  const which = where(isTaken, reshape(cumsum(reshape(isTaken, [-1])), shape), 0);
  const source = concatenate([
    zeros([1], { dtype: x.dtype }),
    reshape(cast(values, x.dtype), [-1]),
  ]);
  return where(isTaken, reshape(gather(source, reshape(which, [-1])), shape), x);
}

function requireEnough(op: string, mask: Tensor, values: Tensor): void {
  const { array } = concrete(mask);
  if (array === null) return;
  const count = Array.from(flatCopy(array, "bool")).filter((isTaken) => isTaken !== 0).length;
  if (count <= values.size) return;
  throw new ShapeError(op, { count, values: values.shape }, (d) => {
    return `the mask is true ${d.count} times, but values of shape ${formatShape(d.values)} have ${values.size} elements. Give one for each.`;
  });
}

/**
 * The elements at places in row-major order; negative ones count from the end.
 *
 * - shape: that of `places` (int32); dtype: that of `x`
 * - derivative: the cotangents of an element add up
 *
 * @throws DTypeError if `places` is not int32; ValueError if one is out of range.
 * @example
 * take(tensor([[1, 2], [3, 4]]), tensor([0, -1], { dtype: "int32" }));   // [1, 4]
 */
export function take(x: Tensor, places: Tensor): Tensor {
  const flat = reshape(requireTensor("take", x), [-1]);
  const counted = countedIndices("take", places, { length: flat.size, axis: null });
  return reshape(gather(flat, reshape(counted, [-1])), places.shape);
}

export interface PutOptions {
  /** Whether values are added rather than replacing what was there; false by default. */
  readonly accumulate?: boolean | undefined;
}

/**
 * `x` with values, one for each place in row-major order; negative places count from the end.
 *
 * @throws ShapeError if there are not as many values as places; DTypeError or ValueError as `take`.
 * @example
 * put(tensor([[1, 2], [3, 4]]), tensor([-1], { dtype: "int32" }), tensor([9]));   // [[1, 2], [3, 9]]
 */
export function put(x: Tensor, places: Tensor, values: Tensor, options: PutOptions = {}): Tensor {
  const { size } = requireTensor("put", x);
  const counted = countedIndices("put", places, { length: size, axis: null });
  if (requireTensor("put", values).size !== places.size) {
    throw new ShapeError("put", { values: values.shape, places: places.shape }, (d) => {
      return `values of shape ${formatShape(d.values)} are not as many as places of shape ${formatShape(d.places)}. Give one value for each place.`;
    });
  }
  const list = cast(values, x.dtype);
  return options.accumulate === true ? addAt(x, counted, list) : setAt("put", x, counted, list);
}

/**
 * `x` with values at the places that a list of index tensors names, one for each leading axis: `x.at(…).set` or `.add`.
 *
 * - shape and dtype: those of `x`; the derivative is that of the update
 *
 * @throws as `getItem`; ShapeError if the values do not broadcast to the part.
 * @example
 * indexPut(tensor([1, 2, 3]), [tensor([0, 2], { dtype: "int32" })], tensor(9));   // [9, 2, 9]
 */
export function indexPut(
  x: Tensor,
  indices: readonly Tensor[],
  values: Tensor,
  options: PutOptions = {},
): Tensor {
  const part = new Part("indexPut", requireTensor("indexPut", x), indices);
  return options.accumulate === true ? part.add(values) : part.set(values);
}

/**
 * `x` with the slice at `index` along `axis` (0 by default) replaced.
 *
 * - shape and dtype: those of `x`; the values have its shape without the axis, and are cast
 * - derivative: the cotangent, 0 in the slice; for the values the slice of the cotangent
 *
 * @throws ShapeError if the values do not fit, or the index does not exist.
 * @example
 * selectScatter(tensor([[1, 2], [3, 4]]), tensor([7, 8]), -1);   // [[1, 2], [7, 8]]
 */
export function selectScatter(
  x: Tensor,
  values: Tensor,
  index: number,
  options: { readonly axis?: number | undefined } = {},
): Tensor {
  const op = "selectScatter";
  const { shape } = requireTensor(op, x);
  const axis = normalizeAxis(op, shape, options.axis ?? 0);
  const length = shape[axis];
  const at = index < 0 ? index + length : index;
  const expected = shape.filter((_, i) => i !== axis);
  const fits =
    requireTensor(op, values).rank === expected.length &&
    values.shape.every((n, i) => n === expected[i]);
  if (!fits || !(at >= 0 && at < length)) {
    throw new ShapeError(op, { shape, axis, index, values: values.shape }, (d) => {
      return `values of shape ${formatShape(d.values)} cannot take the place of slice ${d.index} along axis ${d.axis} of shape ${formatShape(d.shape)}. Give the shape without that axis, and an index that exists.`;
    });
  }
  const one = reshape(
    cast(values, x.dtype),
    shape.map((n, i) => (i === axis ? 1 : n)),
  );
  const before = narrow(x, { axis, start: 0, length: at });
  const after = narrow(x, { axis, start: at + 1, length: length - at - 1 });
  return concatenate([before, one, after], { axis });
}
