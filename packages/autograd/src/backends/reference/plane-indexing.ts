/**
 * @file Gather and scatter-add at positions inside the planes of the last two axes, each plane with its own.
 */
import { isFloating, type DType, type TypedArray } from "../../array/dtype.ts";
import { sizeOf } from "../../array/shape.ts";
import { contiguous, type StridedArray } from "../../array/strided-array.ts";
import type { PlaneGatherKernel, PlaneScatterAddKernel } from "../../kernel/kernel.ts";
import { checkedIndices } from "./indexing.ts";

/** output[plane, i] = source[plane, indices[plane, i]] */
export function runPlaneGather(
  kernel: PlaneGatherKernel,
  source: StridedArray,
  indices: StridedArray,
  output: StridedArray,
  dtype: DType,
): void {
  const size = sizeOf(source.shape.slice(-2));
  const count = sizeOf(indices.shape.slice(-2));
  const chosen = checkedIndices(kernel.op, indices, size);
  const { data, offset } = contiguous(source, dtype);
  for (let i = 0, start = offset; i < chosen.length; start += size) {
    const end = i + count;
    for (; i < end; i++) output.data[output.offset + i] = data[start + chosen[i]];
  }
}

/** output[plane, indices[plane, i]] += updates[plane, i], in the order of i, accumulated in float64. */
export function runPlaneScatterAdd(
  kernel: PlaneScatterAddKernel,
  updates: StridedArray,
  indices: StridedArray,
  output: StridedArray,
  dtype: DType,
): void {
  const size = sizeOf(output.shape.slice(-2));
  const count = sizeOf(indices.shape.slice(-2));
  const chosen = checkedIndices(kernel.op, indices, size);
  const { data, offset } = contiguous(updates, dtype);
  const sums: TypedArray = isFloating(dtype)
    ? new Float64Array(sizeOf(output.shape))
    : new Int32Array(sizeOf(output.shape));
  for (let i = 0, start = 0; i < chosen.length; start += size) {
    const end = i + count;
    for (; i < end; i++) sums[start + chosen[i]] += data[offset + i];
  }
  output.data.set(sums, output.offset);
}
