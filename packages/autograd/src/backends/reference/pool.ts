/**
 * @file Pooling over the last two axes, plane by plane and tap by tap: sums of windows, their transpose, and
 * the places of largest elements. Sums are added in float64 and rounded once.
 */
import { sizeOf } from "../../array/shape.ts";
import type { StridedArray } from "../../array/strided-array.ts";
import type { PoolIndicesKernel, PoolKernel } from "../../kernel/kernel.ts";
import {
  addWeighted,
  type Tap,
  tapsOf,
  toFloat64,
  type Walk,
  type WeightedSum,
} from "./windows.ts";

/** Sums of windows of `source`, or sums at every element of the windows it lies in; `output` is contiguous. */
export function runPool(kernel: PoolKernel, source: StridedArray, output: StridedArray): void {
  const isSums = kernel.role === "sums";
  const [plane, result] = isSums ? [source, output] : [output, source];
  const { taps, ...walk } = tapsOf(kernel, kernel.window, plane.shape, result.shape);
  const [fromSize, toSize] = [planeSize(source), planeSize(output)];
  const target = new Float64Array(toSize);
  const sum: WeightedSum = {
    planes: 1,
    source: toFloat64(source),
    planeStep: fromSize,
    sourceWalk: isSums ? walk.plane : walk.result,
    weights: Float64Array.of(1),
    weightStep: 0,
    target,
    targetWalk: isSums ? walk.result : walk.plane,
  };
  for (let i = 0; i < planesOf(output); i++) {
    target.fill(0);
    for (const tap of taps) {
      const [from, to] = isSums ? [tap.inPlane, tap.inResult] : [tap.inResult, tap.inPlane];
      addWeighted(sum, tap, i * fromSize + from, 0, to);
    }
    output.data.set(target, output.offset + i * toSize);
  }
}

/** The position of the first largest element of every window of `source`; `output` is contiguous. */
export function runPoolIndices(
  kernel: PoolIndicesKernel,
  source: StridedArray,
  output: StridedArray,
): void {
  const { taps, ...walk } = tapsOf(kernel, kernel.window, source.shape, output.shape);
  const from = toFloat64(source);
  const [fromSize, toSize] = [planeSize(source), planeSize(output)];
  const largest = new Float64Array(toSize);
  const places = new Int32Array(toSize);
  for (let i = 0; i < planesOf(output); i++) {
    places.fill(-1);
    const values = from.subarray(i * fromSize, (i + 1) * fromSize);
    for (const tap of taps) keepLargest(tap, values, walk.plane, largest, places, walk.result);
    output.data.set(places, output.offset + i * toSize);
  }
}

/** Taps come in the order of their elements, so the first of equal ones stays. */
function keepLargest(
  { rows, columns, inPlane, inResult }: Tap,
  values: Float64Array,
  plane: Walk,
  largest: Float64Array,
  places: Int32Array,
  result: Walk,
): void {
  for (let i = 0; i < rows; i++) {
    let at = inPlane + i * plane.row;
    const start = inResult + i * result.row;
    for (let j = start; j < start + columns; j++, at += plane.column) {
      const [value, best] = [values[at], largest[j]];
      // a NaN wins over all but an earlier one
      const isNaN = Number.isNaN(value) && !Number.isNaN(best);
      if (value > best || isNaN || places[j] < 0) {
        largest[j] = value;
        places[j] = at;
      }
    }
  }
}

function planeSize({ shape }: StridedArray): number {
  return sizeOf(shape.slice(-2));
}

function planesOf({ shape }: StridedArray): number {
  return sizeOf(shape.slice(0, -2));
}
