/**
 * @file Arrays as bytes and back, bit for bit and stride for stride: a sum may be taken in another order over
 * another layout, so a copy that is to compute the same bits needs the layout too.
 *
 * What is stored once for many indices (a stride of 0) stays so. Bytes are little-endian on any machine.
 */
import { allocate, bytesPerElement, type DType, type TypedArray } from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";
import {
  flatCopy,
  forEachPosition,
  isContiguous,
  rowMajor,
  type StridedArray,
} from "./strided-array.ts";

export interface StoredArray {
  /** null for row-major order. */
  readonly stride: readonly number[] | null;
  /** The elements in row-major order, each once. */
  readonly bytes: Uint8Array;
}

const IS_LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export function storeArray(array: StridedArray, dtype: DType): StoredArray {
  const { shape, stride } = array;
  const once = { ...array, shape: storedShape(shape, stride) };
  return { stride: isContiguous(array) ? null : stride, bytes: bytesOf(flatCopy(once, dtype)) };
}

/** Axes along which one element serves all have length 1. */
function storedShape(shape: Shape, stride: readonly number[]): Shape {
  return shape.map((n, axis) => (stride[axis] === 0 && n > 1 ? 1 : n));
}

/** How many bytes belong to such an array. */
export function storedBytes(shape: Shape, dtype: DType, stride: readonly number[] | null): number {
  return sizeOf(storedShape(shape, stride ?? rowMajor(shape))) * bytesPerElement(dtype);
}

/** How many elements lie between the first and the last one in memory, both included. */
export function spanOf(shape: Shape, stride: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((span, n, axis) => span + (n - 1) * Math.abs(stride[axis]), 1);
}

/** The array of `stored`, whose number of bytes fits. */
export function restoreArray(stored: StoredArray, shape: Shape, dtype: DType): StridedArray {
  const data = numbersOf(stored.bytes, dtype);
  const { stride } = stored;
  if (stride === null) return { data, shape, stride: rowMajor(shape), offset: 0 };
  const spread = allocate(dtype, spanOf(shape, stride));
  const offset = shape.reduce((sum, n, axis) => sum + Math.max(0, -stride[axis] * (n - 1)), 0);
  const array = { data: spread, shape, stride, offset };
  let next = 0;
  forEachPosition({ ...array, shape: storedShape(shape, stride) }, (position) => {
    spread[position] = data[next++];
  });
  return array;
}

function bytesOf(numbers: TypedArray): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return IS_LITTLE_ENDIAN ? bytes : swapped(bytes, numbers.BYTES_PER_ELEMENT);
}

function numbersOf(bytes: Uint8Array, dtype: DType): TypedArray {
  const width = bytesPerElement(dtype);
  const numbers = allocate(dtype, bytes.length / width);
  const target = new Uint8Array(numbers.buffer);
  target.set(IS_LITTLE_ENDIAN ? bytes : swapped(bytes, width));
  return numbers;
}

/** The bytes of every group of `width` in opposite order. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.map((_, i) => bytes[i - (i % width) + width - 1 - (i % width)]);
}
