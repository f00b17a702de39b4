/** @file The same elements in another order: flips, rolls, repetitions, moved axes, windows as an axis. */
import {
  checkShape,
  formatShape,
  isLength,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sizeOf,
} from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { broadcastTo, sum } from "../primitives/sum-broadcast-to.ts";
import { transpose } from "../primitives/transpose.ts";
import { tensor } from "./create.ts";
import { narrow } from "./splitting.ts";

/**
 * The elements along `axes` (all by default) from the last to the first.
 *
 * - shape and dtype: those of `x`; a view
 * - derivative: the cotangent, flipped back
 *
 * @throws AxisError if an axis does not exist or is named twice.
 * @example
 * flip(tensor([[1, 2], [3, 4]]), { axes: 0 });   // [[3, 4], [1, 2]]
 */
export function flip(
  x: Tensor,
  options: { readonly axes?: number | readonly number[] | undefined } = {},
): Tensor {
  const { shape } = requireTensor("flip", x);
  const axes = normalizeAxes("flip", shape, options.axes);
  const turned = (axis: number): boolean => axes.includes(axis) && shape[axis] > 0;
  return slice(x, {
    starts: shape.map((n, axis) => (turned(axis) ? n - 1 : 0)),
    sizes: shape,
    steps: shape.map((_, axis) => (turned(axis) ? -1 : 1)),
  });
}

/** `flip` of the second axis. @throws AxisError if there is none. */
export function fliplr(x: Tensor): Tensor {
  return flip(x, { axes: 1 });
}

/** `flip` of the first axis. @throws AxisError for scalars. */
export function flipud(x: Tensor): Tensor {
  return flip(x, { axes: 0 });
}

export interface RollOptions {
  /** All elements in row-major order by default. */
  readonly axes?: number | readonly number[] | undefined;
}

/**
 * The elements moved on by `shift` places along `axes`, the last ones to the front; a negative shift moves them back.
 *
 * - shape and dtype: those of `x`; without axes all elements in row-major order are moved, by the one shift
 * - derivative: the cotangent, rolled back
 *
 * @throws ShapeError if there are not as many shifts as axes; AxisError if an axis does not exist.
 * @example
 * roll(tensor([1, 2, 3]), 1);   // [3, 1, 2]
 */
export function roll(
  x: Tensor,
  shift: number | readonly number[],
  options: RollOptions = {},
): Tensor {
  const { shape } = requireTensor("roll", x);
  const shifts = typeof shift === "number" ? [shift] : shift;
  if (options.axes === undefined && shifts.length === 1) {
    return reshape(rollAlong(reshape(x, [-1]), 0, shifts[0]), shape);
  }
  const axes = typeof options.axes === "number" ? [options.axes] : (options.axes ?? []);
  if (axes.length !== shifts.length || options.axes === undefined) {
    throw new ShapeError("roll", { axes, shifts }, (d) => {
      return `there are ${d.shifts.length} shifts for ${d.axes.length} axes. Give one for each axis, or one alone for all elements in row-major order.`;
    });
  }
  return axes.reduce(
    (y, axis, i) => rollAlong(y, normalizeAxis("roll", shape, axis), shifts[i]),
    x,
  );
}

function rollAlong(x: Tensor, axis: number, shift: number): Tensor {
  const n = x.shape[axis];
  const moved = n === 0 ? 0 : ((shift % n) + n) % n;
  if (moved === 0) return x;
  const tail = narrow(x, { axis, start: n - moved, length: moved });
  return concatenate([tail, narrow(x, { axis, start: 0, length: n - moved })], { axis });
}

/**
 * `x` turned by `quarters` right angles (1 by default, negative ones back) in the plane of two axes ([0, 1] by default), from
 * the first towards the second.
 *
 * - shape: the lengths of both axes change places after an odd number; dtype: that of `x`
 * - derivative: the cotangent, turned back
 *
 * @throws AxisError if an axis does not exist or both are one; ValueError if `quarters` is no integer.
 * @example
 * rot90(tensor([[1, 2], [3, 4]]));   // [[2, 4], [1, 3]]
 */
export function rot90(
  x: Tensor,
  options: {
    readonly quarters?: number | undefined;
    readonly axes?: readonly [number, number] | undefined;
  } = {},
): Tensor {
  const { quarters = 1, axes = [0, 1] } = options;
  const [from, to] = normalizeAxes("rot90", requireTensor("rot90", x).shape, axes);
  const [a, b] = axes.map((axis) => normalizeAxis("rot90", x.shape, axis));
  if (!Number.isInteger(quarters)) {
    throw new ValueError("rot90", { quarters }, (d) => {
      return `${d.quarters} quarters are no number of right angles. Use an integer.`;
    });
  }
  const order = x.shape.map((_, axis) => (axis === from ? to : axis === to ? from : axis));
  switch (((quarters % 4) + 4) % 4) {
    case 1:
      return transpose(flip(x, { axes: b }), order);
    case 2:
      return flip(x, { axes: [a, b] });
    case 3:
      return flip(transpose(x, order), { axes: b });
    default:
      return x;
  }
}

