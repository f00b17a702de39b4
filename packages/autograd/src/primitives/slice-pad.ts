/** @file slice and pad, each the transpose of the other. */
import { formatShape, type Shape, sameShape } from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import { splat, type Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { linear } from "./define.ts";
import { where } from "./where.ts";

/** Where each axis starts, how many elements it takes and in which steps (negative: backwards). */
export interface SliceOptions {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  /** 1 along every axis by default. */
  readonly steps?: readonly number[];
}

/** How many elements are put before and after each axis, and with which value (0 by default). */
export interface PadOptions {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value?: number;
}

interface SliceParams {
  readonly starts: readonly number[];
  readonly sizes: Shape;
  readonly steps: readonly number[];
}

interface PadParams {
  readonly shape: Shape;
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

/**
 * A block of `x`: along each axis the elements `start`, `start + step`, …
 *
 * - shape: `sizes`; dtype: that of `x`; no copy is made
 * - derivative: the cotangent where the block was, 0 elsewhere
 *
 * @throws ShapeError if the options do not have one entry for each axis; ValueError if an element lies outside.
 * @example
 * slice(tensor([1, 2, 3, 4]), { starts: [3], sizes: [2], steps: [-2] });   // [4, 2]
 */
export function slice(x: Tensor, options: SliceOptions): Tensor {
  // copies, since the tape keeps them
  const [starts, sizes] = [[...options.starts], [...options.sizes]];
  const steps = options.steps === undefined ? starts.map(() => 1) : [...options.steps];
  const whole =
    sameShape(sizes, x.shape) && starts.every((s) => s === 0) && steps.every((s) => s === 1);
  const params = { starts, sizes, steps };
  checkRange("slice", x.shape, params);
  return whole ? x : bind(slicePrimitive, [x], params);
}

/**
 * `x` with elements of one value put around it.
 *
 * - shape: each axis grows by `before + after`; dtype: that of `x`
 * - derivative: the block of the cotangent where `x` is
 *
 * The counts are 0 or more, one for each axis: the function that users call, in ops/, sees to that.
 *
 * @example
 * pad(tensor([1, 2]), { before: [1], after: [0] });   // [0, 1, 2]
 */
export function pad(x: Tensor, options: PadOptions): Tensor {
  const { before, after, value = 0 } = options;
  const shape = x.shape.map((length, axis) => before[axis] + length + after[axis]);
  if (sameShape(shape, x.shape)) return x;
  const params = { shape, starts: [...before], steps: before.map(() => 1) };
  const padded = bind(padPrimitive, [x], params);
  if (value === 0) return padded;
  const inside = bind(padPrimitive, [splat({ shape: x.shape, dtype: "bool" }, 1)], params);
  return where(inside, padded, splat(padded.aval, value));
}

export const slicePrimitive: Primitive<SliceParams> = linear({
  name: "slice",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { starts: [1], sizes: [2], steps: [1] }, shapes: [[4]] },
    { params: { starts: [1, 0], sizes: [2, 2], steps: [1, 2] }, shapes: [[3, 4]] },
    { params: { starts: [2, 1], sizes: [3, 1], steps: [-1, 1] }, shapes: [[3, 2]] },
    { params: { starts: [4], sizes: [2], steps: [-3] }, shapes: [[5]] },
    { params: { starts: [0, 1], sizes: [0, 1], steps: [1, 1] }, shapes: [[2, 3]] },
  ],
  abstractEval: ([x], params) => {
    checkRange("slice", x.shape, params);
    return { shape: params.sizes, dtype: x.dtype };
  },
  kernel: (params) => ({ kind: "view", transform: { type: "slice", ...params } }),
  transpose: (cotangent, { avals, params: { starts, steps } }) =>
    bind(padPrimitive, [cotangent], { shape: avals[0].shape, starts, steps }),
});

export const padPrimitive: Primitive<PadParams> = linear({
  name: "pad",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { shape: [5], starts: [1], steps: [1] }, shapes: [[3]] },
    { params: { shape: [3, 5], starts: [0, 1], steps: [1, 2] }, shapes: [[2, 2]] },
    { params: { shape: [4], starts: [3], steps: [-1] }, shapes: [[3]] },
    { params: { shape: [3], starts: [0], steps: [1] }, shapes: [[0]] },
  ],
  abstractEval: ([x], { shape, starts, steps }) => {
    checkRange("pad", shape, { starts, sizes: x.shape, steps });
    return { shape, dtype: x.dtype };
  },
  kernel: ({ starts, steps }) => ({ kind: "place", starts: [starts], steps: [steps] }),
  transpose: (cotangent, { avals, params: { starts, steps } }) =>
    bind(slicePrimitive, [cotangent], { starts, sizes: avals[0].shape, steps }),
});

function checkRange(op: string, shape: Shape, { starts, sizes, steps }: SliceParams): void {
  for (const list of [starts, sizes, steps]) {
    if (list.length !== shape.length) throw wrongRank(op, shape, list);
  }
  shape.forEach((length, axis) => {
    const [start, size, step] = [starts[axis], sizes[axis], steps[axis]];
    const last = start + (size - 1) * step;
    const inside = (i: number): boolean => Number.isInteger(i) && i >= 0 && i < length;
    const fits = size === 0 || (size > 0 && step !== 0 && inside(start) && inside(last));
    if (fits && Number.isInteger(size) && Number.isSafeInteger(step)) return;
    throw new ValueError(op, { axis, start, size, step, length }, () => {
      return `along axis ${axis}, which has length ${length}, ${size} elements from ${start} in steps of ${step} do not exist. Choose integers that stay inside the axis, and a step that is not 0.`;
    });
  });
}

function wrongRank(op: string, shape: Shape, list: readonly number[]): ShapeError {
  return new ShapeError(op, { shape, list }, () => {
    return `${formatShape(list)} does not fit shape ${formatShape(shape)}, which has rank ${shape.length}. Give one entry for each axis.`;
  });
}
