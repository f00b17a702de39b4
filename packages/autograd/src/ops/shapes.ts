/**
 * @file Composites that change a shape only: axes put in and taken away, joined and divided, stretched.
 */
import {
  formatShape,
  normalizeAxes,
  normalizeAxis,
  removedShape,
  type Shape,
  sameShape,
  sizeOf,
} from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import { Tensor } from "../core/tensor.ts";
import { AxisError, ShapeError } from "../errors.ts";
import { cast } from "../primitives/cast.ts";
import { concatenate } from "../primitives/concatenate.ts";
import type { TensorLike } from "../primitives/door.ts";
import { reshape } from "../primitives/reshape.ts";
import { broadcastTo, sum } from "../primitives/sum-broadcast-to.ts";
import { fullLike } from "./create.ts";

/**
 * `x` with a new axis of size 1 before `axis`, from -rank - 1 to rank.
 *
 * - derivative: the cotangent without that axis; all that only changes a shape gives it back its own
 *
 * @throws AxisError if the axis is none of these.
 * @example
 * expandDims(tensor([1, 2]), -1);   // [[1], [2]]
 */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = newAxis("expandDims", x.shape, axis);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** The place of a new axis of `shape`, counted from the front. */
function newAxis(op: string, shape: Shape, axis: number): number {
  const rank = shape.length;
  if (Number.isInteger(axis) && axis >= -rank - 1 && axis <= rank) {
    return axis < 0 ? axis + rank + 1 : axis;
  }
  throw new AxisError(op, { axis, shape }, () => {
    return `a new axis of shape ${formatShape(shape)} cannot stand at ${axis}. Use a place from ${-rank - 1} to ${rank}.`;
  });
}

/**
 * `x` without its axes of size 1, all of them or those that are named.
 *
 * @throws ShapeError if a named axis has another size; AxisError if it does not exist.
 * @example
 * squeeze(tensor([[1], [2]]), 1);   // [1, 2]
 */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  const chosen =
    axes === undefined
      ? x.shape.map((_, axis) => axis).filter((axis) => x.shape[axis] === 1)
      : normalizeAxes("squeeze", x.shape, axes);
  const bad = chosen.find((axis) => x.shape[axis] !== 1);
  if (bad !== undefined) {
    throw new ShapeError("squeeze", { shape: x.shape, axis: bad }, ({ shape, axis }) => {
      return `axis ${axis} of shape ${formatShape(shape)} has size ${shape[axis]}, not 1. Squeeze axes of size 1 only, or reduce this one.`;
    });
  }
  return reshape(x, removedShape(x.shape, chosen));
}

/**
 * Tensors of equal shape along a new axis (0 by default).
 *
 * - shape: with the count of tensors as the new length; dtype: promoted
 * - derivative: each tensor has its slice of the cotangent
 *
 * @throws ShapeError if there is none, or the shapes differ; AxisError if the new axis cannot stand there.
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])], { axis: 1 });   // [[1, 3], [2, 4]]
 */
export function stack(
  tensors: readonly Tensor[],
  options: { readonly axis?: number } = {},
): Tensor {
  const [first] = tensors;
  if (first === undefined) {
    throw new ShapeError("stack", { count: 0 }, () => {
      return "there is nothing to put together. Pass at least one tensor.";
    });
  }
  const other = tensors.find((x) => !sameShape(x.shape, first.shape));
  if (other !== undefined) {
    throw new ShapeError("stack", { a: first.shape, b: other.shape }, ({ a, b }) => {
      return `shapes ${formatShape(a)} and ${formatShape(b)} differ. Give all tensors one shape.`;
    });
  }
  const at = newAxis("stack", first.shape, options.axis ?? 0);
  return concatenate(
    tensors.map((x) => expandDims(x, at)),
    { axis: at },
  );
}

/** Which axes become one; all by default. */
export interface FlattenOptions {
  readonly start?: number | undefined;
  /** Included. */
  readonly end?: number | undefined;
}

/**
 * The elements of neighbouring axes (all by default) in one axis, in row-major order; a scalar as a vector.
 *
 * @throws AxisError if an axis does not exist, or the first is behind the last.
 * @example
 * flatten(zeros([2, 3, 4]), { start: 1 }).shape;   // [2, 12]
 */
