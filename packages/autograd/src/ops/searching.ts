/**
 * @file Counting and searching: bins, places in a sorted list, membership, and what an array holds. Results whose shape
 * depends on the numbers read these, so they cannot be compiled.
 */
import { isFloating } from "../array/dtype.ts";
import { formatShape, normalizeAxis } from "../array/shape.ts";
import { flatCopy } from "../array/strided-array.ts";
import { requireTensor } from "../core/bind.ts";
import { arrayOf, type Tensor } from "../core/tensor.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import { argSort } from "../primitives/arg-sort.ts";
import { cast } from "../primitives/cast.ts";
import { equal, lessEqual } from "../primitives/compare.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { div } from "../primitives/div.ts";
import { floor } from "../primitives/floor.ts";
import { gather, scatterAdd } from "../primitives/gather-scatter-add.ts";
import { max } from "../primitives/max.ts";
import { minimum } from "../primitives/minimum.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { sub } from "../primitives/sub.ts";
import { transpose } from "../primitives/transpose.ts";
import { where } from "../primitives/where.ts";
import { full, onesLike, tensor } from "./create.ts";
import { logicalNot } from "./logic.ts";
import { min } from "./reductions.ts";
import { takeAlongAxis } from "./take-along-axis.ts";

export interface SearchOptions {
  /** Whether an equal element counts as before the value; false by default. */
  readonly right?: boolean | undefined;
  /** Indices that sort the list, where it is not; int32, in its shape. */
  readonly sorter?: Tensor | undefined;
}

/**
 * For each value how many elements of the sorted list are less (or, under `right`, not greater).
 *
 * - shapes: a list [n] for all values, or [..., n] with values [..., m]; int32 in the shape of the values
 * - by sorting both together: (n + m) log(n + m) steps
 *
 * @throws ShapeError if the leading axes differ.
 * @example
 * searchsorted(tensor([1, 3, 5]), tensor([3]));   // [1]
 */
export function searchsorted(list: Tensor, values: Tensor, options: SearchOptions = {}): Tensor {
  const op = "searchsorted";
  const { right = false, sorter } = options;
  const given = sorter === undefined ? list : takeAlongAxis(list, sorter, { axis: -1 });
  const { shape } = requireTensor(op, values);
  if (requireTensor(op, list).rank === 1) {
    return reshape(placesOf(given, reshape(values, [-1]), right), shape);
  }
  const leading = list.shape.slice(0, -1);
  if (values.rank !== list.rank || leading.some((n, i) => n !== shape[i])) {
    throw new ShapeError(op, { list: list.shape, values: shape }, (d) => {
      return `lists of shape ${formatShape(d.list)} and values of shape ${formatShape(d.values)} have other leading axes. Use equal ones, or one list [n].`;
    });
  }
  return placesOf(given, values, right);
}

/** The rank of each value among all, less its rank among the values. */
function placesOf(list: Tensor, values: Tensor, right: boolean): Tensor {
  const n = list.shape[list.rank - 1];
  const m = values.shape[values.rank - 1];
  const both = concatenate(right ? [list, values] : [values, list], { axis: -1 });
  const start = right ? n : 0;
  const among = slice(rankOf(both), {
    starts: both.shape.map((_, i) => (i === both.rank - 1 ? start : 0)),
    sizes: [...both.shape.slice(0, -1), m],
  });
  return sub(among, rankOf(values));
}

/** The place that each element takes in the order of the last axis. */
function rankOf(x: Tensor): Tensor {
  return argSort(argSort(x));
}

/** As `searchsorted`, with the list behind: which of the bins between boundaries each value is in. @throws as `searchsorted`. */
export function bucketize(
  values: Tensor,
  boundaries: Tensor,
  options: { readonly right?: boolean | undefined } = {},
): Tensor {
  return searchsorted(boundaries, values, { right: options.right });
}

/** Where an element of `x` is one of `list`, as bool; under `invert` where it is none. */
export function isIn(
  x: Tensor,
  list: Tensor,
  options: { readonly invert?: boolean | undefined } = {},
): Tensor {
  const flat = reshape(list, [-1]);
  const found = flat.size === 0 ? equal(x, Number.NaN) : occurs(x, flat);
  return options.invert === true ? logicalNot(found) : found;
}

