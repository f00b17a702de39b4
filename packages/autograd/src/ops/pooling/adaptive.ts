/**
 * @file Pooling to a given size: window i of n over a length L reaches from ⌊i L / n⌋ to ⌈(i + 1) L / n⌉.
 *
 * Means are products with a matrix for each axis, maxima are chosen from windows that are laid out.
 */
import { formatShape } from "../../array/shape.ts";
import { bind, requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { cast } from "../../primitives/cast.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { matMul } from "../../primitives/mat-mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { takeFromPlanes } from "../../primitives/take-add-planes.ts";
import { transpose } from "../../primitives/transpose.ts";
import { maxPool2dIndicesPrimitive } from "../../primitives/max-pool2d-indices.ts";
import { add } from "../../primitives/add.ts";
import { mul } from "../../primitives/mul.ts";
import { tensor } from "../create.ts";
import { expandDims, squeeze } from "../shapes.ts";
import type { ValuesAndIndices } from "./pool2d.ts";

/** The length of every pooled axis, or one for all; null leaves an axis as it is. */
export type OutputSize = number | readonly (number | null)[];

/** The mean of each of `size` windows of [..., L]. @throws ShapeError if a size is no length, or an axis is missing. */
export function adaptiveAvgPool1d(x: Tensor, size: OutputSize): Tensor {
  return averaged("adaptiveAvgPool1d", x, size, 1);
}

/** The mean of each window of [..., H, W]. @throws ShapeError if a size is no length, or an axis is missing. */
export function adaptiveAvgPool2d(x: Tensor, size: OutputSize): Tensor {
  return averaged("adaptiveAvgPool2d", x, size, 2);
}

/** The mean of each window of [..., D, H, W]. @throws ShapeError if a size is no length, or an axis is missing. */
export function adaptiveAvgPool3d(x: Tensor, size: OutputSize): Tensor {
  return averaged("adaptiveAvgPool3d", x, size, 3);
}

/** The largest element of each of `size` windows of [..., L]. @throws as `adaptiveMaxPool2d`. */
export function adaptiveMaxPool1d(x: Tensor, size: OutputSize): ValuesAndIndices {
  const [length] = sizesOf("adaptiveMaxPool1d", x, size, 1);
  const { values, indices } = adaptiveMaxPool2d(expandDims(x, -2), [1, length]);
  return { values: squeeze(values, -2), indices: squeeze(indices, -2) };
}

/**
 * The largest element of each window of [..., H, W], and its position row · W + column in the plane.
 *
 * - derivative: the cotangent at the element that was chosen, the first of equals
 *
 * @throws ShapeError if a size is no length, or an axis is missing.
 */
export function adaptiveMaxPool2d(x: Tensor, size: OutputSize): ValuesAndIndices {
  const op = "adaptiveMaxPool2d";
  const [p, q] = sizesOf(op, x, size, 2);
  const [height, width] = x.shape.slice(-2);
  const [rows, columns] = [laidOut(height, p), laidOut(width, q)];
  const [windowRows, windowColumns] = [rows.length / p, columns.length / q];
  const picked = gather(gather(x, rows.table, { axis: -2 }), columns.table, { axis: -1 });
  const none = [0, 0] as const;
  const chosen = bind(maxPool2dIndicesPrimitive, [picked], {
    window: [windowRows, windowColumns],
    strides: [windowRows, windowColumns],
    padding: [none, none],
    dilation: [1, 1],
  });
  // from a place among the windows laid out to one in the plane
  const places = add(mul(reshape(rows.table, [-1, 1]), width), columns.table);
  const flat = gather(reshape(places, [-1]), reshape(chosen, [-1]));
  const indices = reshape(flat, chosen.shape);
  return { values: takeFromPlanes(x, indices), indices };
}

/** Windows over `length`, one after another, all of the longest one's size: the last index of a shorter one repeats. */
function laidOut(
  length: number,
  count: number,
): { readonly table: Tensor; readonly length: number } {
  const windows = windowsOf(length, count);
  const longest = Math.max(1, ...windows.map(({ start, end }) => end - start));
  const indices = windows.flatMap(({ start, end }) => {
    return Array.from({ length: longest }, (_, i) => Math.min(start + i, end - 1));
  });
  return { table: tensor(Int32Array.from(indices)), length: indices.length };
}

interface Window {
  readonly start: number;
  /** Not included. */
  readonly end: number;
}

function windowsOf(length: number, count: number): readonly Window[] {
  return Array.from({ length: count }, (_, i) => ({
    start: Math.floor((i * length) / count),
    end: Math.ceil(((i + 1) * length) / count),
  }));
}

function averaged(op: string, x: Tensor, size: OutputSize, count: number): Tensor {
  const sizes = sizesOf(op, x, size, count);
  return sizes.reduce((y, length, i) => averagedAlong(y, y.rank - count + i, length), x);
}

/** Means of windows along one axis: a product with a matrix that holds 1 / n where a window is. */
function averagedAlong(x: Tensor, axis: number, count: number): Tensor {
  const length = x.shape[axis];
  if (length === count) return x;
  const weights = new Float64Array(length * count);
  windowsOf(length, count).forEach(({ start, end }, i) => {
    for (let k = start; k < end; k++) weights[k * count + i] = 1 / (end - start);
  });
  const matrix = cast(tensor(weights, { shape: [length, count] }), x.dtype);
  const last = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const moved = matMul(transpose(x, [...last, axis]), matrix);
  return transpose(moved, [
    ...last.slice(0, axis),
    x.rank - 1,
    ...last.slice(axis).map((i) => i - 1),
  ]);
}

function sizesOf(op: string, x: Tensor, size: OutputSize, count: number): readonly number[] {
  const { shape } = requireTensor(op, x);
  const given: readonly (number | null)[] = typeof size === "number" ? [size] : size;
  const list = given.length === 1 ? Array.from({ length: count }, () => given[0]) : given;
  const pooled = shape.slice(-count);
  const isLength = (n: number | null): boolean => n === null || (Number.isSafeInteger(n) && n >= 1);
  if (shape.length > count && list.length === count && list.every(isLength)) {
    return list.map((n, i) => n ?? pooled[i]);
  }
  throw new ShapeError(op, { shape, size }, (d) => {
    return `shape ${formatShape(d.shape)} cannot be pooled to ${JSON.stringify(d.size)}. Use an input with ${count + 1} axes or more, and ${count === 1 ? "a length" : `${count} lengths`} of at least 1, or null.`;
  });
}
