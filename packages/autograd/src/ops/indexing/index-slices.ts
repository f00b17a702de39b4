/** @file Slices added, replaced and filled by a vector of indices along one axis. */
import { formatShape, normalizeAxis, type Shape, sameShape, sizeOf } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { greaterEqual } from "../../primitives/compare.ts";
import {
  gather as gatherSlices,
  scatterAdd as scatterSlices,
} from "../../primitives/gather-scatter-add.ts";
import { maximum } from "../../primitives/maximum.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { where } from "../../primitives/where.ts";
import { fullLike } from "../create.ts";
import { countedIndices } from "./indices.ts";
import { writersOf } from "./write-at.ts";
import type { IndexOptions } from "./scatter.ts";

/**
 * `x` with the slices of `values`, times α (1 by default), added at `indices` [n] along `axis` (0 by default).
 *
 * - shape and dtype: those of `x`; the values have its shape with n slices
 * - derivative: the cotangent; for the values its slices at the indices, times α
 *
 * @throws DTypeError if the indices are not int32; ShapeError if the values do not fit; ValueError if an index is out of range.
 * @example
 * indexAdd(tensor([1, 2, 3]), tensor([0, 0], { dtype: "int32" }), tensor([10, 20]));   // [31, 2, 3]
 */
export function indexAdd(
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  options: IndexOptions & { readonly alpha?: number | undefined } = {},
): Tensor {
  const { axis = 0, alpha = 1 } = options;
  return bySlices("indexAdd", x, indices, values, axis, (vector, index, slices, own) => {
    const scaled = alpha === 1 ? slices : mul(slices, alpha);
    const sums = scatterSlices(scaled, index, { size: vector.shape[own], axis: own });
    return cast(add(vector, sums), vector.dtype);
  });
}

/**
 * `x` with slices replaced by those of `values` at `indices` [n] along `axis` (0 by default); the last of several stands.
 *
 * - shape and dtype: those of `x`; the values have its shape with n slices
 * - derivative: the cotangent, 0 where it was replaced; for the slices that stand, that of their place
 *
 * @throws as `indexAdd`.
 * @example
 * indexCopy(tensor([1, 2, 3]), tensor([2, 0], { dtype: "int32" }), tensor([7, 8]));   // [8, 2, 7]
 */
export function indexCopy(
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  options: IndexOptions = {},
): Tensor {
  const op = "indexCopy";
  return bySlices(op, x, indices, values, options.axis ?? 0, (vector, index, slices, own) => {
    if (index.size === 0) return vector;
    const writer = writersOf(op, index, vector.shape[own]);
    const written = gatherSlices(slices, maximum(writer, 0), { axis: own });
    const isWritten = reshape(
      greaterEqual(writer, 0),
      vector.shape.map((n, i) => (i === own ? n : 1)),
    );
    return where(isWritten, cast(written, vector.dtype), vector);
  });
}

/**
 * `x` with slices at `indices` [n] along `axis` (0 by default) filled with a number or a scalar tensor.
 *
 * - shape and dtype: those of `x`, to which the value is cast
 * - derivative: the cotangent, 0 where it was filled; for the value the sum of the others
 *
 * @throws DTypeError if the indices are not int32; ValueError if an index is out of range.
 * @example
 * indexFill(tensor([1, 2, 3]), tensor([0, 2], { dtype: "int32" }), 9);   // [9, 2, 9]
 */
export function indexFill(
  x: Tensor,
  indices: Tensor,
  value: Tensor | number,
  options: IndexOptions = {},
): Tensor {
  const op = "indexFill";
  return bySlices(op, x, indices, x, options.axis ?? 0, (vector, index, _, own) => {
    const isWritten = greaterEqual(writersOf(op, index, vector.shape[own]), 0);
    return where(
      reshape(
        isWritten,
        vector.shape.map((n, i) => (i === own ? n : 1)),
      ),
      typeof value === "number" ? fullLike(vector, value) : cast(value, vector.dtype),
      vector,
    );
  });
}

function bySlices(
  op: string,
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  axis: number,
  write: (vector: Tensor, index: Tensor, slices: Tensor, axis: number) => Tensor,
): Tensor {
  const vector = requireTensor(op, x).rank === 0 ? reshape(x, [1]) : x;
  const own = normalizeAxis(op, vector.shape, axis);
  const along = { length: vector.shape[own], axis: own };
  const index = reshape(countedIndices(op, indices, along), [-1]);
  const shape: Shape = vector.shape.map((n, i) => (i === own ? index.size : n));
  const isAlike =
    sameShape(requireTensor(op, values).shape, shape) || (values.rank === 0 && index.size === 1);
  if (values !== x && !(isAlike && values.size === sizeOf(shape))) {
    throw new ShapeError(op, { values: values.shape, expected: shape }, (d) => {
      return `values of shape ${formatShape(d.values)} are no slices for ${index.size} indices, which have shape ${formatShape(d.expected)}. Give one slice for each index.`;
    });
  }
  const slices = values === x ? vector : reshape(values, shape);
  return reshape(write(vector, index, slices, own), x.shape);
}
