/**
 * @file Arrays by the definition, one index at a time: what every walk over strides is compared with.
 * It imports nothing from src but types.
 */
import type { StridedArray } from "../../src/array/strided-array.ts";

/** Every index of `shape` in row-major order; one empty index for a scalar. */
export function indicesOf(shape: readonly number[]): readonly (readonly number[])[] {
  const [length, ...rest] = shape;
  if (length === undefined) return [[]];
  const inner = indicesOf(rest);
  return Array.from({ length }, (_, i) => inner.map((index) => [i, ...index])).flat();
}

/** Where in `data` the element at `index` stands. */
export function positionAt(array: StridedArray, index: readonly number[]): number {
  return index.reduce((position, i, axis) => position + i * array.stride[axis]!, array.offset);
}

export function elementAt(array: StridedArray, index: readonly number[]): number {
  return array.data[positionAt(array, index)]!;
}

/** All elements in row-major order. */
export function elementsOf(array: StridedArray): readonly number[] {
  return indicesOf(array.shape).map((index) => elementAt(array, index));
}

/** Strides under which the elements of `array` would read as `shape`, or null if there are none. */
export function stridesFor(
  array: StridedArray,
  shape: readonly number[],
): readonly number[] | null {
  const positions = indicesOf(array.shape).map((index) => positionAt(array, index));
  const indices = indicesOf(shape);
  const stride = shape.map((_, axis) => {
    const step = shape.slice(axis + 1).reduce((n, length) => n * length, 1);
    return shape[axis]! > 1 ? positions[step]! - positions[0]! : 0;
  });
  const fits = indices.every((index, i) => {
    return positions[i] === positionAt({ ...array, shape, stride }, index);
  });
  return fits ? stride : null;
}

/** The common shape under NumPy's rule, or null: missing axes count as 1, and 1 stretches. */
export function broadcastOf(a: readonly number[], b: readonly number[]): readonly number[] | null {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: readonly number[]): readonly number[] => [
    ...new Array<number>(rank - shape.length).fill(1),
    ...shape,
  ];
  const [left, right] = [padded(a), padded(b)];
  const fits = left.every((n, i) => n === right[i] || n === 1 || right[i] === 1);
  return fits ? left.map((n, i) => (n === 1 ? right[i]! : n)) : null;
}
