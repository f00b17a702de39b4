/** @file Questions that are answered with bools: none has a derivative. Numbers count as true where they are not 0. */
import { sameShape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { equal, lessEqual, notEqual } from "../primitives/compare.ts";
import { mul } from "../primitives/mul.ts";
import { sub } from "../primitives/sub.ts";
import { type ReduceOptions, sum } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { tensor } from "./create.ts";

function truth(x: Tensor): Tensor {
  return x.dtype === "bool" ? x : notEqual(x, 0);
}

/** Where both are true. As bools; shapes broadcast. @throws ShapeError if they do not. */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return where(truth(a), truth(b), false);
}

/** Where one of both is true, or both are. As bools; shapes broadcast. @throws ShapeError if they do not. */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return where(truth(a), true, truth(b));
}

/** Where exactly one is true. As bools; shapes broadcast. @throws ShapeError if they do not. */
export function logicalXor(a: Tensor, b: Tensor): Tensor {
  return notEqual(truth(a), truth(b));
}

/** Where it is false, as bools of the shape of `x`. */
export function logicalNot(x: Tensor): Tensor {
  return equal(truth(requireTensor("logicalNot", x)), false);
}

/** Where an element is +∞ or -∞, as bools of the shape of `x`. */
export function isInf(x: Tensor): Tensor {
  return equal(abs(requireTensor("isInf", x)), Number.POSITIVE_INFINITY);
}

/** Whether any element along `axes` (all by default) is true; false for none. @throws AxisError */
export function any(x: Tensor, options: ReduceOptions = {}): Tensor {
  return notEqual(sum(truth(x), options), 0);
}

/** Whether all elements along `axes` (all by default) are true; true for none. @throws AxisError */
export function all(x: Tensor, options: ReduceOptions = {}): Tensor {
  return equal(sum(logicalNot(x), options), 0);
}

/** How many elements along `axes` (all by default) are not 0, as int32. @throws AxisError */
export function countNonzero(x: Tensor, options: ReduceOptions = {}): Tensor {
  return sum(truth(requireTensor("countNonzero", x)), options);
}

export interface ClosenessOptions {
  /** Relative to |b|; 1e-5 by default. */
  readonly relative?: number | undefined;
  /** 1e-8 by default. */
  readonly absolute?: number | undefined;
  /** Whether NaN is close to NaN; false by default. */
  readonly equalNaN?: boolean | undefined;
}

/**
 * Where |a - b| ≤ absolute + relative · |b|; equal infinities are close.
 *
 * @throws ShapeError
 * @example
 * isClose(tensor([1, 2]), tensor([1, 2.1]));   // [true, false]
 */
export function isClose(a: Tensor, b: Tensor, options: ClosenessOptions = {}): Tensor {
  const { relative = 1e-5, absolute = 1e-8, equalNaN = false } = options;
  const size = abs(b);
  const isFar = equal(size, Number.POSITIVE_INFINITY);
  const allowed = add(absolute, mul(relative, where(isFar, 0, size)));
  const close = lessEqual(abs(sub(a, b)), allowed);
  const same = logicalOr(equal(a, b), logicalAnd(close, logicalNot(isFar)));
  return equalNaN ? logicalOr(same, logicalAnd(notEqual(a, a), notEqual(b, b))) : same;
}

/**
 * Whether all elements are close, as one bool.
 *
 * @throws as `isClose`.
 * @example
 * allClose(tensor([1]), tensor([1 + 1e-7]));   // true
 */
export function allClose(a: Tensor, b: Tensor, options: ClosenessOptions = {}): Tensor {
  return all(isClose(a, b, options));
}

/** Whether two tensors have the same shape and equal elements, as one bool. */
export function arrayEqual(a: Tensor, b: Tensor): Tensor {
  return sameShape(a.shape, b.shape) ? all(equal(a, b)) : tensor(false);
}

/**
 * The unit step: 0 for negative x, 1 for positive, `atZero` for 0, NaN for NaN.
 *
 * - shape: broadcast; dtype: promoted
 * - derivative: 0 for x; for `atZero` 1 where it is taken
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * heaviside(tensor([-2, 0, 3]), tensor(0.5));   // [0, 0.5, 1]
 */
export function heaviside(x: Tensor, atZero: Tensor): Tensor {
  const step = where(lessEqual(x, 0), 0, 1);
  const value = where(equal(x, 0), atZero, cast(step, x.dtype));
  return where(equal(x, x), value, x);
}
