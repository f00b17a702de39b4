/**
 * @file Running sums, products, maxima: composites over associativeScan. A product of zeros has the right derivative to
 * every order, because no quotient is taken.
 */
import { isFloating } from "../array/dtype.ts";
import { normalizeAxis } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { lessEqual, notEqual } from "../primitives/compare.ts";
import { requireFloating } from "../primitives/door.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { broadcastTo } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { arange } from "./create.ts";
import { associativeScan, type ScanOptions } from "./associative-scan.ts";
import { logAddExp } from "./exponential.ts";
import type { ValuesAndIndices } from "./pooling/pool2d.ts";
import { takeAlongAxis } from "./take-along-axis.ts";

/**
 * Running sums along `axis` (0 by default): x₀, x₀ + x₁, …
 *
 * - shape: that of `x`; dtype: that of `x`, bools are counted as int32. Errors grow with log n
 * - derivative: sums of the cotangents that follow
 *
 * @throws AxisError if the axis does not exist.
 * @example
 * cumsum(tensor([1, 2, 3]));   // [1, 3, 6]
 */
export function cumsum(x: Tensor, options: ScanOptions = {}): Tensor {
  return scanned("cumsum", counted("cumsum", x), add, options);
}

/**
 * Running products along `axis` (0 by default): x₀, x₀ x₁, …
 *
 * - shape: that of `x`; dtype: that of `x`, bools are counted as int32
 * - derivative: that of products; no quotient is taken, so it is right for zeros, to every order
 *
 * @throws AxisError if the axis does not exist.
 * @example
 * cumprod(tensor([2, 3, 4]));   // [2, 6, 24]
 */
export function cumprod(x: Tensor, options: ScanOptions = {}): Tensor {
  return scanned("cumprod", counted("cumprod", x), mul, options);
}

/**
 * log Σ exp of the elements so far along `axis` (0 by default), without overflow.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: of each result the softmax of the elements so far; elements at -Infinity take no part once there are others
 *
 * @throws AxisError if the axis does not exist; DTypeError for int32 and bool.
 * @example
 * logcumsumexp(tensor([1000, 1000]));   // [1000, 1000.69]
 */
export function logcumsumexp(x: Tensor, options: ScanOptions = {}): Tensor {
  const op = "logcumsumexp";
  requireFloating(op, requireTensor(op, x).dtype);
  return scanned(op, x, logAddExp, options);
}

function scanned(
  op: string,
  x: Tensor,
  combine: (a: Tensor, b: Tensor) => Tensor,
  options: ScanOptions,
): Tensor {
  const axis = normalizeAxis(op, x.shape, options.axis ?? 0);
  return associativeScan<Tensor>(combine, x, { ...options, axis });
}

/**
 * The largest element so far along `axis` (0 by default), and its index: the last of equals. A NaN stays.
 *
 * - shapes: those of `x`; dtypes: that of `x`, and int32 for the indices
 * - derivative: the cotangent goes to the element with that index
 *
 * @throws AxisError if the axis does not exist.
 * @example
 * cummax(tensor([1, 3, 2]));   // { values: [1, 3, 3], indices: [0, 1, 1] }
 */
export function cummax(x: Tensor, options: ScanOptions = {}): ValuesAndIndices {
  return running("cummax", x, options, (best, value) => lessEqual(best, value));
}

/** The smallest element so far along `axis`, and its index, as `cummax`. @throws AxisError if the axis does not exist. */
export function cummin(x: Tensor, options: ScanOptions = {}): ValuesAndIndices {
  return running("cummin", x, options, (best, value) => lessEqual(value, best));
}

interface Candidate {
  readonly value: Tensor;
  readonly index: Tensor;
  readonly [key: string]: Tensor;
}

function running(
  op: string,
  x: Tensor,
  options: ScanOptions,
  replaces: (best: Tensor, value: Tensor) => Tensor,
): ValuesAndIndices {
  const { shape } = requireTensor(op, x);
  const axis = normalizeAxis(op, shape, options.axis ?? 0);
  const line = reshape(
    arange(shape[axis]),
    shape.map((n, i) => (i === axis ? n : 1)),
  );
  const start: Candidate = { value: stopGradient(x), index: broadcastTo(line, shape) };
  const chosen = associativeScan<Candidate>(
    (a, b) => {
      // in the order of the scan b is later, whatever its index
      const isNaN = notEqual(b.value, b.value);
      const stays = notEqual(a.value, a.value);
      const takes = where(stays, isNaN, where(isNaN, true, replaces(a.value, b.value)));
      return { value: where(takes, b.value, a.value), index: where(takes, b.index, a.index) };
    },
    start,
    { ...options, axis },
  );
  return { values: takeAlongAxis(x, chosen.index, { axis }), indices: chosen.index };
}

function counted(op: string, x: Tensor): Tensor {
  const { dtype } = requireTensor(op, x);
  return isFloating(dtype) || dtype === "int32" ? x : cast(x, "int32");
}
