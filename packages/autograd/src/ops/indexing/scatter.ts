/** @file Elements read and written by an index tensor along one axis, with PyTorch's meaning. */
import { type DType, isFloating } from "../../array/dtype.ts";
import { formatShape, normalizeAxis, type Shape, sameShape, sizeOf } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import { splat, Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { argSort } from "../../primitives/arg-sort.ts";
import { cast } from "../../primitives/cast.ts";
import { equal, greater, greaterEqual, notEqual } from "../../primitives/compare.ts";
import { concatenate } from "../../primitives/concatenate.ts";
import { div } from "../../primitives/div.ts";
import { floor } from "../../primitives/floor.ts";
import {
  gather as gatherSlices,
  scatterAdd as scatterSlices,
} from "../../primitives/gather-scatter-add.ts";
import { maximum } from "../../primitives/maximum.ts";
import { minimum } from "../../primitives/minimum.ts";
import { mul } from "../../primitives/mul.ts";
import { neg } from "../../primitives/neg.ts";
import { reshape } from "../../primitives/reshape.ts";
import { slice } from "../../primitives/slice-pad.ts";
import { stopGradient } from "../../primitives/stop-gradient.ts";
import { sub } from "../../primitives/sub.ts";
import { where } from "../../primitives/where.ts";
import { isFinite, isNaN } from "../activations.ts";
import { associativeScan } from "../associative-scan.ts";
import { fullLike } from "../create.ts";
import { flatPlaces, takeAlongAxis } from "../take-along-axis.ts";
import { countedIndices } from "./indices.ts";
import { addAt, setAt, writersOf } from "./write-at.ts";

export interface IndexOptions {
  /** 0 by default. */
  readonly axis?: number | undefined;
}

/**
 * Elements of `x` by indices along `axis` (0 by default): with one axis of indices, the slices that they name; with as many
 * axes as `x`, one element for each index, as `takeAlongAxis`.
 *
 * @throws DTypeError or ShapeError if `indices` is not int32 or does not fit; ValueError if an index is out of range.
 * @example
 * gather(tensor([10, 20, 30]), tensor([2, 0, 2], { dtype: "int32" }));   // [30, 10, 30]
 */
export function gather(x: Tensor, indices: Tensor, options: IndexOptions = {}): Tensor {
  const { axis = 0 } = options;
  if (requireTensor("gather", indices).rank === 1 && requireTensor("gather", x).rank > 0) {
    return gatherSlices(x, indices, { axis });
  }
  const vector = x.rank === 0 ? reshape(x, [1]) : x;
  const places = indices.rank === 0 && vector.rank === 1 ? reshape(indices, [1]) : indices;
  return reshape(takeAlongAxis(vector, places, { axis }), indices.shape);
}

/** A tensor, indices along `axis` of its rank, and values, of which a block in the shape of the indices counts. */
interface Target {
  readonly x: Tensor;
  readonly places: Tensor;
  readonly values: Tensor;
}

function target(
  op: string,
  x: Tensor,
  indices: Tensor,
  values: Tensor | number,
  axis: number,
): Target {
  const vector = requireTensor(op, x).rank === 0 ? reshape(x, [1]) : x;
  const own = normalizeAxis(op, vector.shape, axis);
  const given = requireTensor(op, indices).rank === 0 ? reshape(indices, [1]) : indices;
  const places = flatPlaces(op, vector.shape, given, own);
  if (!(values instanceof Tensor)) {
    return { x: vector, places, values: splat({ shape: given.shape, dtype: x.dtype }, values) };
  }
  const source = values.rank === 0 ? reshape(values, [1]) : values;
  if (source.rank !== given.rank || source.shape.some((n, i) => n < given.shape[i])) {
    throw new ShapeError(op, { values: source.shape, indices: given.shape }, (d) => {
      return `values of shape ${formatShape(d.values)} do not cover indices of shape ${formatShape(d.indices)}. Give at least one for each index.`;
    });
  }
  const block = slice(source, { starts: given.shape.map(() => 0), sizes: given.shape });
  return { x: vector, places, values: cast(block, x.dtype) };
}

/**
 * `x` with `values`, a tensor or a number, at `indices` along `axis` (0 by default).
 *
 * - shapes: indices (int32) of the rank of `x`, no longer than it outside of the axis; of the values a block in the shape of
 *   the indices counts; result and dtype as `x`
 * - negative indices count from the end; of several values for one place the last stands
 * - derivative: the cotangent, 0 where it was replaced; for the values that stand, the cotangent at their place
 *
 * @throws DTypeError if the indices are not int32; ShapeError if the shapes do not fit; ValueError if an index is out of range.
 * @example
 * scatter(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: "int32" }), 9, { axis: 1 });   // [[1, 9], [9, 4]]
 */
export function scatter(
  x: Tensor,
  indices: Tensor,
  values: Tensor | number,
  options: IndexOptions = {},
): Tensor {
  const {
    x: vector,
    places,
    values: block,
  } = target("scatter", x, indices, values, options.axis ?? 0);
  return reshape(setAt("scatter", vector, places, block), x.shape);
}

/**
 * `x` with `values` added at `indices` along `axis`; or, without `x`, zeros of length `size` with slices added.
 *
 * @throws DTypeError or ShapeError if the operands do not fit; ValueError if an index is out of range.
 * @example
 * scatterAdd(tensor([1, 2, 3]), tensor([0, 2, 0], { dtype: "int32" }), { size: 3 });   // [4, 0, 2]
 */
export function scatterAdd(
  updates: Tensor,
  indices: Tensor,
  options: IndexOptions & { readonly size: number },
): Tensor;
export function scatterAdd(
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  options?: IndexOptions,
): Tensor;
export function scatterAdd(
  x: Tensor,
  indices: Tensor,
  third: Tensor | (IndexOptions & { readonly size: number }),
  options: IndexOptions = {},
): Tensor {
  if (!(third instanceof Tensor)) {
    return scatterSlices(x, indices, { size: third.size, axis: third.axis ?? 0 });
  }
  const { x: vector, places, values } = target("scatterAdd", x, indices, third, options.axis ?? 0);
  return reshape(addAt(vector, places, values), x.shape);
}

export interface ScatterReduceOptions extends IndexOptions {
  readonly reduce: "sum" | "mean" | "prod" | "amax" | "amin";
  /** Whether the element of `x` takes part; true by default. Elements without a value stay in either case. */
  readonly includeSelf?: boolean | undefined;
}

/**
 * `x` with the values for each place reduced into it.
 *
 * - shape and dtype: those of `x`; values are cast. The mean of integers is rounded down
 * - "amax" and "amin" of a NaN are NaN
 * - derivative: for "amax" and "amin" elements that tie share it; for "prod" it is right at zeros, to every order
 *
 * @throws as `scatter`; ValueError if the reduction is not known.
 * @example
 * scatterReduce(tensor([1, 2]), tensor([0, 0], { dtype: "int32" }), tensor([5, 3]), { reduce: "amax" });   // [5, 2]
 */
export function scatterReduce(
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  options: ScatterReduceOptions,
): Tensor {
  const op = "scatterReduce";
  const { reduce, includeSelf = true, axis = 0 } = options;
  const { x: vector, places, values: block } = target(op, x, indices, values, axis);
  if (places.size === 0) return x;
  const group: Group = {
    self: reshape(vector, [-1]),
    places: reshape(places, [-1]),
    values: reshape(block, [-1]),
    includeSelf,
  };
  const reducer = REDUCERS[reduce];
  if (reducer === undefined) {
    throw new ValueError(op, { reduce }, (d) => {
      return `the reduction ${JSON.stringify(d.reduce)} is not known. Use one of ${Object.keys(REDUCERS).join(", ")}.`;
    });
  }
  const isTouched = greater(counts(group), 0);
  const reduced = where(isTouched, cast(reducer(group), x.dtype), group.self);
  return reshape(reduced, x.shape);
}

/** Vectors: what stands at each place, and which values go where. */
interface Group {
  readonly self: Tensor;
  readonly places: Tensor;
  readonly values: Tensor;
  readonly includeSelf: boolean;
}

function counts({ self, places }: Group): Tensor {
  return scatterSlices(splat({ shape: places.shape, dtype: "int32" }, 1), places, {
    size: self.size,
  });
}

function sums({ self, places, values }: Group): Tensor {
  return scatterSlices(values, places, { size: self.size });
}

const REDUCERS: Readonly<Record<ScatterReduceOptions["reduce"], (group: Group) => Tensor>> = {
  sum: (group) => total(group),
  mean: (group) => {
    const count = add(counts(group), group.includeSelf ? 1 : 0);
    return quotient(total(group), maximum(count, 1), group.self.dtype);
  },
  prod: (group) => {
    const products = segmentProducts(group);
    return group.includeSelf ? mul(group.self, products) : products;
  },
  amax: (group) => extreme(group, false),
  amin: (group) => extreme(group, true),
};

function total(group: Group): Tensor {
  const sum = sums(group);
  return group.includeSelf ? add(group.self, sum) : sum;
}

/** Means of integers are rounded down, as PyTorch's. A float64 quotient of two int32 is on the right side of an integer. */
function quotient(sum: Tensor, count: Tensor, dtype: DType): Tensor {
  if (isFloating(dtype)) return div(sum, cast(count, dtype));
  return floor(div(cast(sum, "float64"), cast(count, "float64")));
}

/** The product of the values of each place: all values by place, and a scan that starts again where the place changes. */
function segmentProducts({ self, places, values }: Group): Tensor {
  const order = argSort(places);
  const sorted = gatherSlices(places, order);
  const n = sorted.size;
  const before = concatenate([
    splat({ shape: [1], dtype: "int32" }, -1),
    slice(sorted, { starts: [0], sizes: [n - 1] }),
  ]);
  const scan = associativeScan<{ readonly starts: Tensor; readonly product: Tensor }>(
    (a, b) => ({
      starts: where(b.starts, true, a.starts),
      // not a choice between two products: the cotangent 0 of the other one would meet its infinities
      product: mul(where(b.starts, 1, a.product), b.product),
    }),
    { starts: notEqual(sorted, before), product: gatherSlices(values, order) },
  );
  const last = writersOf("scatterReduce", sorted, self.size);
  const products = gatherSlices(scan.product, maximum(last, 0));
  return where(greaterEqual(last, 0), products, 1);
}

/**
 * The largest (or smallest) value of each place: by order, the last one to be written. Equal ones share the derivative.
 *
 * The value is that of the winner; what ties only adds differences, which are 0, so that a mean is not rounded. From an
 * infinity there is no difference: there the mean itself is exact.
 */
function extreme(group: Group, smallest: boolean): Tensor {
  const { self, places, values, includeSelf } = group;
  const { dtype, size } = self;
  const order = ascending(values, smallest);
  const writer = writersOf("scatterReduce", gatherSlices(places, order), size);
  const best = gatherSlices(values, gatherSlices(order, maximum(writer, 0)));
  const whole = includeSelf ? (smallest ? minimum(best, self) : maximum(best, self)) : best;
  const fixed = stopGradient(where(greaterEqual(writer, 0), whole, self));
  if (!isFloating(dtype)) return fixed;
  const base = where(isFinite(fixed), fixed, 0);
  const isTied = same(values, gatherSlices(fixed, places));
  const difference = where(isTied, sub(values, gatherSlices(base, places)), 0);
  const sum = scatterSlices(difference, places, { size });
  const ties = scatterSlices(cast(isTied, dtype), places, { size });
  if (!includeSelf) return add(base, div(sum, maximum(ties, 1)));
  const isOwn = same(self, fixed);
  const total = add(sum, where(isOwn, sub(self, base), 0));
  return add(base, div(total, maximum(add(ties, cast(isOwn, dtype)), 1)));
}

/** The order in which the winner comes last; NaN wins over everything. */
function ascending(values: Tensor, smallest: boolean): Tensor {
  if (!smallest) return argSort(values);
  return isFloating(values.dtype) ? argSort(neg(values)) : argSort(values, { descending: true });
}

/** Where both are equal, or both NaN. */
function same(a: Tensor, b: Tensor): Tensor {
  return where(isNaN(a), isNaN(b), equal(a, b));
}

/**
 * `x` with the slices of `values`, times α (1 by default), added at `indices` [n] along `axis` (0 by default).
 *
 * - shape and dtype: those of `x`; the values have its shape with n slices
 * - derivative: the cotangent; for the values its slices at the indices, times α
 *
 * @throws DTypeError if the indices are not int32; ShapeError if the values do not fit; ValueError if an index is out of range.
 * @example
 * indexAdd(tensor([1, 2, 3]), tensor([0, 0], { dtype: "int32" }), tensor([10, 20]));   // [31, 2, 3]
 */
export function indexAdd(
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  options: IndexOptions & { readonly alpha?: number | undefined } = {},
): Tensor {
  const { axis = 0, alpha = 1 } = options;
  return bySlices("indexAdd", x, indices, values, axis, (vector, index, slices, own) => {
    const scaled = alpha === 1 ? slices : mul(slices, alpha);
    const sums = scatterSlices(scaled, index, { size: vector.shape[own], axis: own });
    return cast(add(vector, sums), vector.dtype);
  });
}

/**
 * `x` with slices replaced by those of `values` at `indices` [n] along `axis` (0 by default); the last of several stands.
 *
 * - shape and dtype: those of `x`; the values have its shape with n slices
 * - derivative: the cotangent, 0 where it was replaced; for the slices that stand, that of their place
 *
 * @throws as `indexAdd`.
 * @example
 * indexCopy(tensor([1, 2, 3]), tensor([2, 0], { dtype: "int32" }), tensor([7, 8]));   // [8, 2, 7]
 */
export function indexCopy(
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  options: IndexOptions = {},
): Tensor {
  const op = "indexCopy";
  return bySlices(op, x, indices, values, options.axis ?? 0, (vector, index, slices, own) => {
    if (index.size === 0) return vector;
    const writer = writersOf(op, index, vector.shape[own]);
    const written = gatherSlices(slices, maximum(writer, 0), { axis: own });
    const isWritten = reshape(
      greaterEqual(writer, 0),
      vector.shape.map((n, i) => (i === own ? n : 1)),
    );
    return where(isWritten, cast(written, vector.dtype), vector);
  });
}

/**
 * `x` with slices at `indices` [n] along `axis` (0 by default) filled with a number or a scalar tensor.
 *
 * - shape and dtype: those of `x`, to which the value is cast
 * - derivative: the cotangent, 0 where it was filled; for the value the sum of the others
 *
 * @throws DTypeError if the indices are not int32; ValueError if an index is out of range.
 * @example
 * indexFill(tensor([1, 2, 3]), tensor([0, 2], { dtype: "int32" }), 9);   // [9, 2, 9]
 */
export function indexFill(
  x: Tensor,
  indices: Tensor,
  value: Tensor | number,
  options: IndexOptions = {},
): Tensor {
  const op = "indexFill";
  return bySlices(op, x, indices, x, options.axis ?? 0, (vector, index, _, own) => {
    const isWritten = greaterEqual(writersOf(op, index, vector.shape[own]), 0);
    return where(
      reshape(
        isWritten,
        vector.shape.map((n, i) => (i === own ? n : 1)),
      ),
      typeof value === "number" ? fullLike(vector, value) : cast(value, vector.dtype),
      vector,
    );
  });
}

function bySlices(
  op: string,
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  axis: number,
  write: (vector: Tensor, index: Tensor, slices: Tensor, axis: number) => Tensor,
): Tensor {
  const vector = requireTensor(op, x).rank === 0 ? reshape(x, [1]) : x;
  const own = normalizeAxis(op, vector.shape, axis);
  const along = { length: vector.shape[own], axis: own };
  const index = reshape(countedIndices(op, indices, along), [-1]);
  const shape: Shape = vector.shape.map((n, i) => (i === own ? index.size : n));
  const isAlike = sameShape(values.shape, shape) || (values.rank === 0 && index.size === 1);
  if (values !== x && !(isAlike && values.size === sizeOf(shape))) {
    throw new ShapeError(op, { values: values.shape, expected: shape }, (d) => {
      return `values of shape ${formatShape(d.values)} are no slices for ${index.size} indices, which have shape ${formatShape(d.expected)}. Give one slice for each index.`;
    });
  }
  const slices = values === x ? vector : reshape(values, shape);
  return reshape(write(vector, index, slices, own), x.shape);
}
