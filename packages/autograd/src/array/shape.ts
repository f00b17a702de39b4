/**
 * @file Shapes and axes: sizes, comparison, printing, and the one check of axes that all operations share.
 */
import { AxisError, ShapeError } from "../errors.ts";

/** The length of every axis; [] for a scalar. */
export type Shape = readonly number[];

/** How many elements a shape holds; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** `[32, 10]` */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Whether `n` may be the length of an axis. */
export function isLength(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/**
 * A copy of `shape`, which must be an array of lengths (integers, not negative), for the public function
 * `op`. A tensor keeps the copy, so that a caller who reuses the array does not change the tensor.
 */
export function checkShape(op: string, shape: Shape): Shape {
  if (!Array.isArray(shape)) {
    throw new ShapeError(op, { shape }, () => {
      return `${String(shape)} is not a shape. Use an array of lengths, such as [2, 3], or [] for a scalar.`;
    });
  }
  if (!shape.every(isLength)) {
    throw new ShapeError(op, { shape }, () => {
      return `${formatShape(shape)} is not a shape. Use integers that are 0 or more.`;
    });
  }
  if (!Number.isSafeInteger(sizeOf(shape))) {
    throw new ShapeError(op, { shape }, () => {
      return `shape ${formatShape(shape)} has more elements than can be counted. Use one with fewer than 2^53.`;
    });
  }
  return [...shape];
}

/** The axis counted from the front, for -rank ≤ axis < rank. */
export function normalizeAxis(op: string, shape: Shape, axis: number): number {
  const rank = shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new AxisError(op, { axis, shape }, () => {
      const fact = `axis ${axis} does not exist in shape ${formatShape(shape)}, which has rank ${rank}.`;
      return rank === 0
        ? `${fact} A scalar has no axes: leave the option out, or give it one with \`reshape(x, [1])\`.`
        : `${fact} Use an axis from ${-rank} to ${rank - 1}.`;
    });
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, sorted, each once. `undefined` means all of them. */
export function normalizeAxes(
  op: string,
  shape: Shape,
  axes: number | readonly number[] | undefined,
): readonly number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const given = typeof axes === "number" ? [axes] : axes;
  const normal = given.map((axis) => normalizeAxis(op, shape, axis)).sort((a, b) => a - b);
  const twice = normal.find((axis, i) => axis === normal[i + 1]);
  if (twice !== undefined) {
    throw new AxisError(
      op,
      { axes: given, shape },
      () => `axes ${formatShape(given)} name axis ${twice} twice. Name each axis once.`,
    );
  }
  return normal;
}

/** `shape` with the given axes (counted from the front) replaced by 1. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
}

/** `shape` without the given axes (counted from the front). */
export function removedShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.filter((_, axis) => !axes.includes(axis));
}
