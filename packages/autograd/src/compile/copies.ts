/** @file Copies of tensors into the memory of programs. */
import type { Aval } from "../array/aval.ts";
import { bytesPerElement } from "../array/dtype.ts";
import { sizeOf } from "../array/shape.ts";
import { forEachPosition, isContiguous, type StridedArray } from "../array/strided-array.ts";
import { memoryAs } from "../backends/wasm/memory.ts";

export function copyInto(address: number, array: StridedArray, { dtype, shape }: Aval): void {
  const target = memoryAs(dtype);
  const start = address / bytesPerElement(dtype);
  const { data, offset } = array;
  if (isContiguous(array)) {
    const size = sizeOf(shape);
    // a whole array is set without a view of a part of it
    const part = offset === 0 && data.length === size ? data : data.subarray(offset, offset + size);
    target.set(part, start);
    return;
  }
  let next = start;
  forEachPosition(array, (position) => {
    target[next++] = data[position];
  });
}
