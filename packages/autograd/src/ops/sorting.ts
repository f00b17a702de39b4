/**
 * @file What is found by order: sort, topk, median, quantile, mode. Indices come from argSort, values are taken with them,
 * so derivatives are those of taking.
 */
import { formatShape, normalizeAxis, type Shape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { argSort, type SortOptions } from "../primitives/arg-sort.ts";
import { cast } from "../primitives/cast.ts";
import { equal, less, notEqual } from "../primitives/compare.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { floor } from "../primitives/floor.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { max, requireElements } from "../primitives/max.ts";
import { maximum } from "../primitives/maximum.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { sub } from "../primitives/sub.ts";
import { sum } from "../primitives/sum-broadcast-to.ts";
import { transpose } from "../primitives/transpose.ts";
import { where } from "../primitives/where.ts";
import { argMax } from "./arg-max.ts";
import { associativeScan } from "./associative-scan.ts";
import { arange, tensor, zeros } from "./create.ts";
import type { ValuesAndIndices } from "./pooling/pool2d.ts";
import { round } from "./rounding.ts";
import { takeAlongAxis } from "./take-along-axis.ts";

/**
 * The elements along `axis` (the last by default) in order, and the indices they had. Equal ones keep their order, NaN is
 * the largest.
 *
 * - shapes: those of `x`; dtypes: that of `x`, and int32 for the indices
 * - derivative: each cotangent goes to where its element came from
 *
 * @throws AxisError if the axis does not exist.
 * @example
 * sort(tensor([3, 1, 2])).values;   // [1, 2, 3]
 */
export function sort(x: Tensor, options: SortOptions = {}): ValuesAndIndices {
  const indices = argSort(x, options);
  return { values: takeAlongAxis(x, indices, { axis: options.axis ?? -1 }), indices };
}

/** The elements in order along the first axis: `sort(x, { axis: 0 }).values`. @throws AxisError for scalars. */
export function msort(x: Tensor): Tensor {
  return sort(x, { axis: 0 }).values;
}

export interface TopkOptions {
  /** The last by default. */
  readonly axis?: number | undefined;
  /** false for the smallest. */
  readonly largest?: boolean | undefined;
}

/**
 * The `k` largest elements along `axis` (the last by default), the largest first, and their indices; under
 * `largest: false` the smallest. The first of equals comes first, NaN is the largest.
 *
 * - shapes: that of `x` with length `k` along the axis; dtypes: that of `x`, and int32 for the indices
 * - derivative: each cotangent goes to where its element came from
 *
 * @throws ValueError if there are not so many; AxisError if the axis does not exist.
 * @example
 * topk(tensor([3, 1, 2]), 2);   // { values: [3, 2], indices: [0, 2] }
 */
export function topk(x: Tensor, k: number, options: TopkOptions = {}): ValuesAndIndices {
  const { largest = true } = options;
  const axis = normalizeAxis("topk", requireTensor("topk", x).shape, options.axis ?? -1);
  requireRank("topk", k, x.shape[axis], 0);
  const order = argSort(x, { axis, descending: largest });
  const indices = slice(order, {
    starts: x.shape.map(() => 0),
    sizes: x.shape.map((n, i) => (i === axis ? k : n)),
  });
  return { values: takeAlongAxis(x, indices, { axis }), indices };
}

export interface ChoiceOptions {
  /** The last by default. */
  readonly axis?: number | undefined;
  /** Whether the axis stays with size 1; false by default. */
  readonly keepDims?: boolean | undefined;
}

/**
 * The `k`th smallest element along `axis` (the last by default), counted from 1, and its index. NaN is the largest.
 *
 * - shapes: without the axis, or with size 1 under `keepDims`; dtypes: that of `x`, and int32 for the index
 * - derivative: the cotangent goes to the element with that index
 *
 * @throws ValueError if there are not so many; AxisError if the axis does not exist.
 * @example
 * kthvalue(tensor([3, 1, 2]), 2);   // { values: 2, indices: 2 }
 */
export function kthvalue(x: Tensor, k: number, options: ChoiceOptions = {}): ValuesAndIndices {
  const axis = normalizeAxis("kthvalue", requireTensor("kthvalue", x).shape, options.axis ?? -1);
  requireRank("kthvalue", k, x.shape[axis], 1);
  return chosen(x, axis, options, (order) => at(order, axis, k - 1));
}

/**
 * The median: the lower of the two middle elements where their number is even. NaN wins.
 *
 * - with `axis`, the values along it and their indices; without, the median of all elements, whose derivative equal
 *   elements share
 *
 * @throws ShapeError if there is nothing to choose from; AxisError if the axis does not exist.
 * @example
 * median(tensor([4, 1, 3, 2]));   // 2
 */
export function median(x: Tensor): Tensor;
export function median(
  x: Tensor,
  options: ChoiceOptions & { readonly axis: number },
): ValuesAndIndices;
export function median(x: Tensor, options: ChoiceOptions = {}): Tensor | ValuesAndIndices {
  return middle("median", x, options, (n, numbers) => {
    return where(less(numbers, n), numbers, Math.floor((n - 1) / 2));
  });
}

/**
 * As `median`, of the elements that are not NaN; NaN where all are.
 *
 * @throws as `median`.
 * @example
 * nanmedian(tensor([1, NaN, 3]));   // 1
 */
export function nanmedian(x: Tensor): Tensor;
export function nanmedian(
  x: Tensor,
  options: ChoiceOptions & { readonly axis: number },
): ValuesAndIndices;
export function nanmedian(x: Tensor, options: ChoiceOptions = {}): Tensor | ValuesAndIndices {
  return middle("nanmedian", x, options, (_, numbers) => {
    return maximum(cast(floor(div(cast(sub(numbers, 1), "float64"), 2)), "int32"), 0);
  });
}

/** @param place which place in the order to take, given the length and how many elements are numbers. */
function middle(
  op: string,
  x: Tensor,
  options: ChoiceOptions,
  place: (n: number, numbers: Tensor) => Tensor,
): Tensor | ValuesAndIndices {
  const { shape } = requireTensor(op, x);
  if (options.axis === undefined) {
    const all = reshape(x, [-1]);
    requireElements(op, all.shape, [0]);
    return sharedAmongEquals(all, alongAxis(op, all, 0, {}, place).values);
  }
  return alongAxis(op, x, normalizeAxis(op, shape, options.axis), options, place);
}

function alongAxis(
  op: string,
  x: Tensor,
  axis: number,
  options: ChoiceOptions,
  place: (n: number, numbers: Tensor) => Tensor,
): ValuesAndIndices {
  requireElements(op, x.shape, [axis]);
  const numbers = sum(equal(x, x), { axes: axis, keepDims: true });
  const wanted = place(x.shape[axis], numbers);
  return chosen(x, axis, options, (order) => takeAlongAxis(order, wanted, { axis }));
}

/** The one value of a vector, as the mean of all elements that equal it: so they share its derivative. */
function sharedAmongEquals(x: Tensor, value: Tensor): Tensor {
  const fixed = stopGradient(value);
  const isIt = where(equal(fixed, fixed), equal(x, fixed), notEqual(x, x));
  const count = cast(sum(isIt), x.dtype);
  return div(sum(where(isIt, x, 0)), count);
}

/** Values and indices where `pick` says, of the order along `axis`. */
function chosen(
  x: Tensor,
  axis: number,
  { keepDims = false }: ChoiceOptions,
  pick: (order: Tensor) => Tensor,
): ValuesAndIndices {
  const indices = pick(argSort(x, { axis }));
  const values = takeAlongAxis(x, indices, { axis });
  if (keepDims) return { values, indices };
  const shape = x.shape.filter((_, i) => i !== axis);
  return { values: reshape(values, shape), indices: reshape(indices, shape) };
}

function at(x: Tensor, axis: number, index: number): Tensor {
  return slice(x, {
    starts: x.shape.map((_, i) => (i === axis ? index : 0)),
    sizes: x.shape.map((n, i) => (i === axis ? 1 : n)),
  });
}

function requireRank(op: string, k: number, length: number, least: 0 | 1): void {
  if (Number.isInteger(k) && k >= least && k <= length) return;
  throw new ValueError(op, { k, length }, (d) => {
    return `there are no ${d.k} elements to choose along an axis of length ${d.length}. Use an integer from ${least} to ${d.length}.`;
  });
}

/**
 * The most frequent element along `axis` (the last by default), the least of several, and the index of its last occurrence.
 * A NaN equals no other.
 *
 * - shapes: without the axis, or with size 1 under `keepDims`; dtypes: that of `x`, and int32 for the index
 * - derivative: the cotangent goes to the element with that index
 *
 * @throws ShapeError if there is nothing to choose from; AxisError if the axis does not exist.
 * @example
 * mode(tensor([3, 1, 3, 1, 2]));   // { values: 1, indices: 3 }
 */
export function mode(x: Tensor, options: ChoiceOptions = {}): ValuesAndIndices {
  const axis = normalizeAxis("mode", requireTensor("mode", x).shape, options.axis ?? -1);
  requireElements("mode", x.shape, [axis]);
  if (x.size === 0) {
    const shape = outerShape(x.shape, false, axis, options.keepDims === true);
    return { values: zeros(shape, { dtype: x.dtype }), indices: zeros(shape, { dtype: "int32" }) };
  }
  const along = x.shape.map((n, i) => (i === axis ? n : 1));
  return chosen(x, axis, options, (order) => {
    const sorted = stopGradient(takeAlongAxis(x, order, { axis }));
    // where the run of equal elements began that a place belongs to: the largest start so far
    const place = reshape(arange(x.shape[axis]), along);
    const isStart = notEqual(sorted, before(sorted, axis));
    const starts = associativeScan<Tensor>(maximum, where(isStart, place, 0), { axis });
    const longest = argMax(sub(place, starts), { axis });
    return takeAlongAxis(
      order,
      reshape(
        longest,
        x.shape.map((n, i) => (i === axis ? 1 : n)),
      ),
      {
        axis,
      },
    );
  });
}

/** Every element's predecessor along `axis`; the first one's is itself. */
function before(x: Tensor, axis: number): Tensor {
  const sizes = x.shape.map((n, i) => (i === axis ? n - 1 : n));
  const head = slice(x, { starts: x.shape.map(() => 0), sizes });
  return concatenate([at(x, axis, 0), head], { axis });
}

export interface QuantileOptions {
  /** Over which elements; all by default. */
  readonly axis?: number | undefined;
  /** Whether the axis stays with size 1; false by default. */
  readonly keepDims?: boolean | undefined;
  /** What is between two elements; "linear" by default. */
  readonly interpolation?: "linear" | "lower" | "higher" | "midpoint" | "nearest" | undefined;
}

/**
 * Quantiles of the elements along `axis`, at parts `q` from 0 to 1. NaN among the elements gives NaN.
 *
 * - shape: that of `q` (a number, or one axis) before that of `x` without the axis
 * - derivative: by the elements that were taken, and for "linear" by `q`
 *
 * @throws ValueError if q has more than one axis or holds a number outside of [0, 1], or the interpolation is not known;
 *   ShapeError if there is nothing to choose from; DTypeError for int32 and bool.
 * @example
 * quantile(tensor([1, 2, 3, 4]), 0.5);   // 2.5
 */
export function quantile(x: Tensor, q: Tensor | number, options: QuantileOptions = {}): Tensor {
  const op = "quantile";
  const { keepDims = false, interpolation = "linear" } = options;
  requireFloating(op, requireTensor(op, x).dtype);
  const parts = typeof q === "number" ? tensor(q, { dtype: x.dtype }) : q;
  requireParts(op, parts);
  const whole = options.axis === undefined;
  const flat = whole ? reshape(x, [-1]) : x;
  const axis = whole ? 0 : normalizeAxis(op, x.shape, options.axis ?? 0);
  requireElements(op, flat.shape, [axis]);
  const order = flat.shape.map((_, i) => i).filter((i) => i !== axis);
  const last = transpose(flat, [...order, axis]);
  const n = flat.shape[axis];
  const outer = outerShape(x.shape, whole, axis, keepDims);
  if (x.size === 0) return zeros([...parts.shape, ...outer], { dtype: x.dtype });
  const sorted = sort(last).values;
  const found = between(sorted, mul(reshape(parts, [-1]), n - 1), interpolation);
  const hasNaN = max(notEqual(last, last), { axes: -1, keepDims: true });
  const values = where(hasNaN, Number.NaN, found);
  const first = transpose(values, [values.rank - 1, ...order.map((_, i) => i)]);
  return reshape(first, [...parts.shape, ...outer]);
}

/** Numbers on a tape are not known yet, and not looked at. */
function requireParts(op: string, parts: Tensor): void {
  const isKnown = parts.tape === null && parts.array !== null;
  const outside = isKnown ? parts.toTypedArray().find((q) => !(q >= 0 && q <= 1)) : undefined;
  if (parts.rank <= 1 && outside === undefined) return;
  throw new ValueError(op, { shape: parts.shape, outside }, (d) => {
    const fact = d.outside ?? `a tensor of shape ${formatShape(d.shape)}`;
    return `${fact} is no list of parts. Use a number from 0 to 1, or a tensor of them with one axis.`;
  });
}

function outerShape(shape: Shape, whole: boolean, axis: number, keepDims: boolean): Shape {
  if (whole) return keepDims ? shape.map(() => 1) : [];
  return keepDims ? shape.map((n, i) => (i === axis ? 1 : n)) : shape.filter((_, i) => i !== axis);
}

/** The last axis of `sorted` read at positions between its elements. */
function between(sorted: Tensor, position: Tensor, interpolation: string): Tensor {
  const below = stopGradient(floor(position));
  const above = stopGradient(where(equal(below, position), below, add(below, 1)));
  const read = (place: Tensor): Tensor => gather(sorted, cast(place, "int32"), { axis: -1 });
  switch (interpolation) {
    case "lower":
      return read(below);
    case "higher":
      return read(above);
    case "nearest":
      return read(stopGradient(round(position)));
    case "midpoint":
      return mul(0.5, add(read(below), read(above)));
    case "linear": {
      const low = read(below);
      return add(low, mul(sub(read(above), low), sub(position, below)));
    }
    default:
      throw new ValueError("quantile", { interpolation }, (d) => {
        return `the interpolation ${JSON.stringify(d.interpolation)} is not known. Use one of linear, lower, higher, midpoint, nearest.`;
      });
  }
}
