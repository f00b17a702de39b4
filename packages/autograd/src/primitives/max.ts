/** @file max: the largest element along axes. */
import {
  formatShape,
  keptShape,
  normalizeAxes,
  removedShape,
  type Shape,
  sizeOf,
} from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { cast } from "./cast.ts";
import { equal } from "./compare.ts";
import { custom } from "./define.ts";
import { div } from "./div.ts";
import { mul } from "./mul.ts";
import { reshape } from "./reshape.ts";
import { type ReduceOptions, stretch, sum } from "./sum-broadcast-to.ts";

/**
 * The largest element along `axes` (all axes by default).
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`
 * - NaN among the elements gives NaN
 * - derivative: the cotangent goes to the largest element; elements that tie share it equally
 *
 * @throws ShapeError if an element of the result has nothing to choose from; AxisError if an axis does not exist.
 * @example
 * max(tensor([[1, 5], [7, 2]]), { axes: 1 });   // [5, 7]
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("max", x.shape, options.axes);
  const kept = axes.length === 0 ? x : bind(maxPrimitive, [x], { axes });
  return options.keepDims === true ? kept : reshape(kept, removedShape(x.shape, axes));
}

/** @throws ShapeError if reducing `axes` of `shape` would reduce nothing to something. */
export function requireElements(op: string, shape: Shape, axes: readonly number[]): void {
  if (sizeOf(shape) > 0 || sizeOf(keptShape(shape, axes)) === 0) return;
  throw new ShapeError(op, { shape, axes }, () => {
    return `shape ${formatShape(shape)} has no elements along axes ${formatShape(axes)}, which leaves ${op} without a value. Reduce axes whose size is at least 1.`;
  });
}

export const maxPrimitive: Primitive<{ axes: readonly number[] }> = custom({
  name: "max",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { axes: [0] }, shapes: [[3, 2]] },
    { params: { axes: [1] }, shapes: [[2, 4]] },
    { params: { axes: [0, 2] }, shapes: [[2, 2, 2]] },
    { params: { axes: [0] }, shapes: [[2, 0]] },
  ],
  residuals: [0, "output"],
  abstractEval: ([x], { axes }) => {
    requireElements("max", x.shape, axes);
    return { shape: keptShape(x.shape, axes), dtype: x.dtype };
  },
  kernel: ({ axes }) => ({ kind: "reduce", combine: "maximum", axes }),
  vjp: ([cotangent], { primals: [x], output, params }) => {
    return [cotangent && mul(shares(x, output, params.axes), stretch(cotangent, x.shape))];
  },
  jvp: ([tangent], { primals: [x], output, params: { axes } }) => {
    return [tangent && sum(mul(shares(x, output, axes), tangent), { axes, keepDims: true })];
  },
});

/** What part of the derivative each element has: 1 / ties where it is largest, else 0. */
function shares(x: Tensor, largest: Tensor, axes: readonly number[]): Tensor {
  const mask = cast(equal(x, stretch(largest, x.shape)), x.dtype);
  return div(mask, stretch(sum(mask, { axes, keepDims: true }), x.shape));
}
