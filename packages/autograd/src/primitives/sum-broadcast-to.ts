/**
 * @file sum and broadcastTo, each the transpose of the other.
 *
 * The primitives keep the rank: `sum` leaves reduced axes with size 1, `broadcastTo` stretches axes of
 * size 1. `reshape` does the rest, so each is exactly the other's transpose.
 */
import { alignRank, broadcastShapes, stretchedAxes } from "../array/broadcast.ts";
import {
  checkShape,
  formatShape,
  keptShape,
  normalizeAxes,
  removedShape,
  type Shape,
  sameShape,
} from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { cast } from "./cast.ts";
import { linear } from "./define.ts";
import { reshape } from "./reshape.ts";

/** Which axes a reduction takes, and whether they stay with size 1. */
export interface ReduceOptions {
  /** All axes by default; negative ones count from the end. */
  readonly axes?: number | readonly number[];
  /** false by default. */
  readonly keepDims?: boolean;
}

/**
 * Sum over `axes` (all axes by default).
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`
 * - dtype: that of `x`; bools are counted as int32. float32 accumulates in float64 and rounds once
 * - derivative: the cotangent at every summed element; an empty sum is 0
 *
 * @throws AxisError if an axis does not exist or is named twice.
 * @example
 * sum(tensor([[1, 2], [3, 4]]), { axes: 0 });   // [4, 6]
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("sum", x.shape, options.axes);
  const summand = x.dtype === "bool" ? cast(x, "int32") : x;
  const kept = axes.length === 0 ? summand : bind(sumPrimitive, [summand], { axes });
  return options.keepDims === true ? kept : reshape(kept, removedShape(x.shape, axes));
}

/**
 * `x` stretched to `shape` by NumPy's rule: missing leading axes and axes of size 1 repeat.
 *
 * - dtype: that of `x`; no copy is made
 * - derivative: the sum of the cotangent over the stretched axes
 *
 * @throws ShapeError if `x` does not broadcast to `shape`.
 * @example
 * broadcastTo(tensor([1, 2]), [3, 2]);   // [[1, 2], [1, 2], [1, 2]]
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  const target = checkShape("broadcastTo", shape);
  if (!sameShape(broadcastShapes("broadcastTo", x.shape, target), target)) {
    throw new ShapeError("broadcastTo", { from: x.shape, to: target }, ({ from, to }) => {
      return `shape ${formatShape(from)} does not stretch to ${formatShape(to)}: it would have to shrink. Reduce it instead, or swap the two.`;
    });
  }
  return stretch(reshape(x, alignRank(x.shape, target.length)), target);
}

/** `broadcastTo` for a shape of equal rank that is known to fit. */
export function stretch(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : bind(broadcastToPrimitive, [x], { shape });
}

export const sumPrimitive: Primitive<{ axes: readonly number[] }> = linear({
  name: "sum",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { axes: [0] }, shapes: [[3, 2]] },
    { params: { axes: [1] }, shapes: [[2, 3]] },
    { params: { axes: [0, 2] }, shapes: [[2, 3, 2]] },
    { params: { axes: [1] }, shapes: [[2, 3, 2]] },
    { params: { axes: [0, 1] }, shapes: [[2, 2]] },
    { params: { axes: [0] }, shapes: [[1, 3]] },
    { params: { axes: [0] }, shapes: [[0, 3]] },
  ],
  abstractEval: ([x], { axes }) => ({ shape: keptShape(x.shape, axes), dtype: x.dtype }),
  kernel: ({ axes }) => ({ kind: "reduce", combine: "add", axes }),
  transpose: (cotangent, { avals }) => stretch(cotangent, avals[0].shape),
});

export const broadcastToPrimitive: Primitive<{ shape: Shape }> = linear({
  name: "broadcastTo",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { shape: [3, 2] }, shapes: [[1, 2]] },
    { params: { shape: [3, 2] }, shapes: [[3, 1]] },
    { params: { shape: [2, 3, 2] }, shapes: [[1, 3, 1]] },
    { params: { shape: [0, 2] }, shapes: [[1, 2]] },
  ],
  abstractEval: ([x], { shape }) => {
    const fits = x.shape.length === shape.length;
    if (!fits || !shape.every((n, axis) => x.shape[axis] === n || x.shape[axis] === 1)) {
      throw new ShapeError("broadcastTo", { from: x.shape, to: shape }, ({ from, to }) => {
        return `the primitive stretches axes of size 1 at equal rank, not ${formatShape(from)} to ${formatShape(to)}. Reshape first, or call the function \`broadcastTo\`, which does.`;
      });
    }
    return { shape, dtype: x.dtype };
  },
  kernel: ({ shape }) => ({ kind: "view", transform: { type: "stretch", shape } }),
  transpose: (cotangent, { avals }) => {
    const axes = stretchedAxes(avals[0].shape, cotangent.shape);
    return sum(cotangent, { axes, keepDims: true });
  },
});
