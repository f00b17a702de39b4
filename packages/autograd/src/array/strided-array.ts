/**
 * @file Numbers in memory: the four fields of an ndarray view, and what can be asked of them.
 *
 * The element at index (i, j, …) is `data[offset + i * stride[0] + j * stride[1] + …]`.
 * A stride may be 0 (a broadcast) or negative (a reversed axis); several arrays may share `data`.
 * Nobody writes into an array that a tensor holds, except the kernel that just allocated it.
 */
import type { Aval } from "./aval.ts";
import { allocate, type DType, storedValue, type TypedArray } from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** A view of memory: element [i, j, …] is data[offset + i · stride[0] + j · stride[1] + …]. */
export interface StridedArray {
  readonly data: TypedArray;
  readonly shape: Shape;
  readonly stride: readonly number[];
  readonly offset: number;
}

/** Row-major strides: the last axis is contiguous. */
export function rowMajor(shape: Shape): readonly number[] {
  const stride = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    stride[axis] = step;
    step *= shape[axis];
  }
  return stride;
}

/** Whether the elements lie one after another in row-major order. */
export function isContiguous(array: StridedArray): boolean {
  const { shape, stride } = array;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis];
    if (length !== 1 && stride[axis] !== step) return length === 0;
    step *= length;
  }
  return true;
}

// Small float64 arrays share slabs: V8 allocates a typed array over 64 bytes outside its heap, which
// costs ten times an addition of its elements. A slab is small, so that a survivor keeps little alive.
const SLAB = 512;
const SLAB_LIMIT = 64;
let slab = new Float64Array(SLAB);
let slabUsed = 0;

/** A fresh zero-filled array, contiguous in row-major order. */
export function emptyArray(aval: Aval): StridedArray {
  const { shape, dtype } = aval;
  const size = sizeOf(shape);
  if (dtype === "float64" && size <= SLAB_LIMIT && size > 8) {
    if (slabUsed + size > SLAB) {
      slab = new Float64Array(SLAB);
      slabUsed = 0;
    }
    const offset = slabUsed;
    slabUsed += size;
    return { data: slab, shape, stride: rowMajor(shape), offset };
  }
  return { data: allocate(dtype, size), shape, stride: rowMajor(shape), offset: 0 };
}

/** One number at every index, stored once: all strides are 0. */
export function splatArray(aval: Aval, value: number): StridedArray {
  const data = allocate(aval.dtype, 1);
  data[0] = storedValue(aval.dtype, value);
  return { data, shape: aval.shape, stride: zeroStride(aval.shape.length), offset: 0 };
}

const ZERO_STRIDES: readonly (readonly number[])[] = [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0]];

function zeroStride(rank: number): readonly number[] {
  return ZERO_STRIDES[rank] ?? new Array<number>(rank).fill(0);
}

/** Whether one stored number serves every index. */
export function isSplat(array: StridedArray): boolean {
  for (let axis = 0; axis < array.shape.length; axis++) {
    if (array.stride[axis] !== 0 && array.shape[axis] > 1) return false;
  }
  return true;
}

/** Calls `visit` with the position in `data` of every element, in row-major order. */
export function forEachPosition(array: StridedArray, visit: (position: number) => void): void {
  const { shape, stride } = array;
  const rank = shape.length;
  const index = new Array<number>(rank).fill(0);
  let position = array.offset;
  for (let left = sizeOf(shape); left > 0; left--) {
    visit(position);
    for (let axis = rank - 1; axis >= 0; axis--) {
      position += stride[axis];
      if (++index[axis] < shape[axis]) break;
      position -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/** A copy of the elements in row-major order, in storage of its own. */
export function flatCopy(array: StridedArray, dtype: DType): TypedArray {
  const size = sizeOf(array.shape);
  if (isContiguous(array)) {
    return array.data.slice(array.offset, array.offset + size);
  }
  const copy = allocate(dtype, size);
  let i = 0;
  forEachPosition(array, (position) => {
    copy[i++] = array.data[position];
  });
  return copy;
}

/** The same elements, contiguous: the array itself where it already is. */
export function contiguous(array: StridedArray, dtype: DType): StridedArray {
  if (isContiguous(array)) return array;
  const { shape } = array;
  return { data: flatCopy(array, dtype), shape, stride: rowMajor(shape), offset: 0 };
}
