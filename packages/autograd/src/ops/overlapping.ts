/** @file Elements that may stand more than once in what is read: windows along an axis, and any strides. */
import { checkShape, formatShape, normalizeAxis, type Shape, sizeOf } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { reshape } from "../primitives/reshape.ts";
import { tensor } from "./create.ts";
import { movedim } from "./rearranging.ts";

/** Windows along an axis. */
export interface WindowOptions {
  readonly axis: number;
  readonly size: number;
  readonly step: number;
}

/**
 * All windows of `size` elements along `axis`, `step` apart, as a last axis.
 *
 * - shape: [..., count, ..., size]; what is left behind the last window is not read
 * - derivative: the cotangents of an element in all windows add up
 *
 * @throws ShapeError if no window fits; AxisError if the axis does not exist.
 */
export function windowsAlong(x: Tensor, options: WindowOptions): Tensor {
  const op = "unfold";
  const { size, step } = options;
  const { shape } = requireTensor(op, x);
  const vector = shape.length === 0 ? reshape(x, [1]) : x;
  const axis = normalizeAxis(op, vector.shape, options.axis);
  const n = vector.shape[axis];
  if (!(size >= 0 && size <= n && step >= 1)) {
    throw new ShapeError(op, { shape, size, step }, (d) => {
      return `shape ${formatShape(d.shape)} has no windows of ${d.size} elements ${d.step} apart along axis ${axis}. Use a size up to its length, and a positive step.`;
    });
  }
  const count = Math.floor((n - size) / step) + 1;
  const places = Array.from(
    { length: count * size },
    (_, i) => Math.floor(i / size) * step + (i % size),
  );
  const found = gather(vector, tensor(Int32Array.from(places)), { axis });
  const rest = vector.shape.slice(axis + 1);
  const apart = reshape(found, [...vector.shape.slice(0, axis), count, size, ...rest]);
  const windows = movedim(apart, axis + 1, -1);
  return shape.length === 0 ? reshape(windows, [size]) : windows;
}

/**
 * The elements of `x`, in row-major order, at the places offset + Σ index · stride.
 *
 * - shape: `size`; an element may stand in several places. How `x` lies in memory makes no difference
 * - derivative: the cotangents of an element add up
 *
 * @throws ShapeError if there is not a stride for each axis; ValueError if a place does not exist.
 * @example
 * asStrided(tensor([1, 2, 3]), { size: [2, 2], stride: [1, 1] });   // [[1, 2], [2, 3]]
 */
export function asStrided(
  x: Tensor,
  options: {
    readonly size: Shape;
    readonly stride: readonly number[];
    readonly offset?: number | undefined;
  },
): Tensor {
  const { stride, offset = 0 } = options;
  const size = checkShape("asStrided", options.size);
  if (stride.length !== size.length) {
    throw new ShapeError("asStrided", { size, stride }, (d) => {
      return `size ${formatShape(d.size)} and stride ${formatShape(d.stride)} have other lengths. Give one stride for each axis.`;
    });
  }
  const places = new Int32Array(sizeOf(size));
  const index = size.map(() => 0);
  for (let at = 0; at < places.length; at++) {
    places[at] = index.reduce((place, i, axis) => place + i * stride[axis], offset);
    for (let axis = size.length - 1; axis >= 0; axis--) {
      if (++index[axis] < size[axis]) break;
      index[axis] = 0;
    }
  }
  const flat = reshape(requireTensor("asStrided", x), [-1]);
  return reshape(gather(flat, tensor(places)), size);
}
