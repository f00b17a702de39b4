/**
 * @file Windows that slide over planes, as loops see them: one tap for each element of the window.
 *
 * All windows that have that element inside of the plane form a block: a rectangle of the result, and the
 * places of the plane at strides. What a kernel does with a tap is one loop over that block, whose inner
 * loop runs along a row of the result.
 */
import { type Shape, sizeOf } from "../../array/shape.ts";
import { isContiguous, rowMajor, type StridedArray } from "../../array/strided-array.ts";
import type { Pair, Windows } from "../../kernel/kernel.ts";
import { copyElements } from "./elementwise.ts";

/** The windows whose plane has a place for one element of the window. */
export interface Tap {
  readonly rows: number;
  readonly columns: number;
  /** Where the element of the first such window is in the plane, and the window among all windows. */
  readonly inPlane: number;
  readonly inResult: number;
}

/** How far the next row and the next column of a block are. */
export interface Walk {
  readonly row: number;
  readonly column: number;
}

export interface Taps {
  /** Row-major over the elements of the window. */
  readonly taps: readonly Tap[];
  readonly plane: Walk;
  readonly result: Walk;
}

/** The taps of `window` over planes of the last two axes of `plane`, with as many windows as `result` has. */
export function tapsOf(windows: Windows, window: Pair, plane: Shape, result: Shape): Taps {
  const [height, width] = plane.slice(-2);
  const [p, q] = result.slice(-2);
  const { strides, padding, dilation } = windows;
  const walk: Walk = { row: strides[0] * width, column: strides[1] };
  const taps: Tap[] = [];
  for (let k = 0; k < window[0]; k++) {
    const y = spanOf(k * dilation[0] - padding[0][0], strides[0], height, p);
    for (let l = 0; l < window[1]; l++) {
      const x = spanOf(l * dilation[1] - padding[1][0], strides[1], width, q);
      const inPlane = y.place * width + x.place;
      const inResult = y.first * q + x.first;
      // rows that follow each other in both are one long row
      const isOne = x.count === q && walk.row === q && walk.column === 1;
      const [rows, columns] = isOne ? [1, y.count * q] : [y.count, x.count];
      taps.push({ rows, columns, inPlane, inResult });
    }
  }
  return { taps, plane: walk, result: { row: q, column: 1 } };
}

/** The windows i, of `windows`, with 0 ≤ start + i · stride < length: the first, how many, the first's place. */
function spanOf(
  start: number,
  stride: number,
  length: number,
  windows: number,
): { readonly first: number; readonly count: number; readonly place: number } {
  // as integers: a quotient makes V8 compute every position that depends on it in floating point
  const first = Math.max(0, Math.ceil(-start / stride)) | 0;
  const end = Math.min(windows, Math.ceil((length - start) / stride)) | 0;
  return { first, count: Math.max(0, end - first), place: start + first * stride };
}

/** What is added to what: planes of `source`, `planeStep` apart, each times its weight, to one of `target`. */
export interface WeightedSum {
  readonly planes: number;
  readonly source: Float64Array;
  readonly planeStep: number;
  readonly sourceWalk: Walk;
  readonly weights: Float64Array;
  readonly weightStep: number;
  readonly target: Float64Array;
  readonly targetWalk: Walk;
}

/** Adds the block of one tap; planes begin at `from`, weights at `w`. */
export function addWeighted(sum: WeightedSum, tap: Tap, from: number, w: number, to: number): void {
  const { planes, planeStep, weightStep } = sum;
  let plane = 0;
  for (; plane + 4 <= planes; plane += 4) {
    addFour(sum, tap, from + plane * planeStep, w + plane * weightStep, to);
  }
  for (; plane < planes; plane++) {
    addOne(sum, tap, from + plane * planeStep, w + plane * weightStep, to);
  }
}

// Two functions, since V8 compiles both loops in one to code that is half as fast.

/** Four planes share a pass over the target. */
function addFour(
  { source, planeStep, sourceWalk, weights, weightStep, target, targetWalk }: WeightedSum,
  { rows, columns }: Tap,
  from: number,
  w: number,
  to: number,
): void {
  const w0 = weights[w];
  const w1 = weights[w + weightStep];
  const w2 = weights[w + 2 * weightStep];
  const w3 = weights[w + 3 * weightStep];
  const { row: sourceRow, column: s } = sourceWalk;
  const { row: targetRow, column: t } = targetWalk;
  let firstTo = to;
  let firstFrom = from;
  for (let i = 0; i < rows; i++, firstTo += targetRow, firstFrom += sourceRow) {
    let a = firstTo;
    let b = firstFrom;
    for (let j = 0; j < columns; j++, a += t, b += s) {
      const c = b + planeStep;
      const d = c + planeStep;
      target[a] += w0 * source[b] + w1 * source[c] + w2 * source[d] + w3 * source[d + planeStep];
    }
  }
}

function addOne(
  { source, sourceWalk, weights, target, targetWalk }: WeightedSum,
  { rows, columns }: Tap,
  from: number,
  w: number,
  to: number,
): void {
  const factor = weights[w];
  const { row: sourceRow, column: s } = sourceWalk;
  const { row: targetRow, column: t } = targetWalk;
  let firstTo = to;
  let firstFrom = from;
  for (let i = 0; i < rows; i++, firstTo += targetRow, firstFrom += sourceRow) {
    let a = firstTo;
    let b = firstFrom;
    for (let j = 0; j < columns; j++, a += t, b += s) target[a] += factor * source[b];
  }
}

/** The elements in row-major order as float64: those of the array itself where they already are. */
export function toFloat64(array: StridedArray): Float64Array {
  const { data, shape, offset } = array;
  const size = sizeOf(shape);
  if (isContiguous(array)) {
    const own = data.subarray(offset, offset + size);
    return own instanceof Float64Array ? own : new Float64Array(own);
  }
  const copy = new Float64Array(size);
  copyElements(array, { data: copy, shape, stride: rowMajor(shape), offset: 0 }, "float64");
  return copy;
}
