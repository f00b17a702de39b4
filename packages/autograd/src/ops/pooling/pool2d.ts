/** @file Pooling over the last two axes: composites of window sums, and of places in planes. */
import { formatShape, type Shape } from "../../array/shape.ts";
import { bind, requireTensor } from "../../core/bind.ts";
import { fromArray, type Tensor } from "../../core/tensor.ts";
import { rowMajor } from "../../array/strided-array.ts";
import { ValueError } from "../../errors.ts";
import type { Pair } from "../../kernel/kernel.ts";
import { cast } from "../../primitives/cast.ts";
import { div } from "../../primitives/div.ts";
import { maxPool2dIndicesPrimitive, requireElements } from "../../primitives/max-pool2d-indices.ts";
import { type PoolParams, sumPool2dPrimitive } from "../../primitives/sum-pool2d.ts";
import { takeFromPlanes } from "../../primitives/take-add-planes.ts";
import {
  extentOf,
  type PairLike,
  pairOf,
  planeOf,
  requirePlanes,
} from "../../primitives/windows.ts";

/** How windows lie on a plane; pairs are [vertical, horizontal]. */
export interface Pool2dOptions {
  /** Height and width of a window. */
  readonly kernelSize: PairLike;
  /** How far windows are apart; `kernelSize` by default, so that they do not overlap. */
  readonly stride?: PairLike;
  /** Places around the plane, at most half of the window; 0 by default. */
  readonly padding?: PairLike;
  /** Whether a window that starts inside of the plane (or its padding before) may end outside; false by default. */
  readonly ceilMode?: boolean;
}

export interface MaxPool2dOptions extends Pool2dOptions {
  /** The distance of neighbouring elements of a window; 1 by default. */
  readonly dilation?: PairLike;
}

export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether places of the padding count as elements, which are 0; true by default. */
  readonly countIncludePad?: boolean;
  /** What every sum is divided by instead of the count of its elements. */
  readonly divisor?: number | undefined;
}

/** The largest elements, and where they are: positions in what they were chosen from, int32. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * The largest element of every window of [N, C, H, W], [C, H, W] or any planes [..., H, W].
 *
 * - shape: [..., p, q], with p = ⌊(H + 2 · padding - dilation · (kernelSize - 1) - 1) / stride⌋ + 1, rounded
 *   up under `ceilMode`; dtype: that of `x`
 * - derivative: the cotangent at the element that was chosen; higher ones follow, none has a rule of its own
 * - where several elements are the largest, the first in row-major order gets the whole cotangent (`max` over
 *   axes shares it); a NaN is the largest, and padding is never chosen
 *
 * @throws ShapeError if no window fits, or one lies on padding alone; ValueError if an option is out of its range.
 * @example
 * maxPool2d(tensor([[1, 2, 0], [4, 3, 5]]), { kernelSize: 2, stride: 1 });   // [[4, 5]]
 * @see The options are those of PyTorch's `torch.nn.functional.max_pool2d`.
 */
export function maxPool2d(x: Tensor, options: MaxPool2dOptions): Tensor {
  return maxPool2dWithIndices(x, options).values;
}

/**
 * As `maxPool2d`, with the position row · W + column of every chosen element in its plane.
 *
 * @throws as `maxPool2d`.
 */
export function maxPool2dWithIndices(x: Tensor, options: MaxPool2dOptions): ValuesAndIndices {
  const params = poolParams("maxPool2d", requireTensor("maxPool2d", x).shape, options);
  const indices = bind(maxPool2dIndicesPrimitive, [x], params);
  return { values: takeFromPlanes(x, indices), indices };
}

