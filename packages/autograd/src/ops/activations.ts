/**
 * @file Composites applied element by element or along one axis: square, relu, softmax and their relatives.
 *
 * A composite must be finite where its function is. So softmax subtracts the largest element under
 * `stopGradient`, on which it does not depend.
 */
import { normalizeAxes, removedShape } from "../array/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { less, lessEqual, notEqual } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { exp } from "../primitives/exp.ts";
import { log } from "../primitives/log.ts";
import { max, requireElements } from "../primitives/max.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { where } from "../primitives/where.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { sub } from "../primitives/sub.ts";
import { type ReduceOptions, sum } from "../primitives/sum-broadcast-to.ts";

/**
 * x², element by element.
 *
 * - shape and dtype: those of `x`, bool to int32
 *
 * @example
 * square(tensor([-3]));   // [9]
 */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/**
 * max(x, 0), element by element.
 *
 * - shape and dtype: those of `x`, bool to int32; NaN stays NaN
 * - derivative: 1 where x is positive, else 0, at 0 too
 *
 * @example
 * relu(tensor([-1, 2]));   // [0, 2]
 */
export function relu(x: Tensor): Tensor {
  return where(lessEqual(x, 0), 0, x);
}

/** Where an element is NaN, as bools of the shape of `x`. */
export function isNaN(x: Tensor): Tensor {
  return notEqual(x, x);
}

/** Where an element is neither infinite nor NaN, as bools of the shape of `x`. */
export function isFinite(x: Tensor): Tensor {
  return less(abs(x), Number.POSITIVE_INFINITY);
}

/** The largest element along `axes`, without derivative. */
function largestOf(x: Tensor, axes: readonly number[]): Tensor {
  return stopGradient(max(x, { axes, keepDims: true }));
}

/** As `largestOf`, and 0 where that is infinite, so that x - shift has no ∞ - ∞. */
function safeShift(x: Tensor, axes: readonly number[]): Tensor {
  const largest = largestOf(x, axes);
  return where(isFinite(largest), largest, 0);
}

/**
 * log Σ exp(x) over `axes` (all axes by default), without overflow.
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`, floating
 * - derivative: softmax(x) over the same axes; elements at -Infinity take no part
 *
 * @throws ShapeError if a reduced axis has size 0; DTypeError for int32 and bool.
 * @example
 * logSumExp(tensor([1000, 1000]));   // 1000.69
 */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("logSumExp", x.shape, options.axes);
  requireFloating("logSumExp", x.dtype);
  requireElements("logSumExp", x.shape, axes);
  const shift = safeShift(x, axes);
  const total = add(log(sum(exp(sub(x, shift)), { axes, keepDims: true })), shift);
  return options.keepDims === true ? total : reshape(total, removedShape(x.shape, axes));
}

/** Along which axis a distribution lies: the last by default. */
export interface AxisOptions {
  readonly axis?: number;
}

/**
 * exp(x) / Σ exp(x) along `axis` (the last by default), without overflow.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - elements at -Infinity weigh nothing; where one is Infinity, or all are -Infinity, all weights are NaN
 *
 * @throws AxisError if the axis does not exist; ShapeError if it has size 0; DTypeError for int32 and bool.
 * @example
 * softmax(tensor([0, Math.log(3)]));   // [0.25, 0.75]
 */
export function softmax(x: Tensor, options: AxisOptions = {}): Tensor {
  const axes = distributionAxis("softmax", x, options);
  const weights = exp(sub(x, largestOf(x, axes)));
  return div(weights, sum(weights, { axes, keepDims: true }));
}

/**
 * log softmax(x) along `axis` (the last by default), accurate where the softmax underflows.
 *
 * @throws AxisError if the axis does not exist; ShapeError if it has size 0; DTypeError for int32 and bool.
 */
export function logSoftmax(x: Tensor, options: AxisOptions = {}): Tensor {
  const axes = distributionAxis("logSoftmax", x, options);
  const shifted = sub(x, largestOf(x, axes));
  return sub(shifted, log(sum(exp(shifted), { axes, keepDims: true })));
}

function distributionAxis(op: string, x: Tensor, { axis = -1 }: AxisOptions): readonly number[] {
  requireFloating(op, x.dtype);
  const axes = normalizeAxes(op, x.shape, axis);
  requireElements(op, x.shape, axes);
  return axes;
}
