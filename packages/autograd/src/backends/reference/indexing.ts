/**
 * @file Gather and scatter-add along one axis, seen as [before, axis, after].
 */
import type { TypedArray } from "../../array/dtype.ts";
import { isFloating } from "../../array/dtype.ts";
import { type Shape, sizeOf } from "../../array/shape.ts";
import { contiguous, flatCopy, type StridedArray } from "../../array/strided-array.ts";
import type { GatherKernel, ScatterAddKernel } from "../../kernel/kernel.ts";
import type { DType } from "../../array/dtype.ts";
import { ValueError } from "../../errors.ts";

/** output[…, i, …] = source[…, indices[i], …] */
export function runGather(
  kernel: GatherKernel,
  source: StridedArray,
  indices: StridedArray,
  output: StridedArray,
  dtype: DType,
): void {
  const length = source.shape[kernel.axis];
  const chosen = checkedIndices(kernel.op, indices, length);
  const from = contiguous(source, dtype);
  const [before, after] = around(source.shape, kernel.axis);
  let to = output.offset;
  for (let b = 0; b < before; b++) {
    for (const index of chosen) {
      const start = from.offset + (b * length + index) * after;
      for (let a = 0; a < after; a++) output.data[to++] = from.data[start + a];
    }
  }
}

/** output[…, indices[i], …] += updates[…, i, …], in the order of i, accumulated in float64. */
export function runScatterAdd(
  kernel: ScatterAddKernel,
  updates: StridedArray,
  indices: StridedArray,
  output: StridedArray,
  dtype: DType,
): void {
  const length = output.shape[kernel.axis];
  const chosen = checkedIndices(kernel.op, indices, length);
  const from = contiguous(updates, dtype);
  const [before, after] = around(output.shape, kernel.axis);
  const sums: TypedArray = isFloating(dtype)
    ? new Float64Array(sizeOf(output.shape))
    : new Int32Array(sizeOf(output.shape));
  let position = from.offset;
  for (let b = 0; b < before; b++) {
    for (const index of chosen) {
      const start = (b * length + index) * after;
      for (let a = 0; a < after; a++) sums[start + a] += from.data[position++];
    }
  }
  output.data.set(sums, output.offset);
}

function around(shape: Shape, axis: number): [number, number] {
  return [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
}

/** The indices, flat. @throws ValueError if one is outside of an axis of `length`. */
export function checkedIndices(op: string, indices: StridedArray, length: number): TypedArray {
  const flat = flatCopy(indices, "int32");
  for (let position = 0; position < flat.length; position++) {
    const index = flat[position];
    if (index < 0 || index >= length) throw indexOutOfRange(op, index, position, length);
  }
  return flat;
}

/** The error of gather and scatterAdd. */
export function indexOutOfRange(
  op: string,
  index: number,
  position: number,
  length: number,
): ValueError {
  return new ValueError(op, { index, position, length }, () => {
    const fact = `index ${index} at position ${position} is outside an axis of length ${length}.`;
    return length === 0
      ? `${fact} An empty axis has nothing to choose: leave the indices empty too.`
      : `${fact} Use indices from 0 to ${length - 1}.`;
  });
}
