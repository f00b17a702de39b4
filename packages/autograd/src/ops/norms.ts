/**
 * @file Norms of vectors along axes, and what is made of them. None overflows where the norm itself does not: the largest
 * element is taken out first, under `stopGradient`, on which the norm does not depend.
 */
import { normalizeAxes, removedShape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { equal, greater, less, notEqual } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { max, requireElements } from "../primitives/max.ts";
import { maximum } from "../primitives/maximum.ts";
import { mul } from "../primitives/mul.ts";
import { pow } from "../primitives/pow.ts";
import { reshape } from "../primitives/reshape.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { sub } from "../primitives/sub.ts";
import { type ReduceOptions, sum } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { isFinite } from "./activations.ts";
import { degreesOfFreedom, deviationsFrom, min, type VarianceOptions } from "./reductions.ts";

export interface VectorNormOptions extends ReduceOptions {
  /** The order: any number, also 0, negative ones and ±Infinity; 2 by default. */
  readonly ord?: number | undefined;
}

/**
 * (Σ |x|ᵒʳᵈ)^(1 / ord) over `axes` (all axes by default): the length of vectors for order 2, the number of elements
 * that are not 0 for order 0, the largest and least size for ±Infinity.
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`, floating
 * - derivative: elements that are 0 receive 0, and so do all where the norm is 0; for ±Infinity elements that tie share it
 *
 * @throws ShapeError for an empty norm of negative or infinite order; AxisError if an axis does not exist; DTypeError for int32
 *   and bool.
 * @example
 * vectorNorm(tensor([3, 4]));   // 5
 */
export function vectorNorm(x: Tensor, options: VectorNormOptions = {}): Tensor {
  const op = "vectorNorm";
  const { ord = 2, keepDims = false } = options;
  const { shape, dtype } = requireTensor(op, x);
  const axes = normalizeAxes(op, shape, options.axes);
  requireFloating(op, dtype);
  const over: Over = { axes, keepDims: true };
  const finish = (y: Tensor): Tensor => (keepDims ? y : reshape(y, removedShape(shape, axes)));
  if (ord === 0) return finish(sum(cast(notEqual(x, 0), dtype), over));
  if (ord === 1 && axes.length > 0) return finish(sum(abs(x), over));
  if (ord < 0 || ord === Number.POSITIVE_INFINITY) requireElements(op, shape, axes);
  if (ord === Number.POSITIVE_INFINITY) return finish(max(abs(x), over));
  if (ord === Number.NEGATIVE_INFINITY) return finish(min(abs(x), over));
  if (x.size === 0) return finish(sum(x, over));
  return finish(ord === 2 ? euclidean(x, over) : ofOrder(x, ord, over));
}

type Over = { readonly axes: readonly number[]; readonly keepDims: true };

/** The least normal numbers: the reciprocal of a smaller one overflows. */
const LEAST = { float32: 2 ** -126, float64: 2 ** -1022 } as const;

/** What to divide by first: the largest size, but 1 where that is 0, infinite or NaN. */
function scaleOf(x: Tensor, over: Over): Tensor {
  const largest = stopGradient(max(abs(x), over));
  const least = LEAST[x.dtype === "float32" ? "float32" : "float64"];
  const isScale = where(equal(largest, 0), false, isFinite(largest));
  return where(isScale, maximum(largest, least), 1);
}

function euclidean(x: Tensor, over: Over): Tensor {
  const scale = scaleOf(x, over);
  const y = div(x, scale);
  const squares = sum(mul(y, y), over);
  // a harmless operand where the root has no derivative
  const isZero = equal(squares, 0);
  return mul(scale, where(isZero, 0, sqrt(where(isZero, 1, squares))));
}

function ofOrder(x: Tensor, ord: number, over: Over): Tensor {
  const scale = scaleOf(x, over);
  const size = div(abs(x), scale);
  const isZero = equal(size, 0);
  const power = where(
    isZero,
    ord < 0 ? Number.POSITIVE_INFINITY : 0,
    pow(where(isZero, 1, size), ord),
  );
  const total = sum(power, over);
  const isNothing = equal(total, 0);
  return mul(scale, where(isNothing, 0, pow(where(isNothing, 1, total), 1 / ord)));
}

/**
 * Standard deviation over `axes` (all axes by default): √(Σ (x - mean)² / (n - correction)), biased unless `correction`
 * is 1. It is a norm of deviations, so it neither overflows nor underflows where the variance would.
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`, floating
 * - derivative: (x - mean) / (y (n - correction)) · ȳ; 0 where all values are equal and the root has none
 *
 * @throws as `variance`.
 * @example
 * standardDeviation(tensor([1, 3, 5, 7]));   // 2.23607, √5
 */
export function standardDeviation(x: Tensor, options: VarianceOptions = {}): Tensor {
  const op = "standardDeviation";
  const { axes, deviations } = deviationsFrom(op, x, options);
  const divisor = degreesOfFreedom(op, x, axes, options.correction ?? 0);
  const norm = vectorNorm(deviations, { axes, keepDims: options.keepDims === true });
  return div(norm, Math.sqrt(divisor));
}

export interface DistOptions {
  /** The order of the norm; 2 by default. */
  readonly p?: number | undefined;
}

/**
 * ‖a - b‖ₚ over all elements; the shapes broadcast. Shape [], in the dtype in which `a` and `b` meet, which must be floating.
 *
 * @throws ShapeError if the shapes do not broadcast, or there is nothing to compare and p is negative or infinite; DTypeError
 *   for int32 and bool.
 * @example
 * dist(tensor([1, 2]), tensor([4, 6]));   // 5
 */
export function dist(a: Tensor, b: Tensor, options: DistOptions = {}): Tensor {
  return vectorNorm(sub(a, b), { ord: options.p ?? 2 });
}

export interface NormalizeOptions {
  /** The order of the norm; 2 by default. */
  readonly p?: number | undefined;
  /** 1 by default. */
  readonly axis?: number | undefined;
  /** The least norm that is divided by; 1e-12 by default. */
  readonly epsilon?: number | undefined;
}

/**
 * x / max(‖x‖ₚ, ε) along `axis` (1 by default).
 *
 * - shape and dtype: those of `x`, which must be floating; zeros stay zeros, with derivative 1 / ε
 *
 * @throws as `vectorNorm`.
 * @example
 * normalize(tensor([[3, 4]]));   // [[0.6, 0.8]]
 */
export function normalize(x: Tensor, options: NormalizeOptions = {}): Tensor {
  const { p = 2, axis = 1, epsilon = 1e-12 } = options;
  const norm = vectorNorm(x, { ord: p, axes: axis, keepDims: true });
  return div(x, where(less(norm, epsilon), epsilon, norm));
}

export interface RenormOptions {
  /** The order of the norm. */
  readonly p: number;
  /** Slices with one index along this axis are brought to the norm. */
  readonly axis: number;
  readonly maxNorm: number;
}

/**
 * Every slice along `axis` whose norm is above `maxNorm` is scaled to it, up to 1e-7 of the norm, as in PyTorch.
 *
 * - shape and dtype: those of `x`, which must be floating
 *
 * @throws as `vectorNorm`.
 * @example
 * renorm(tensor([[3, 4], [0, 1]]), { p: 2, axis: 0, maxNorm: 1 });   // [[0.6, 0.8], [0, 1]]
 */
export function renorm(x: Tensor, options: RenormOptions): Tensor {
  const { p, axis, maxNorm } = options;
  const [own] = normalizeAxes("renorm", requireTensor("renorm", x).shape, axis);
  const axes = x.shape.map((_, i) => i).filter((i) => i !== own);
  const norm = vectorNorm(x, { ord: p, axes, keepDims: true });
  const isLong = greater(norm, maxNorm);
  const factor = div(maxNorm, add(where(isLong, norm, 1), 1e-7));
  return where(isLong, mul(x, factor), x);
}
