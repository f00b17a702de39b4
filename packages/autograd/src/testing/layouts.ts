/**
 * @file The same elements in memory in different ways: what strides can express, with poison in between.
 */
import { allocate, isFloating, type TypedArray } from "../array/dtype.ts";
import type { Aval } from "../array/aval.ts";
import { toNdarray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { rowMajor, type StridedArray } from "../array/strided-array.ts";
import { fromArray, type Tensor } from "../core/tensor.ts";
import { tensor } from "../ops/create.ts";

/**
 * How the elements of a tensor lie in its storage: one after another; every second place; with the first
 * axis innermost; from the last element to the first.
 */
export type Layout = "contiguous" | "strided" | "transposed" | "reversed";

/** All of them. */
export const LAYOUTS: readonly Layout[] = ["contiguous", "strided", "transposed", "reversed"];

const STEP = 2;
const STRIDES = {
  contiguous: (shape) => rowMajor(shape),
  strided: (shape) => rowMajor(shape).map((stride) => STEP * stride),
  transposed: (shape) => rowMajor(shape.toReversed()).toReversed(),
  reversed: (shape) => rowMajor(shape).map((stride) => -stride),
} satisfies Record<Layout, (shape: readonly number[]) => readonly number[]>;

/**
 * A tensor of `values` (flat, row-major) that lies in memory as `layout` says. It is made of a view as
 * npm `ndarray` makes them, and shares its memory; places that belong to no element hold NaN, or 77.
 *
 * @example
 * laidOut([1, 2, 3, 4], { shape: [2, 2], dtype: "float64" }, "transposed");   // [[1, 2], [3, 4]]
 */
export function laidOut(values: ArrayLike<number>, aval: Aval, layout: Layout): Tensor {
  const { shape, dtype } = aval;
  const size = sizeOf(shape);
  const stride = STRIDES[layout](shape);
  const offset = layout === "strided" ? 1 : layout === "reversed" ? Math.max(0, size - 1) : 0;
  const data: TypedArray = allocate(dtype, STEP * size + 1);
  data.fill(isFloating(dtype) ? Number.NaN : 77);
  const view = { data, shape, stride, offset };
  positionsOf(view).forEach((position, i) => {
    data[position] = values[i];
  });
  // a byte array is not taken for bool at the door, but copied
  return dtype === "bool" ? fromArray(view, dtype) : tensor(toNdarray(view));
}

/** `x` with its elements in another layout, in storage of its own. */
export function relaid(x: Tensor, layout: Layout): Tensor {
  return laidOut(x.toTypedArray(), x.aval, layout);
}

/** Where each element lies in `data`, in row-major order: straight from the definition of strides. */
export function positionsOf({ shape, stride, offset }: Omit<StridedArray, "data">): number[] {
  return shape.reduce(
    (starts: number[], length, axis) =>
      starts.flatMap((start) => Array.from({ length }, (_, i) => start + i * stride[axis])),
    [offset],
  );
}
