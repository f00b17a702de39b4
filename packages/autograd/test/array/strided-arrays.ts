/** @file Arbitraries of shapes and of arrays with any strides: contiguous, permuted, reversed, held still, overlapping. */
import fc from "fast-check";
import { allocate, type DType } from "../../src/array/dtype.ts";
import { type Shape, sizeOf } from "../../src/array/shape.ts";
import { rowMajor, type StridedArray } from "../../src/array/strided-array.ts";

/** Rank 0 to `maxRank`, lengths 0 to `maxLength`. */
export function shapes(maxRank = 4, maxLength = 4, minLength = 0): fc.Arbitrary<Shape> {
  return fc.array(fc.integer({ min: minLength, max: maxLength }), { maxLength: maxRank });
}

function strides(shape: Shape): fc.Arbitrary<readonly number[]> {
  const order = fc.shuffledSubarray([...shape.keys()], { minLength: shape.length });
  const permuted = order.map((axes) => {
    const step = rowMajor(axes.map((axis) => shape[axis]));
    return shape.map((_, axis) => step[axes.indexOf(axis)]);
  });
  const signs = fc.array(fc.constantFrom(1, -1, 2, 0), {
    minLength: shape.length,
    maxLength: shape.length,
  });
  return fc.oneof(
    fc.constant(rowMajor(shape)),
    permuted,
    fc.tuple(permuted, signs).map(([step, sign]) => step.map((s, axis) => s * sign[axis])),
    fc.array(fc.integer({ min: -7, max: 7 }), {
      minLength: shape.length,
      maxLength: shape.length,
    }),
  );
}

/** An array of `shape` over just enough data (and some before it), filled by position. */
export function layOut(
  shape: Shape,
  stride: readonly number[],
  dtype: DType,
  valueAt: (position: number) => number,
  before = 0,
): StridedArray {
  const reach = sizeOf(shape) === 0 ? shape.map(() => 0) : shape.map((n, i) => (n - 1) * stride[i]);
  const lowest = reach.reduce((sum, r) => sum + Math.min(0, r), 0);
  const highest = reach.reduce((sum, r) => sum + Math.max(0, r), 0);
  const data = allocate(dtype, before + highest - lowest + 1);
  for (let i = 0; i < data.length; i++) data[i] = valueAt(i);
  return { data, shape, stride, offset: before - lowest };
}

/** Arrays of `shape` whose elements tell their position: a wrong index cannot go unnoticed. */
export function arraysOfShape(shape: Shape, dtype: DType = "float64"): fc.Arbitrary<StridedArray> {
  return fc
    .tuple(strides(shape), fc.integer({ min: 0, max: 3 }))
    .map(([stride, before]) => layOut(shape, stride, dtype, (position) => position + 1, before));
}

export function stridedArrays(maxRank = 4, maxLength = 4): fc.Arbitrary<StridedArray> {
  return shapes(maxRank, maxLength).chain((shape) => arraysOfShape(shape));
}
