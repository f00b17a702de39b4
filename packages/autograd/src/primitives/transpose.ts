/** @file transpose. */
import { formatShape, normalizeAxis, type Shape } from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { AxisError } from "../errors.ts";
import { linear } from "./define.ts";

/**
 * `x` with its axes in another order; by default the reverse one, which for a matrix is xᵀ. Two numbers exchange two axes.
 *
 * - shape: axis i of the result is axis `permutation[i]` of `x`; dtype: that of `x`; no copy is made
 * - derivative: the cotangent under the inverse permutation
 *
 * @throws AxisError if `permutation` does not name every axis once, or an axis does not exist.
 * @example
 * transpose(tensor([[1, 2], [3, 4]]));   // [[1, 3], [2, 4]]
 */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor;
export function transpose(x: Tensor, a: number, b: number): Tensor;
export function transpose(x: Tensor, first?: readonly number[] | number, second?: number): Tensor {
  const place = (axis: number): number => normalizeAxis("transpose", x.shape, axis);
  const order =
    typeof first === "number"
      ? exchanged(x.rank, place(first), place(second ?? first))
      : (first?.map(place) ?? x.shape.map((_, axis) => x.rank - 1 - axis));
  checkPermutation(x.shape, order);
  if (order.every((axis, i) => axis === i)) return x;
  return bind(transposePrimitive, [x], { permutation: order });
}

/** The order of axes in which two have changed places. */
function exchanged(rank: number, a: number, b: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => (axis === a ? b : axis === b ? a : axis));
}

function checkPermutation(shape: Shape, permutation: readonly number[]): void {
  const rank = shape.length;
  if (permutation.length === rank && new Set(permutation).size === rank) return;
  throw new AxisError("transpose", { permutation, shape }, () => {
    return `permutation ${formatShape(permutation)} does not name each axis of shape ${formatShape(shape)} once. List the axes from 0 to ${rank - 1} in their new order.`;
  });
}

export const transposePrimitive: Primitive<{ permutation: readonly number[] }> = linear({
  name: "transpose",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { permutation: [1, 0] }, shapes: [[2, 3]] },
    { params: { permutation: [2, 0, 1] }, shapes: [[2, 3, 2]] },
    { params: { permutation: [1, 0] }, shapes: [[0, 3]] },
  ],
  abstractEval: ([x], { permutation }) => {
    checkPermutation(x.shape, permutation);
    return { shape: permutation.map((axis) => x.shape[axis]), dtype: x.dtype };
  },
  kernel: ({ permutation }) => ({ kind: "view", transform: { type: "transpose", permutation } }),
  transpose: (cotangent, { params: { permutation } }) =>
    transpose(
      cotangent,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
});
