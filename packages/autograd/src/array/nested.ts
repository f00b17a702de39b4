/**
 * @file Nested JavaScript arrays: their shape, checked, and their elements in row-major order.
 */
import { DTypeError, ShapeError } from "../errors.ts";
import type { DType } from "./dtype.ts";
import type { Nested } from "./ndarray.ts";
import { formatShape, type Shape } from "./shape.ts";

/**
 * Shape and row-major elements of `value`, for the public function `op`. The dtype is bool where all
 * elements are booleans, else float32.
 *
 * @throws ShapeError where rows differ in length; DTypeError where an element is no number.
 */
export function flattenNested(
  op: string,
  value: Nested,
): { shape: Shape; data: number[]; dtype: DType } {
  const shape: number[] = [];
  for (let probe: Nested = value; Array.isArray(probe); probe = probe[0]) shape.push(probe.length);
  const data: number[] = [];
  let booleans = 0;
  const visit = (item: Nested, path: readonly number[]): void => {
    if (Array.isArray(item)) {
      if (item.length !== shape[path.length]) throw ragged(op, shape, path, item.length);
      // not forEach, which passes over the holes of [1, , 3]
      for (let i = 0; i < item.length; i++) visit(item[i], [...path, i]);
      return;
    }
    if (typeof item === "boolean") booleans++;
    else if (typeof item !== "number") throw notANumber(op, path, item);
    if (path.length !== shape.length) throw ragged(op, shape, path, null);
    data.push(Number(item));
  };
  visit(value, []);
  return { shape, data, dtype: booleans > 0 && booleans === data.length ? "bool" : "float32" };
}

function place(path: readonly number[]): string {
  return path.length === 0 ? "the value" : `the element at ${formatShape(path)}`;
}

function ragged(
  op: string,
  shape: Shape,
  path: readonly number[],
  length: number | null,
): ShapeError {
  const expected = shape[path.length];
  return new ShapeError(op, { path, length, expected }, () => {
    const found = length === null ? "is a number" : `has length ${length}`;
    const rule = expected === undefined ? "is a number" : `has length ${expected}`;
    return `${place(path)} ${found}, but the first of its level ${rule}. Give every row the same length.`;
  });
}

function notANumber(op: string, path: readonly number[], item: unknown): DTypeError {
  const type = item === null ? "null" : typeof item;
  return new DTypeError(
    op,
    { path, type },
    () => `${place(path)} is of type ${type}. Use numbers or booleans.`,
  );
}