export function flatten(x: Tensor, options: FlattenOptions = {}): Tensor {
  if (x.rank === 0) return reshape(x, [1]);
  const start = normalizeAxis("flatten", x.shape, options.start ?? 0);
  const end = normalizeAxis("flatten", x.shape, options.end ?? -1);
  if (start > end) {
    throw new AxisError("flatten", { start, end, shape: x.shape }, (d) => {
      return `axis ${d.start} of shape ${formatShape(d.shape)} is behind axis ${d.end}. Name the first axis as the start.`;
    });
  }
  const size = sizeOf(x.shape.slice(start, end + 1));
  return reshape(x, [...x.shape.slice(0, start), size, ...x.shape.slice(end + 1)]);
}

/**
 * One axis as several, in row-major order; one of the sizes may be -1.
 *
 * @throws AxisError if the axis does not exist; ShapeError if the sizes do not fit its length.
 * @example
 * unflatten(tensor([1, 2, 3, 4]), 0, [2, -1]);   // [[1, 2], [3, 4]]
 */
export function unflatten(x: Tensor, axis: number, sizes: Shape): Tensor {
  const own = normalizeAxis("unflatten", x.shape, axis);
  return reshape(x, [...x.shape.slice(0, own), ...sizes, ...x.shape.slice(own + 1)]);
}

/**
 * `x` stretched to `shape`, in which -1 leaves an axis as it is; no copy is made.
 *
 * - derivative: the sum of the cotangent over the stretched axes
 *
 * @throws ShapeError if `x` does not broadcast to the shape, or a new axis has no length.
 * @example
 * expand(tensor([[1], [2]]), [-1, 2]);   // [[1, 1], [2, 2]]
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const extra = shape.length - requireTensor("expand", x).rank;
  const unknown = shape.findIndex((n, axis) => n === -1 && axis < extra);
  if (unknown >= 0) {
    throw new ShapeError("expand", { from: x.shape, to: shape, axis: unknown }, (d) => {
      return `${formatShape(d.to)} leaves axis ${d.axis} as it is, which shape ${formatShape(d.from)} does not have. Give new axes a length.`;
    });
  }
  return broadcastTo(
    x,
    shape.map((n, axis) => (n === -1 ? x.shape[axis - extra] : n)),
  );
}

/**
 * `x` summed to a shape that broadcasts to its own: the transpose of `broadcastTo`.
 *
 * - dtype: that of `x`; bools are counted as int32
 * - derivative: the cotangent, stretched
 *
 * @throws ShapeError if the shape does not broadcast to that of `x`.
 * @example
 * sumToSize(tensor([[1, 2], [3, 4]]), [2, 1]);   // [[3], [7]]
 */
export function sumToSize(x: Tensor, shape: Shape): Tensor {
  const extra = requireTensor("sumToSize", x).rank - shape.length;
  const fits = extra >= 0 && shape.every((n, i) => n === 1 || n === x.shape[i + extra]);
  if (!fits) {
    throw new ShapeError("sumToSize", { found: x.shape, shape }, (d) => {
      return `shape ${formatShape(d.found)} cannot be summed to ${formatShape(d.shape)}. Use a shape that broadcasts to it.`;
    });
  }
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || shape[axis - extra] !== x.shape[axis]);
  return axes.length === 0 ? x : reshape(sum(x, { axes, keepDims: true }), shape);
}

/** `reshape` to the shape of `other`. @throws as `reshape`. */
export function reshapeAs(x: Tensor, other: Tensor): Tensor {
  return reshape(x, requireTensor("reshapeAs", other).shape);
}

/** `broadcastTo` the shape of `other`. @throws as `broadcastTo`. */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  return broadcastTo(x, requireTensor("expandAs", other).shape);
}

/** `x` itself: a tensor never changes, so that nobody needs a copy. */
export function clone(x: Tensor): Tensor {
  return requireTensor("clone", x);
}

/** `x` itself: how its numbers lie in memory is no part of its meaning. */
export function contiguous(x: Tensor): Tensor {
  return requireTensor("contiguous", x);
}

/**
 * `value`, a number or a scalar tensor, at every index.
 *
 * - shape and dtype: those of `x`, to which the value is cast
 * - derivative: 0 for `x`; for the value the sum of the cotangent
 *
 * @throws ShapeError if the value has more than one element.
 * @example
 * fill(tensor([1, 2]), 7);   // [7, 7]
 */
export function fill(x: Tensor, value: TensorLike): Tensor {
  const { shape, dtype } = requireTensor("fill", x);
  if (!(value instanceof Tensor)) return fullLike(x, Number(value));
  if (value.rank === 0) return broadcastTo(cast(value, dtype), shape);
  throw new ShapeError("fill", { shape: value.shape }, (d) => {
    return `a value of shape ${formatShape(d.shape)} cannot stand at every index. Use a number or a scalar tensor.`;
  });
}
