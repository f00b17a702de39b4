/** @file Sums and means that pass over NaN, products, traces, covariances. */
import { formatShape, normalizeAxes, removedShape, type Shape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { cast } from "../primitives/cast.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { equal } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { matMul } from "../primitives/mat-mul.ts";
import { max, requireElements } from "../primitives/max.ts";
import { maximum } from "../primitives/maximum.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { sub } from "../primitives/sub.ts";
import { type ReduceOptions, sum } from "../primitives/sum-broadcast-to.ts";
import { transpose } from "../primitives/transpose.ts";
import { where } from "../primitives/where.ts";
import { fullLike, tensor } from "./create.ts";
import { vectorNorm } from "./norms.ts";
import { deviationsFrom, mean, min } from "./reductions.ts";

/**
 * The product over `axes` (all axes by default), by halves: log₂ n multiplications of halves of the axis, so that no
 * quotient is taken and zeros have the right derivative to every order.
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`, bool as int32
 * - derivative: the product of the other factors; an empty product is 1
 *
 * @throws AxisError if an axis does not exist or is named twice.
 * @example
 * prod(tensor([2, 3, 4]));   // 24
 */
export function prod(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { shape, dtype } = requireTensor("prod", x);
  const axes = normalizeAxes("prod", shape, options.axes);
  const factors = dtype === "bool" ? cast(x, "int32") : x;
  const kept = axes.reduce(productAlong, factors);
  return options.keepDims === true ? kept : reshape(kept, removedShape(shape, axes));
}

function productAlong(x: Tensor, axis: number): Tensor {
  const n = x.shape[axis];
  const range = (start: number, length: number): Tensor =>
    slice(x, {
      starts: x.shape.map((_, i) => (i === axis ? start : 0)),
      sizes: x.shape.map((m, i) => (i === axis ? length : m)),
    });
  if (n === 0) {
    return fullLike(sum(x, { axes: axis, keepDims: true }), 1);
  }
  if (n === 1) return x;
  const half = Math.floor(n / 2);
  const pairs = mul(range(0, half), range(half, half));
  return productAlong(n % 2 === 0 ? pairs : concatenate([pairs, range(n - 1, 1)], { axis }), axis);
}

/**
 * As `sum`, NaN counting as 0; where it stands the derivative is 0.
 *
 * @throws AxisError if an axis does not exist or is named twice.
 * @example
 * nansum(tensor([1, NaN, 3]));   // 4
 */
export function nansum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return sum(where(equal(x, x), x, 0), options);
}

/**
 * As `mean`, of the elements that are not NaN; NaN where all are.
 *
 * - shape and dtype: as for `mean`; derivative: 1 / count for the elements that counted, 0 for NaN
 *
 * @throws AxisError if an axis does not exist or is named twice; DTypeError for int32 and bool.
 * @example
 * nanmean(tensor([1, NaN, 3]));   // 2
 */
export function nanmean(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireFloating("nanmean", requireTensor("nanmean", x).dtype);
  return div(nansum(x, options), cast(sum(equal(x, x), options), x.dtype));
}

/**
 * The least and the largest element along `axes` (all axes by default), as `min` and `max` give them.
 *
 * @throws ShapeError if there is nothing to choose from; AxisError if an axis does not exist.
 * @example
 * aminmax(tensor([3, 1, 2]));   // { min: 1, max: 3 }
 */
export function aminmax(
  x: Tensor,
  options: ReduceOptions = {},
): { readonly min: Tensor; readonly max: Tensor } {
  return { min: min(x, options), max: max(x, options) };
}

/**
 * The sum of the elements x[i, i] of a matrix, which need not be square.
 *
 * - shape: []; dtype: that of `x`, bools are counted as int32; derivative: the cotangent on the diagonal, 0 elsewhere
 *
 * @throws ShapeError if `x` is no matrix.
 * @example
 * trace(tensor([[1, 2], [3, 4]]));   // 5
 */
