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
 * x₀, x₀ + x₁, … along `axis` (0 by default). Bools are counted as int32; errors grow with log n.
 *
 * @throws AxisError if the axis does not exist.
 * @example
 * cumsum(tensor([1, 2, 3]));   // [1, 3, 6]
 */
export function cumsum(x: Tensor, options: ScanOptions = {}): Tensor {
  return associativeScan<Tensor>(add, counted("cumsum", x), options);
}

/** x₀, x₀ x₁, … along `axis` (0 by default). @throws AxisError if the axis does not exist. */
export function cumprod(x: Tensor, options: ScanOptions = {}): Tensor {
  return associativeScan<Tensor>(mul, counted("cumprod", x), options);
}

/** log Σ exp of the elements so far along `axis` (0 by default), without overflow. @throws AxisError */
export function logcumsumexp(x: Tensor, options: ScanOptions = {}): Tensor {
  return associativeScan<Tensor>(logAddExp, requireTensor("logcumsumexp", x), options);
}

/**
 * The largest element so far along `axis` (0 by default), and its index: the last of equals. A NaN stays.
 *
 * - derivative: the cotangent goes to the element with that index
 *
 * @throws AxisError if the axis does not exist.
 */
export function cummax(x: Tensor, options: ScanOptions = {}): ValuesAndIndices {
  return running("cummax", x, options, (best, value) => lessEqual(best, value));
}

/** The smallest element so far along `axis`, as `cummax`. */
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
