/**
 * @file Composites that reduce: mean, variance, moments, min and their relatives. None has a rule of its own.
 */
import { isFloating } from "../array/dtype.ts";
import { keptShape, normalizeAxes, removedShape, sizeOf } from "../array/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { max, requireElements } from "../primitives/max.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { sub } from "../primitives/sub.ts";
import { type ReduceOptions, sum } from "../primitives/sum-broadcast-to.ts";

/** The product of the lengths of `axes`. */
function countOver(x: Tensor, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => x.shape[axis]));
}

/**
 * Arithmetic mean over `axes` (all axes by default).
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`
 * - dtype: that of `x`, which must be floating; accumulated in float64
 * - derivative: follows from sum and div; each element receives ȳ / n
 *
 * @throws ShapeError if a reduced axis has size 0, since 0/0 would hide the mistake; DTypeError for int32 and bool.
 * @example
 * mean(tensor([[1, 2], [3, 6]]), { axes: 0 });   // [2, 4]
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("mean", x.shape, options.axes);
  requireFloating("mean", x.dtype);
  requireElements("mean", x.shape, axes);
  return div(sum(x, { ...options, axes }), Math.max(1, countOver(x, axes)));
}

/** Mean and variance over the same axes. */
export interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** As for a reduction; `correction` is subtracted from the count n of the variance (0: biased, 1: unbiased). */
export interface VarianceOptions extends ReduceOptions {
  readonly correction?: number;
}

/**
 * The first element along `axes`, which stay with size 1.
 *
 * @throws ShapeError if one of the axes has size 0; AxisError if one does not exist.
 */
export function firstAlong(x: Tensor, options: { readonly axes: readonly number[] }): Tensor {
  const axes = normalizeAxes("firstAlong", x.shape, options.axes);
  requireElements("firstAlong", x.shape, axes);
  const kept = keptShape(x.shape, axes);
  // without elements there is no first, and none is asked for
  if (x.size === 0) return reshape(x, kept);
  return slice(x, { starts: x.shape.map(() => 0), sizes: kept });
}

/**
 * Mean and (biased) variance over `axes` (all axes by default).
 *
 * - shapes: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`, floating
 * - two passes: the variance is the mean square of the centred values, never E[x²] - E[x]²
 * - the values are first shifted by one of their own, under `stopGradient`: neither moment depends on
 *   which, so derivatives of every order are exact; equal values have variance exactly 0, and a large
 *   offset costs no digits (the shift of Chan, Golub & LeVeque, 1983, section 3)
 * - an infinite value makes the variance NaN, and where it is the first, the mean too
 *
 * @throws ShapeError if a reduced axis has size 0; DTypeError for int32 and bool.
 * @example
 * moments(tensor([1, 2, 3]));   // { mean: 2, variance: 0.666667 }
 */
export function moments(x: Tensor, options: ReduceOptions = {}): Moments {
  return momentsFor("moments", x, options);
}

function momentsFor(op: string, x: Tensor, options: ReduceOptions): Moments {
  const { axes, shift, offset, deviations } = deviationsFrom(op, x, options);
  const biased = mean(mul(deviations, deviations), { axes, keepDims: true });
  const finish = (y: Tensor): Tensor =>
    options.keepDims === true ? y : reshape(y, removedShape(x.shape, axes));
  return { mean: finish(add(shift, offset)), variance: finish(biased) };
}

/** `x` less its mean over `axes`, which is `shift` and `offset` together; both keep the axes with size 1. */
export interface Deviations {
  readonly axes: readonly number[];
  readonly shift: Tensor;
  readonly offset: Tensor;
  readonly deviations: Tensor;
}

/** @throws as `moments`, in the name of `op`. */
export function deviationsFrom(op: string, x: Tensor, options: ReduceOptions): Deviations {
  const axes = normalizeAxes(op, x.shape, options.axes);
  requireFloating(op, x.dtype);
  requireElements(op, x.shape, axes);
  const shift = stopGradient(firstAlong(x, { axes }));
  const shifted = sub(x, shift);
  const offset = mean(shifted, { axes, keepDims: true });
  return { axes, shift, offset, deviations: sub(shifted, offset) };
}

/**
 * Variance over `axes` (all axes by default): Σ (x - mean)² / (n - correction), biased unless `correction` is 1.
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`, floating
 * - two passes over shifted values, as `moments`; derivative: 2 (x - mean) / (n - correction) · ȳ
 *
 * @throws ValueError if n - correction is not positive; ShapeError if a reduced axis has size 0; DTypeError for int32 and bool.
 * @example
 * variance(tensor([1, 2, 3]), { correction: 1 });   // 1
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  const { correction = 0 } = options;
  const { variance: biased } = momentsFor("variance", x, options);
  if (correction === 0) return biased;
  const axes = normalizeAxes("variance", x.shape, options.axes);
  return mul(biased, countOver(x, axes) / degreesOfFreedom("variance", x, axes, correction));
}

/** n - correction. @throws ValueError if that is not positive. */
export function degreesOfFreedom(
  op: string,
  x: Tensor,
  axes: readonly number[],
  correction: number,
): number {
  const count = countOver(x, axes);
  if (count > correction || correction === 0) return count - correction;
  throw new ValueError(op, { count, correction }, (d) => {
    return `a count of ${d.count} with a correction of ${d.correction} leaves nothing to divide by. Use more values, or \`correction: 0\`.`;
  });
}

/**
 * The smallest element along `axes` (all axes by default).
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`; NaN wins
 * - derivative: the cotangent goes to the smallest element; elements that tie share it equally
 *
 * @throws ShapeError if there is nothing to choose from; AxisError if an axis does not exist.
 * @example
 * min(tensor([[1, 5], [7, 2]]), { axes: 1 });   // [1, 2]
 */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireElements("min", x.shape, normalizeAxes("min", x.shape, options.axes));
  if (x.dtype === "bool") return cast(min(cast(x, "int32"), options), "bool");
  // -1 - x turns the order of int32 round without overflow; -x would keep the least where it is
  const turned = (y: Tensor): Tensor => (isFloating(y.dtype) ? neg(y) : sub(-1, y));
  return turned(max(turned(x), options));
}
