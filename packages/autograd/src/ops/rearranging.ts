/** @file The same elements in another order: flips, rolls, turns, axes moved and exchanged. */
import { formatShape, normalizeAxes, normalizeAxis, type Shape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { transpose } from "../primitives/transpose.ts";
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
