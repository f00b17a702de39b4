/** @file reshape: the same elements in row-major order under another shape. */
import {
  checkShape,
  formatShape,
  isLength,
  type Shape,
  sameShape,
  sizeOf,
} from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { linear } from "./define.ts";

/**
 * The elements of `x` in row-major order under another shape.
 *
 * - shape: as given; one length may be -1 and follows from the others; dtype: that of `x`
 * - derivative: the cotangent in the shape of `x`
 * - no copy, unless the strides of `x` cannot express the new shape
 *
 * @throws ShapeError if the sizes differ, or -1 stands twice or cannot be worked out.
 * @example
 * reshape(tensor([1, 2, 3, 4]), [2, -1]);   // [[1, 2], [3, 4]]
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = resolve(x.shape, shape);
  return sameShape(x.shape, target) ? x : bind(reshapePrimitive, [x], { shape: target });
}

function resolve(from: Shape, to: Shape): Shape {
  const open = Array.isArray(to) ? to.indexOf(-1) : -1;
  if (open < 0) {
    const target = checkShape("reshape", to);
    if (sizeOf(target) !== sizeOf(from)) throw misfit(from, target);
    return target;
  }
  const known = to.with(open, 1);
  if (!known.every(isLength)) {
    throw new ShapeError("reshape", { from, to }, () => {
      return `${formatShape(to)} is not a shape. Use integers that are 0 or more, and -1 at most once.`;
    });
  }
  const length = sizeOf(from) / sizeOf(known);
  if (!isLength(length)) throw misfit(from, to);
  return known.with(open, length);
}

function misfit(from: Shape, to: Shape): ShapeError {
  return new ShapeError("reshape", { from, to }, () => {
    const size = sizeOf(from);
    return `shape ${formatShape(from)} has ${size} elements, which do not fit ${formatShape(to)}. Use lengths whose product is ${size}.`;
  });
}

export const reshapePrimitive: Primitive<{ shape: Shape }> = linear({
  name: "reshape",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { shape: [3, 2] }, shapes: [[2, 3]] },
    { params: { shape: [1, 4, 1] }, shapes: [[2, 2]] },
    { params: { shape: [] }, shapes: [[1, 1]] },
    { params: { shape: [0, 5] }, shapes: [[3, 0]] },
    { params: { shape: [2, 2, 3] }, shapes: [[4, 3]] },
  ],
  abstractEval: ([x], { shape }) => {
    if (sizeOf(x.shape) !== sizeOf(shape)) throw misfit(x.shape, shape);
    return { shape, dtype: x.dtype };
  },
  kernel: ({ shape }) => ({ kind: "view", transform: { type: "reshape", shape } }),
  transpose: (cotangent, { avals }) => reshape(cotangent, avals[0].shape),
});
