/**
 * @file Arrays as text for people: nested brackets, few digits, the middle of long axes left out.
 */
import type { DType } from "./dtype.ts";
import { isSplat, type StridedArray } from "./strided-array.ts";

const EDGE = 3;
const LONGEST = 8;

/** A number with at most six significant digits; booleans as words. */
export function formatNumber(value: number, dtype: DType): string {
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (Object.is(value, -0)) return "-0";
  return Number.isInteger(value) && Math.abs(value) < 1e16
    ? String(value)
    : String(Number(value.toPrecision(6)));
}

/** `[[1, 2], [3, 4]]`; axes longer than eight show three elements at each end. */
export function formatArray(array: StridedArray, dtype: DType): string {
  const { data, shape, stride } = array;
  const build = (axis: number, position: number): string => {
    if (axis === shape.length) return formatNumber(data[position], dtype);
    const part = (i: number): string => build(axis + 1, position + i * stride[axis]);
    const length = shape[axis];
    const indices = Array.from({ length: Math.min(length, LONGEST + 1) }, (_, i) => i);
    if (length <= LONGEST) return `[${indices.map(part).join(", ")}]`;
    const head = indices.slice(0, EDGE).map(part);
    const tail = indices.slice(0, EDGE).map((i) => part(length - EDGE + i));
    return `[${[...head, "…", ...tail].join(", ")}]`;
  };
  return build(0, array.offset);
}

/** The one number of a splat, exactly, for the printed tape; null where the elements differ. */
export function formatSplat(array: StridedArray, dtype: DType): string | null {
  if (!isSplat(array) || array.shape.includes(0)) return null;
  return formatExactly(array.data[array.offset], dtype);
}

/** A number with as many digits as tell it from its neighbours in `dtype`; booleans as words. */
export function formatExactly(value: number, dtype: DType): string {
  if (dtype === "bool" || Object.is(value, -0)) return formatNumber(value, dtype);
  return dtype === "float32" ? shortestFloat32(value) : String(value);
}

function shortestFloat32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(Number(value.toPrecision(9)));
}
