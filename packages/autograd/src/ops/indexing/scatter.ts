/** @file gather, scatter and scatterAdd: an index for every element, with PyTorch's meaning. */
import { formatShape, normalizeAxis } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import { splat, Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { cast } from "../../primitives/cast.ts";
import {
  gather as gatherSlices,
  scatterAdd as scatterSlices,
} from "../../primitives/gather-scatter-add.ts";
import { reshape } from "../../primitives/reshape.ts";
import { slice } from "../../primitives/slice-pad.ts";
import { flatPlaces, takeAlongAxis } from "../take-along-axis.ts";
import { addAt, setAt } from "./write-at.ts";

export interface IndexOptions {
  /** 0 by default. */
  readonly axis?: number | undefined;
}

/**
 * Elements of `x` by indices along `axis` (0 by default): with one axis of indices, the slices that they name; with as many
 * axes as `x`, one element for each index, as `takeAlongAxis`.
 *
 * @throws DTypeError or ShapeError if `indices` is not int32 or does not fit; ValueError if an index is out of range.
 * @example
 * gather(tensor([10, 20, 30]), tensor([2, 0, 2], { dtype: "int32" }));   // [30, 10, 30]
 */
export function gather(x: Tensor, indices: Tensor, options: IndexOptions = {}): Tensor {
  const { axis = 0 } = options;
  if (requireTensor("gather", indices).rank === 1 && requireTensor("gather", x).rank > 0) {
    return gatherSlices(x, indices, { axis });
  }
  const vector = x.rank === 0 ? reshape(x, [1]) : x;
  const places = indices.rank === 0 && vector.rank === 1 ? reshape(indices, [1]) : indices;
  return reshape(takeAlongAxis(vector, places, { axis }), indices.shape);
}

/** A tensor, places in it by indices along an axis, and values, of which a block in the shape of the indices counts. */
export interface Target {
  readonly x: Tensor;
  readonly places: Tensor;
  readonly values: Tensor;
}

/** @throws as `scatter`. */
export function targetOf(
  op: string,
  x: Tensor,
  indices: Tensor,
  values: Tensor | number,
  axis: number,
): Target {
  const vector = requireTensor(op, x).rank === 0 ? reshape(x, [1]) : x;
  const own = normalizeAxis(op, vector.shape, axis);
  const given = requireTensor(op, indices).rank === 0 ? reshape(indices, [1]) : indices;
  const places = flatPlaces(op, vector.shape, given, own);
  if (!(values instanceof Tensor)) {
    return { x: vector, places, values: splat({ shape: given.shape, dtype: x.dtype }, values) };
  }
  const source = values.rank === 0 ? reshape(values, [1]) : values;
  if (source.rank !== given.rank || source.shape.some((n, i) => n < given.shape[i])) {
    throw new ShapeError(op, { values: source.shape, indices: given.shape }, (d) => {
      return `values of shape ${formatShape(d.values)} do not cover indices of shape ${formatShape(d.indices)}. Give at least one for each index.`;
    });
  }
  const block = slice(source, { starts: given.shape.map(() => 0), sizes: given.shape });
  return { x: vector, places, values: cast(block, x.dtype) };
}

/**
 * `x` with `values`, a tensor or a number, at `indices` along `axis` (0 by default).
 *
 * - shapes: indices (int32) of the rank of `x`, no longer than it outside of the axis; of the values a block in the shape of
 *   the indices counts; result and dtype as `x`
 * - negative indices count from the end; of several values for one place the last stands
 * - derivative: the cotangent, 0 where it was replaced; for the values that stand, the cotangent at their place
 *
 * @throws DTypeError if the indices are not int32; ShapeError if the shapes do not fit; ValueError if an index is out of range.
 * @example
 * scatter(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: "int32" }), 9, { axis: 1 });   // [[1, 9], [9, 4]]
 */
export function scatter(
  x: Tensor,
  indices: Tensor,
  values: Tensor | number,
  options: IndexOptions = {},
): Tensor {
  const {
    x: vector,
    places,
    values: block,
  } = targetOf("scatter", x, indices, values, options.axis ?? 0);
  return reshape(setAt("scatter", vector, places, block), x.shape);
}

/**
 * `x` with `values` added at `indices` along `axis`; or, without `x`, zeros of length `size` with slices added.
 *
 * @throws DTypeError or ShapeError if the operands do not fit; ValueError if an index is out of range.
 * @example
 * scatterAdd(tensor([1, 2, 3]), tensor([0, 2, 0], { dtype: "int32" }), { size: 3 });   // [4, 0, 2]
 */
export function scatterAdd(
  updates: Tensor,
  indices: Tensor,
  options: IndexOptions & { readonly size: number },
): Tensor;
export function scatterAdd(
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  options?: IndexOptions,
): Tensor;
export function scatterAdd(
  x: Tensor,
  indices: Tensor,
  third: Tensor | (IndexOptions & { readonly size: number }),
  options: IndexOptions = {},
): Tensor {
  if (!(third instanceof Tensor)) {
    return scatterSlices(x, indices, { size: third.size, axis: third.axis ?? 0 });
  }
  const {
    x: vector,
    places,
    values,
  } = targetOf("scatterAdd", x, indices, third, options.axis ?? 0);
  return reshape(addAt(vector, places, values), x.shape);
}
