/** @file argSort: the order of elements along an axis. Everything that sorts gathers by it, and so has a derivative. */
import { normalizeAxis } from "../array/shape.ts";
import type { StridedArray } from "../array/strided-array.ts";
import { bind, requireTensor } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { flat } from "./define.ts";

export interface SortOptions {
  /** The last by default. */
  readonly axis?: number | undefined;
  /** From the largest to the smallest; false by default. */
  readonly descending?: boolean | undefined;
}

/**
 * The indices that put the elements along `axis` in order. Equal ones keep theirs, and NaN is the largest.
 *
 * - shape: that of `x`; dtype: int32; no derivative
 *
 * @throws AxisError if the axis does not exist.
 * @example
 * argSort(tensor([3, 1, 2]));   // [1, 2, 0]
 */
export function argSort(x: Tensor, options: SortOptions = {}): Tensor {
  const axis = normalizeAxis("argSort", requireTensor("argSort", x).shape, options.axis ?? -1);
  return bind(argSortPrimitive, [x], { axis, descending: options.descending === true });
}

export const argSortPrimitive: Primitive<{ axis: number; descending: boolean }> = flat({
  name: "argSort",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { axis: 0, descending: false }, shapes: [[4, 2]] },
    { params: { axis: 1, descending: true }, shapes: [[2, 3]] },
    { params: { axis: 0, descending: false }, shapes: [[0, 2]] },
  ],
  abstractEval: ([x]) => ({ shape: x.shape, dtype: "int32" }),
  kernel: ({ axis, descending }) => ({
    kind: "opaque",
    memberAxis: "last",
    run: ([x], [indices]) => sortLines(x, indices, axis, descending),
  }),
});

/** Sorts every line along `axis`. */
function sortLines(
  x: StridedArray,
  indices: StridedArray,
  axis: number,
  descending: boolean,
): void {
  const length = x.shape[axis];
  const line = new Float64Array(length);
  const order = new Uint32Array(length);
  const sign = descending ? -1 : 1;
  // NaN is the largest, whichever way
  const compare = (i: number, j: number): number => {
    const [a, b] = [line[i], line[j]];
    if (a === b) return i - j;
    const isAfter = a > b || Number.isNaN(a);
    const isBefore = a < b || Number.isNaN(b);
    return isAfter === isBefore ? i - j : isAfter ? sign : -sign;
  };
  eachLine(x.shape, axis, (index) => {
    const from = positionOf(x, index);
    for (let i = 0; i < length; i++) {
      line[i] = x.data[from + i * x.stride[axis]];
      order[i] = i;
    }
    order.sort(compare);
    const to = positionOf(indices, index);
    for (let i = 0; i < length; i++) indices.data[to + i * indices.stride[axis]] = order[i];
  });
}

/** Calls `visit` with the index of the first element of every line along `axis`. */
function eachLine(
  shape: readonly number[],
  axis: number,
  visit: (index: readonly number[]) => void,
): void {
  const index = shape.map(() => 0);
  const walk = (depth: number): void => {
    if (depth === shape.length) visit(index);
    else if (depth === axis) walk(depth + 1);
    else {
      for (let i = 0; i < shape[depth]; i++) {
        index[depth] = i;
        walk(depth + 1);
      }
    }
  };
  walk(0);
}

function positionOf(array: StridedArray, index: readonly number[]): number {
  return index.reduce((position, i, axis) => position + i * array.stride[axis], array.offset);
}