function occurs(x: Tensor, list: Tensor): Tensor {
  const sorted = gather(list, argSort(list));
  const place = minimum(searchsorted(sorted, x), sorted.size - 1);
  return equal(reshape(gather(sorted, reshape(place, [-1])), x.shape), x);
}

export interface BincountOptions {
  /** How many bins there are, where that is known; else one more than the largest number. */
  readonly length?: number | undefined;
  /** The least number of bins; 0 by default. */
  readonly minLength?: number | undefined;
  /** What each element counts for, in the shape of `x`; 1 by default. */
  readonly weights?: Tensor | undefined;
}

/**
 * How often each number from 0 on occurs in `x`, int32 [n]: int32 [length], or floating for weights.
 *
 * - without `length` the numbers are read, so it cannot be compiled
 *
 * @throws DTypeError if `x` is not int32; ValueError if a number is negative or beyond the length.
 * @example
 * bincount(tensor([0, 1, 1, 3], { dtype: "int32" }));   // [1, 2, 0, 1]
 */
export function bincount(x: Tensor, options: BincountOptions = {}): Tensor {
  const op = "bincount";
  const { minLength = 0, weights } = options;
  if (requireTensor(op, x).dtype !== "int32") {
    throw new DTypeError(op, { dtype: x.dtype }, ({ dtype }) => {
      return `only int32 numbers are counted, but got ${dtype}. Cast them first.`;
    });
  }
  const size = options.length ?? Math.max(minLength, longestOf(flatCopy(arrayOf(op, x), "int32")));
  return scatterAdd(weights === undefined ? onesLike(x) : floating(weights), x, { size });
}

/** Weights that are integers count in float64. */
function floating(x: Tensor): Tensor {
  return isFloating(x.dtype) ? x : cast(x, "float64");
}

/** One more than the largest number. */
function longestOf(numbers: Iterable<number>): number {
  let longest = 0;
  for (const value of numbers) longest = Math.max(longest, value + 1);
  return longest;
}

export interface HistcOptions {
  /** 100 by default. */
  readonly bins?: number | undefined;
  /** The lower end; where both ends are equal, those of the numbers are taken. 0 by default. */
  readonly min?: number | undefined;
  /** The upper end, which the last bin includes. 0 by default. */
  readonly max?: number | undefined;
}

/**
 * How many elements of `x` lie in each of `bins` parts of equal width, in the dtype of `x`; others are not counted.
 *
 * @throws ValueError if there is no bin or the ends are the wrong way round.
 */
export function histc(x: Tensor, options: HistcOptions = {}): Tensor {
  const { bins = 100, min: low = 0, max: high = 0 } = options;
  if (!Number.isSafeInteger(bins) || bins < 1 || !(low <= high)) {
    throw new ValueError("histc", { bins, min: low, max: high }, (d) => {
      return `there are no ${d.bins} bins from ${d.min} to ${d.max}. Use a positive integer and ends in their order.`;
    });
  }
  const flat = reshape(requireTensor("histc", x), [-1]);
  if (flat.size === 0) return full([bins], 0, { dtype: x.dtype });
  const [start, end] =
    low < high
      ? [full([], low, { dtype: x.dtype }), full([], high, { dtype: x.dtype })]
      : endsOf(flat);
  const isInside = where(lessEqual(start, flat), lessEqual(flat, end), false);
  const part = mul(div(sub(where(isInside, flat, start), start), sub(end, start)), bins);
  const bin = cast(minimum(floor(part), bins - 1), "int32");
  return scatterAdd(cast(isInside, x.dtype), bin, { size: bins });
}

/** The least and largest number, or one below and above where they are equal. */
function endsOf(x: Tensor): [Tensor, Tensor] {
  const [low, high] = [min(x), max(x)];
  const isPoint = equal(low, high);
  return [where(isPoint, sub(low, 1), low), where(isPoint, sub(high, -1), high)];
}

/**
 * The indices of all elements that are not 0, a row each: int32 [count, rank]. It reads the numbers.
 *
 * @example
 * nonzero(tensor([[0, 5], [6, 0]]));   // [[0, 1], [1, 0]]
 */