export function trace(x: Tensor): Tensor {
  const { shape } = requireTensor("trace", x);
  if (shape.length !== 2) {
    throw new ShapeError("trace", { shape }, (d) => {
      return `shape ${formatShape(d.shape)} is no matrix. Use a tensor with two axes.`;
    });
  }
  const [rows, columns] = shape;
  const diagonal = Int32Array.from(
    { length: Math.min(rows, columns) },
    (_, i) => i * (columns + 1),
  );
  return sum(gather(reshape(x, [-1]), tensor(diagonal)));
}

export interface CovOptions {
  /** What is subtracted from the number of observations; 1 by default. */
  readonly correction?: number | undefined;
  /** How often each observation was made, int32 [n]. */
  readonly frequencies?: Tensor | undefined;
  /** How much each observation counts, [n]. */
  readonly weights?: Tensor | undefined;
}

/**
 * The covariances of variables: rows of `x`, observed in its columns.
 *
 * - shape: [variables, variables], or [] for one variable without an axis of its own; dtype: that of `x`, floating
 * - two passes: products of deviations, so a large mean costs no digits. Where the correction leaves nothing to divide by,
 *   entries are NaN or infinite, as in NumPy
 * - derivative: follows, by the weights too
 *
 * @throws ShapeError if `x` has more than two axes, or there is no observation; DTypeError for int32 and bool.
 * @example
 * cov(tensor([[1, 2, 3], [3, 2, 1]]));   // [[1, -1], [-1, 1]]
 */
export function cov(x: Tensor, options: CovOptions = {}): Tensor {
  const { correction = 1, frequencies, weights } = options;
  const { shape, dtype } = requireTensor("cov", x);
  requireMatrix("cov", shape);
  requireFloating("cov", dtype);
  const rows = reshape(x, shape.length === 2 ? shape : [1, -1]);
  requireElements("cov", rows.shape, [1]);
  const n = rows.shape[1];
  const counts = frequencies === undefined ? null : cast(frequencies, dtype);
  const w =
    counts === null ? (weights ?? null) : weights === undefined ? counts : mul(counts, weights);
  const total = w === null ? null : sum(w);
  const center =
    w === null || total === null
      ? mean(rows, { axes: 1, keepDims: true })
      : div(sum(mul(rows, w), { axes: 1, keepDims: true }), total);
  const deviations = sub(rows, center);
  const weighted = w === null ? deviations : mul(deviations, w);
  const products = matMul(weighted, transpose(deviations));
  const result = div(products, divisorOf(n, w, total, weights, correction));
  return shape.length === 2
    ? reshape(result, result.size === 1 ? [] : result.shape)
    : reshape(result, []);
}

function requireMatrix(op: string, shape: Shape): void {
  if (shape.length <= 2) return;
  throw new ShapeError(op, { shape }, (d) => {
    return `shape ${formatShape(d.shape)} has more than two axes. Use [variables, observations], or [observations].`;
  });
}

function divisorOf(
  n: number,
  w: Tensor | null,
  total: Tensor | null,
  weights: Tensor | undefined,
  correction: number,
): Tensor | number {
  if (w === null || total === null) return Math.max(0, n - correction);
  // weights of observations lessen what is subtracted
  const lost =
    weights === undefined ? correction : div(mul(correction, sum(mul(w, weights))), total);
  return maximum(sub(total, lost), 0);
}

/**
 * The correlations of variables, rows of `x`, observed in its columns: products of deviations of length 1, so that none
 * overflows or underflows.
 *
 * - shape and dtype: those of `cov(x)`. NaN for a variable whose values are equal
 *
 * @throws as `cov`.
 * @example
 * corrcoef(tensor([[1, 2, 3], [3, 2, 1]]));   // [[1, -1], [-1, 1]]
 */
export function corrcoef(x: Tensor): Tensor {
  const op = "corrcoef";
  const { shape } = requireTensor(op, x);
  requireMatrix(op, shape);
  const rows = reshape(x, shape.length === 2 ? shape : [1, -1]);
  const { deviations } = deviationsFrom(op, rows, { axes: 1 });
  const lengths = vectorNorm(deviations, { axes: 1, keepDims: true });
  // of one variable the correlation with itself has no derivative
  if (rows.shape[0] === 1) return reshape(div(lengths, lengths), []);
  const units = div(deviations, lengths);
  return matMul(units, transpose(units));
}