/**
 * The mean of every window of [N, C, H, W], [C, H, W] or any planes [..., H, W].
 *
 * - shape: [..., p, q], with p = ⌊(H + 2 · padding - kernelSize) / stride⌋ + 1, rounded up under `ceilMode`
 * - dtype: that of `x`, which must be floating; accumulated in float64
 * - derivative: every element of a window receives ȳ / n, n being what the window was divided by
 * - n counts the places of the window in the plane and its padding, or under `countIncludePad: false` those
 *   in the plane; places beyond both, which `ceilMode` adds, never count
 *
 * @throws ShapeError if no window fits; ValueError if an option is out of its range; DTypeError for int32 and bool.
 * @example
 * avgPool2d(tensor([[1, 2, 0], [4, 3, 5]]), { kernelSize: 2, stride: 1 });   // [[2.5, 2.5]]
 * @see The options are those of PyTorch's `torch.nn.functional.avg_pool2d`.
 */
export function avgPool2d(x: Tensor, options: AvgPool2dOptions): Tensor {
  const { shape, dtype } = requireTensor("avgPool2d", x);
  const params = poolParams("avgPool2d", shape, { ...options, dilation: 1 });
  const sums = bind(sumPool2dPrimitive, [x], params);
  requireElements("avgPool2d", shape, sums.shape, params);
  if (options.divisor !== undefined) return div(sums, requireDivisor(options.divisor));
  const around = options.countIncludePad === false ? 0 : (options.padding ?? 0);
  const counts = countsOf(params, shape, sums.shape, pairOf("avgPool2d", "padding", around, 0));
  return div(sums, cast(counts, dtype));
}

/** @throws ValueError for 0. */
export function requireDivisor(divisor: number): number {
  if (divisor !== 0) return divisor;
  throw new ValueError("avgPool2d", { divisor }, () => {
    return "the divisor is 0. Use another number, or leave it out to divide by the count of elements.";
  });
}

/** Windows of the planes of `shape` as the options say. */
function poolParams(op: string, shape: Shape, options: MaxPool2dOptions): PoolParams {
  requirePlanes(op, shape);
  const window = pairOf(op, "kernelSize", options.kernelSize, 1);
  const strides = pairOf(op, "stride", options.stride ?? window, 1);
  const padding = pairOf(op, "padding", options.padding ?? 0, 0);
  const dilation = pairOf(op, "dilation", options.dilation ?? 1, 1);
  if (padding.some((n, i) => 2 * n > window[i])) {
    throw new ValueError(op, { padding, window }, () => {
      return `padding ${formatShape(padding)} is more than half of kernelSize ${formatShape(window)}. Use less, so that no window lies on padding alone.`;
    });
  }
  const plane = planeOf(shape);
  const extent = extentOf(window, dilation);
  const sides = ([0, 1] as const).map((i): Pair => {
    const before = padding[i];
    if (options.ceilMode !== true) return [before, before];
    // rounded up, without a window that would start behind the plane; PyTorch's rule
    const up = Math.ceil((before + plane[i] + before - extent[i]) / strides[i]);
    const last = up * strides[i] < before + plane[i] ? up : up - 1;
    return [before, Math.max(before, last * strides[i] + extent[i] - plane[i] - before)];
  });
  return { window, strides, padding: [sides[0], sides[1]], dilation };
}

/** How many places of every window lie in the plane with `around` on each side: [p, q], or one number. */
function countsOf(params: PoolParams, shape: Shape, pooled: Shape, around: Pair): Tensor {
  const [rows, columns] = ([0, 1] as const).map((along) => {
    const { window, strides, padding } = params;
    const length = planeOf(shape)[along];
    return Array.from({ length: planeOf(pooled)[along] }, (_, i) => {
      const start = i * strides[along] - padding[along][0];
      const end = Math.min(start + window[along], length + around[along]);
      return end - Math.max(start, -around[along]);
    });
  });
  const counts = rows.flatMap((r) => columns.map((c) => r * c));
  const isOne = counts.every((n) => n === counts[0]);
  const plane = isOne ? [] : planeOf(pooled);
  const data = Float64Array.from(isOne ? [counts[0]] : counts);
  return fromArray({ data, shape: plane, stride: rowMajor(plane), offset: 0 }, "float64");
}
