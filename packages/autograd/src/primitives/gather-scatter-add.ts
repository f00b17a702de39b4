/** @file gather and scatterAdd, each the transpose of the other. */
import type { Aval } from "../array/aval.ts";
import { formatShape, isLength, normalizeAxis, type Shape } from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import { cast } from "./cast.ts";
import { linear } from "./define.ts";

/**
 * The slices of `x` along `axis` (0 by default) that `indices` name, in their order.
 *
 * - shape: `axis` has the length of `indices`, which has one axis and dtype int32; dtype: that of `x`
 * - derivative: the cotangent is added to the slices it came from; an index may repeat
 *
 * @throws DTypeError or ShapeError if `indices` is not int32 with one axis; ValueError if an index lies outside.
 * @example
 * gather(tensor([10, 20, 30]), tensor([2, 0, 2], { dtype: "int32" }));   // [30, 10, 30]
 */
export function gather(
  x: Tensor,
  indices: Tensor,
  options: { readonly axis?: number } = {},
): Tensor {
  const axis = normalizeAxis("gather", x.shape, options.axis ?? 0);
  return bind(gatherPrimitive, [x, indices], { axis });
}

/**
 * Zeros of length `size` along `axis` (0 by default), with slice i of `updates` added at index `indices[i]`.
 *
 * - shape: that of `updates` with `size` along `axis`; dtype: that of `updates`; bools are counted as int32
 * - derivative: each slice receives the cotangent at its index
 *
 * @throws DTypeError or ShapeError if `indices` is not int32 with one entry for each slice; ValueError if an
 *   index lies outside, or `size` is no length.
 * @example
 * scatterAdd(tensor([1, 2, 3]), tensor([0, 2, 0], { dtype: "int32" }), { size: 3 });   // [4, 0, 2]
 */
export function scatterAdd(
  updates: Tensor,
  indices: Tensor,
  options: { readonly size: number; readonly axis?: number },
): Tensor {
  const { size } = options;
  const axis = normalizeAxis("scatterAdd", updates.shape, options.axis ?? 0);
  if (!isLength(size)) {
    throw new ValueError("scatterAdd", { size }, (d) => {
      return `the result cannot have length ${d.size}. Give a size that is an integer of 0 or more.`;
    });
  }
  const summands = updates.dtype === "bool" ? cast(updates, "int32") : updates;
  return bind(scatterAddPrimitive, [summands, indices], { axis, size });
}

function checkIndices(op: string, indices: Aval): void {
  if (indices.dtype !== "int32") {
    throw new DTypeError(op, { dtype: indices.dtype }, ({ dtype }) => {
      return `indices must be int32 but are ${dtype}. Convert first: \`cast(indices, "int32")\`.`;
    });
  }
  if (indices.shape.length !== 1) {
    throw new ShapeError(op, { shape: indices.shape }, ({ shape }) => {
      return `indices must have one axis but have shape ${formatShape(shape)}. Reshape them to [-1], and the result back.`;
    });
  }
}

function withLength(shape: Shape, axis: number, length: number): Shape {
  return shape.map((n, i) => (i === axis ? length : n));
}

export const gatherPrimitive: Primitive<{ axis: number }> = linear({
  name: "gather",
  arity: 2,
  domain: [
    { min: -3, max: 3 },
    { min: 0, max: 1, dtype: "int32" },
  ],
  cases: [
    { params: { axis: 0 }, shapes: [[2], [3]] },
    { params: { axis: 0 }, shapes: [[3, 2], [4]] },
    { params: { axis: 1 }, shapes: [[2, 2, 2], [3]] },
    { params: { axis: 0 }, shapes: [[2, 3], [0]] },
  ],
  residuals: [1],
  linearIn: [0],
  abstractEval: ([x, indices], { axis }) => {
    checkIndices("gather", indices);
    return { shape: withLength(x.shape, axis, indices.shape[0]), dtype: x.dtype };
  },
  kernel: ({ axis }) => ({ kind: "gather", op: "gather", axis }),
  transpose: (cotangent, { primals: [, indices], avals, params: { axis } }) =>
    scatterAdd(cotangent, indices, { axis, size: avals[0].shape[axis] }),
});

export const scatterAddPrimitive: Primitive<{ axis: number; size: number }> = linear({
  name: "scatterAdd",
  arity: 2,
  domain: [
    { min: -3, max: 3 },
    { min: 0, max: 1, dtype: "int32" },
  ],
  cases: [
    { params: { axis: 0, size: 2 }, shapes: [[3], [3]] },
    { params: { axis: 0, size: 4 }, shapes: [[3, 2], [3]] },
    { params: { axis: 1, size: 2 }, shapes: [[2, 3], [3]] },
    { params: { axis: 0, size: 2 }, shapes: [[0, 3], [0]] },
  ],
  residuals: [1],
  linearIn: [0],
  abstractEval: ([updates, indices], { axis, size }) => {
    checkIndices("scatterAdd", indices);
    if (indices.shape[0] !== updates.shape[axis]) {
      throw new ShapeError(
        "scatterAdd",
        { updates: updates.shape, indices: indices.shape, axis },
        (d) => {
          return `updates of shape ${formatShape(d.updates)} have ${d.updates[d.axis]} slices along axis ${d.axis}, but the indices have shape ${formatShape(d.indices)}. Give one index for each slice.`;
        },
      );
    }
    return { shape: withLength(updates.shape, axis, size), dtype: updates.dtype };
  },
  kernel: ({ axis }) => ({ kind: "scatterAdd", op: "scatterAdd", axis }),
  transpose: (cotangent, { primals: [, indices], params: { axis } }) =>
    gather(cotangent, indices, { axis }),
});
