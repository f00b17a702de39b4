/** @file scatterReduce: sums, means, products and extremes of the values that go to one place. */
import { type DType, isFloating } from "../../array/dtype.ts";
import { splat, type Tensor } from "../../core/tensor.ts";
import { ValueError } from "../../errors.ts";
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
import { writersOf } from "./write-at.ts";
import { type IndexOptions, targetOf } from "./scatter.ts";

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
  const { x: vector, places, values: block } = targetOf(op, x, indices, values, axis);
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
 * The value is that of the winner; what ties only takes differences away, which are 0, so that a mean is not rounded
 * and -0 stays -0. From an infinity there is no difference: there the mean itself is exact.
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
  const difference = where(isTied, sub(gatherSlices(base, places), values), 0);
  const sum = scatterSlices(difference, places, { size });
  const ties = scatterSlices(cast(isTied, dtype), places, { size });
  if (!includeSelf) return sub(base, div(sum, maximum(ties, 1)));
  const isOwn = same(self, fixed);
  const total = add(sum, where(isOwn, sub(base, self), 0));
  return sub(base, div(total, maximum(add(ties, cast(isOwn, dtype)), 1)));
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