export function nonzero(x: Tensor): Tensor {
  const { shape } = requireTensor("nonzero", x);
  const numbers = flatCopy(arrayOf("nonzero", x), x.dtype);
  const rows: number[] = [];
  let count = 0;
  numbers.forEach((value, at) => {
    if (value === 0) return;
    count++;
    const index: number[] = [];
    let rest = at;
    for (const length of shape.toReversed()) {
      index.unshift(rest % length);
      rest = Math.floor(rest / length);
    }
    rows.push(...index);
  });
  return tensor(Int32Array.from(rows), { shape: [count, shape.length] });
}

export interface UniqueOptions {
  /** Compares slices along this axis; by default all elements. */
  readonly axis?: number | undefined;
}

/** What an array holds, each once and in order. */
export interface Unique {
  readonly values: Tensor;
  /** For each element (or slice) which of the values it is, int32. */
  readonly inverse: Tensor;
  /** How often each occurs, int32. */
  readonly counts: Tensor;
}

/**
 * The different elements of `x`, or slices along `axis`, in ascending order, and how often and where they occur.
 *
 * It reads the numbers, so it cannot be compiled. The values have the derivative of the first occurrence. NaN differs from
 * itself.
 *
 * @throws AxisError if the axis does not exist.
 * @example
 * unique(tensor([3, 1, 3]));   // values [1, 3], inverse [1, 0, 1], counts [1, 2]
 */
export function unique(x: Tensor, options: UniqueOptions = {}): Unique {
  const op = "unique";
  const { shape } = requireTensor(op, x);
  const whole = options.axis === undefined;
  const axis = whole ? 0 : normalizeAxis(op, shape, options.axis ?? 0);
  const flat = whole ? reshape(x, [-1]) : x;
  const count = flat.shape[axis];
  const order = flat.shape.map((_, i) => i);
  const front = transpose(flat, [axis, ...order.filter((i) => i !== axis)]);
  const numbers = flatCopy(arrayOf(op, front), x.dtype);
  const width = count === 0 ? 0 : numbers.length / count;
  const compare = (a: number, b: number): number => {
    for (let k = 0; k < width; k++) {
      const [u, v] = [numbers[a * width + k], numbers[b * width + k]];
      if (u === v) continue;
      return u < v || Number.isNaN(v) ? -1 : 1;
    }
    return 0;
  };
  const sorted = Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
  const firsts: number[] = [];
  const counts: number[] = [];
  const inverse = new Int32Array(count);
  sorted.forEach((slot, i) => {
    if (i === 0 || compare(sorted[i - 1], slot) !== 0) {
      firsts.push(slot);
      counts.push(0);
    }
    counts[counts.length - 1]++;
    inverse[slot] = counts.length - 1;
  });
  const values = gather(flat, tensor(Int32Array.from(firsts)), { axis });
  return {
    values,
    inverse: tensor(inverse, { shape: whole ? shape : [count] }),
    counts: tensor(Int32Array.from(counts)),
  };
}

/** Which entries of a matrix lie on or below a diagonal. */
export interface TriangleOptions {
  /** Above the main diagonal if positive; 0 by default. */
  readonly offset?: number | undefined;
}

/** Rows and columns of the entries of a `rows` × `columns` matrix on and below a diagonal: int32 [2, count]. */
export function trilIndices(rows: number, columns: number, options: TriangleOptions = {}): Tensor {
  const { offset = 0 } = options;
  return triangle(rows, columns, (row, column) => column - row <= offset);
}

/** As `trilIndices`, on and above a diagonal. */
export function triuIndices(rows: number, columns: number, options: TriangleOptions = {}): Tensor {
  const { offset = 0 } = options;
  return triangle(rows, columns, (row, column) => column - row >= offset);
}

function triangle(
  rows: number,
  columns: number,
  holds: (row: number, column: number) => boolean,
): Tensor {
  const found: [number, number][] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (holds(row, column)) found.push([row, column]);
    }
  }
  const data = [...found.map(([row]) => row), ...found.map(([, column]) => column)];
  return tensor(Int32Array.from(data), { shape: [2, found.length] });
}