/**
 * `x` side by side `repeats[i]` times along axis i.
 *
 * - shape: each length times its number; axes of length 1, or numbers 1, are put before whichever has fewer
 * - derivative: the sum of the cotangents of all copies
 *
 * @throws ValueError if a number is negative or no integer.
 * @example
 * tile(tensor([1, 2]), [2, 2]);   // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  const rank = Math.max(requireTensor("tile", x).rank, repeats.length);
  requireCounts("tile", repeats);
  const shape = [...Array.from({ length: rank - x.rank }, () => 1), ...x.shape];
  const times = [...Array.from({ length: rank - repeats.length }, () => 1), ...repeats];
  const apart = reshape(
    x,
    shape.flatMap((n) => [1, n]),
  );
  const wide = broadcastTo(
    apart,
    shape.flatMap((n, i) => [times[i], n]),
  );
  return reshape(
    wide,
    shape.map((n, i) => n * times[i]),
  );
}

/**
 * As `tile`, with a number for every axis at least: PyTorch's name and rule.
 *
 * @throws ShapeError if there are fewer numbers than axes.
 * @example
 * repeat(tensor([1, 2]), [2, 2]);   // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  if (repeats.length >= requireTensor("repeat", x).rank) return tile(x, repeats);
  throw new ShapeError("repeat", { repeats, shape: x.shape }, (d) => {
    return `${formatShape(d.repeats)} does not have a number for each axis of shape ${formatShape(d.shape)}. Give one for each, or call \`tile\`.`;
  });
}

export interface RepeatInterleaveOptions {
  /** All elements in row-major order by default. */
  readonly axis?: number | undefined;
}

/** @throws ValueError if something cannot be there that often. */
function requireCounts(op: string, counts: readonly number[]): void {
  const bad = counts.find((count) => !isLength(count));
  if (bad === undefined) return;
  throw new ValueError(op, { count: bad }, (d) => {
    return `nothing can be repeated ${d.count} times. Use integers of 0 or more.`;
  });
}

/**
 * Every slice along `axis` `repeats` times, one after another, or each as often as the list says.
 *
 * - shape: `axis` as long as the sum of the repeats; without an axis the elements in row-major order, as a vector
 * - derivative: the sum of the cotangents of all copies
 *
 * @throws ShapeError if the list has another length than the axis; ValueError if a number is negative or no integer;
 *   AxisError if the axis does not exist.
 * @example
 * repeatInterleave(tensor([1, 2]), [2, 1]);   // [1, 1, 2]
 */
export function repeatInterleave(
  x: Tensor,
  repeats: number | readonly number[],
  options: RepeatInterleaveOptions = {},
): Tensor {
  const op = "repeatInterleave";
  const whole = options.axis === undefined ? reshape(requireTensor(op, x), [-1]) : x;
  const axis = options.axis === undefined ? 0 : normalizeAxis(op, x.shape, options.axis);
  const n = whole.shape[axis];
  const times = typeof repeats === "number" ? Array.from({ length: n }, () => repeats) : repeats;
  const list = times.length === 1 ? Array.from({ length: n }, () => times[0]) : times;
  if (list.length !== n) {
    throw new ShapeError(op, { repeats: list, length: n }, (d) => {
      return `there are ${d.repeats.length} repeats for ${d.length} slices. Give one number, or one for each slice.`;
    });
  }
  requireCounts(op, list);
  const places = list.flatMap((count, i) => Array.from({ length: count }, () => i));
  return gather(whole, tensor(Int32Array.from(places)), { axis });
}

/**
 * Axes moved to other places, the rest in their order.
 *
 * - derivative: the axes of the cotangent moved back
 *
 * @throws AxisError if an axis does not exist or is named twice; ShapeError if there are not as many places as axes.
 * @example
 * movedim(zeros([2, 3, 4]), 0, -1).shape;   // [3, 4, 2]
 */
export function movedim(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const { shape } = requireTensor("movedim", x);
  const [from, to] = [source, destination].map((axes) => orderedAxes("movedim", shape, axes));
  if (from.length !== to.length) {
    throw new ShapeError("movedim", { source: from, destination: to }, (d) => {
      return `axes ${formatShape(d.source)} cannot be moved to ${formatShape(d.destination)}. Name one place for each axis.`;
    });
  }
  const rest = shape.map((_, axis) => axis).filter((axis) => !from.includes(axis));
  const order = shape.map((_, axis) => {
    const at = to.indexOf(axis);
    return at >= 0 ? from[at] : (rest.shift() ?? 0);
  });
  return transpose(x, order);
}

/** Axes in the order in which they are named, counted from the front. @throws AxisError if one is named twice. */
function orderedAxes(
  op: string,
  shape: Shape,
  axes: number | readonly number[],
): readonly number[] {
  normalizeAxes(op, shape, axes);
  const list = typeof axes === "number" ? [axes] : axes;
  return list.map((axis) => normalizeAxis(op, shape, axis));
}

/** The transpose of a matrix; vectors and scalars as they are. @throws ShapeError for more than two axes. */
export function t(x: Tensor): Tensor {
  const { shape } = requireTensor("t", x);
  if (shape.length <= 2) return transpose(x);
  throw new ShapeError("t", { shape }, (d) => {
    return `shape ${formatShape(d.shape)} has more than two axes. Use \`transpose\` and say which axes to exchange.`;
  });
}

/** Every matrix transposed: the last two axes exchanged; a scalar as it is. @throws AxisError for vectors. */
export function mT(x: Tensor): Tensor {
  return requireTensor("mT", x).rank === 0 ? x : transpose(x, -2, -1);
}

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
