/** @file Triangles and diagonals of matrices: the last two axes, or two that are named. */
import { formatShape, normalizeAxis } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { AxisError, ShapeError } from "../errors.ts";
import { cast } from "../primitives/cast.ts";
import { greaterEqual, lessEqual } from "../primitives/compare.ts";
import { gather, scatterAdd } from "../primitives/gather-scatter-add.ts";
import { reshape } from "../primitives/reshape.ts";
import { sub } from "../primitives/sub.ts";
import { transpose } from "../primitives/transpose.ts";
import { where } from "../primitives/where.ts";
import { arange, tensor, zerosLike } from "./create.ts";
import { movedim } from "./rearranging.ts";

/** Which diagonal: above the main one if positive; 0 by default. */
export interface DiagonalOptions {
  readonly offset?: number | undefined;
}

export interface DiagonalAxesOptions extends DiagonalOptions {
  /** Rows; 0 by default for `diagonal`, the last but one for `diagEmbed`. */
  readonly axis1?: number | undefined;
  /** Columns; 1 by default for `diagonal`, the last for `diagEmbed`. */
  readonly axis2?: number | undefined;
}

/**
 * The entries on and below a diagonal of every matrix, 0 above it.
 *
 * - shape and dtype: those of `x`, whose last two axes are rows and columns
 * - derivative: the same triangle of the cotangent
 *
 * @throws ShapeError if there are no matrices.
 * @example
 * tril(tensor([[1, 2], [3, 4]]));   // [[1, 0], [3, 4]]
 */
export function tril(x: Tensor, options: DiagonalOptions = {}): Tensor {
  return where(lessEqual(distance("tril", x), options.offset ?? 0), x, zerosLike(x));
}

/**
 * The entries on and above a diagonal of every matrix, 0 below it.
 *
 * - shape and dtype: those of `x`, whose last two axes are rows and columns
 * - derivative: the same triangle of the cotangent
 *
 * @throws ShapeError if there are no matrices.
 * @example
 * triu(tensor([[1, 2], [3, 4]]), { offset: 1 });   // [[0, 2], [0, 0]]
 */
export function triu(x: Tensor, options: DiagonalOptions = {}): Tensor {
  return where(greaterEqual(distance("triu", x), options.offset ?? 0), x, zerosLike(x));
}

/** Column less row, for every entry of a matrix. */
function distance(op: string, x: Tensor): Tensor {
  const { shape } = requireTensor(op, x);
  if (shape.length < 2) {
    throw new ShapeError(op, { shape }, (d) => {
      return `shape ${formatShape(d.shape)} has no matrices. Use a tensor with at least two axes.`;
    });
  }
  const [rows, columns] = shape.slice(-2);
  return sub(arange(columns), reshape(arange(rows), [rows, 1]));
}

/** Places of a diagonal in a row-major matrix. */
function placesOf(rows: number, columns: number, offset: number): Int32Array {
  const row = Math.max(0, -offset);
  const column = Math.max(0, offset);
  const length = Math.max(0, Math.min(rows - row, columns - column));
  return Int32Array.from({ length }, (_, i) => (row + i) * columns + column + i);
}

/**
 * A diagonal of every matrix of two axes (the first two by default), as the last axis.
 *
 * - derivative: the cotangent on the diagonal, 0 elsewhere
 *
 * @throws AxisError if an axis does not exist, or both are one.
 * @example
 * diagonal(tensor([[1, 2], [3, 4]]), { offset: 1 });   // [2]
 */
export function diagonal(x: Tensor, options: DiagonalAxesOptions = {}): Tensor {
  const { offset = 0, axis1 = 0, axis2 = 1 } = options;
  const last = movedim(
    requireTensor("diagonal", x),
    requirePair("diagonal", x, axis1, axis2),
    [-2, -1],
  );
  const [rows, columns] = last.shape.slice(-2);
  const flat = reshape(last, [...last.shape.slice(0, -2), rows * columns]);
  return gather(flat, tensor(placesOf(rows, columns, offset)), { axis: -1 });
}

function requirePair(op: string, x: Tensor, axis1: number, axis2: number): [number, number] {
  const { shape } = x;
  const [a, b] = [normalizeAxis(op, shape, axis1), normalizeAxis(op, shape, axis2)];
  if (a !== b) return [a, b];
  throw new AxisError(op, { axis: a, shape }, (d) => {
    return `rows and columns are both axis ${d.axis} of shape ${formatShape(d.shape)}. Name two axes.`;
  });
}

/**
 * Zero matrices with the last axis of `x` on a diagonal, in two new axes (the last two by default).
 *
 * - derivative: the diagonal of the cotangent
 *
 * @throws AxisError if an axis cannot stand there, or both are one.
 * @example
 * diagEmbed(tensor([1, 2]));   // [[1, 0], [0, 2]]
 */
export function diagEmbed(x: Tensor, options: DiagonalAxesOptions = {}): Tensor {
  const { offset = 0, axis1 = -2, axis2 = -1 } = options;
  const { shape, rank } = requireTensor("diagEmbed", x);
  const n = (shape[rank - 1] ?? 1) + Math.abs(offset);
  const places = tensor(placesOf(n, n, offset));
  const flat = scatterAdd(rank === 0 ? reshape(x, [1]) : x, places, { size: n * n, axis: -1 });
  const matrices = reshape(cast(flat, x.dtype), [...shape.slice(0, -1), n, n]);
  return movedim(matrices, [-2, -1], requirePair("diagEmbed", matrices, axis1, axis2));
}

/**
 * A vector as a diagonal of a matrix, or a diagonal of a matrix as a vector.
 *
 * - derivative: as `diagEmbed` or `diagonal`
 *
 * @throws ShapeError if `x` is neither.
 * @example
 * diag(tensor([1, 2]), { offset: -1 });   // [[0, 0, 0], [1, 0, 0], [0, 2, 0]]
 */
export function diag(x: Tensor, options: DiagonalOptions = {}): Tensor {
  const { shape } = requireTensor("diag", x);
  if (shape.length === 1) return diagEmbed(x, options);
  if (shape.length === 2) return diagonal(x, options);
  throw new ShapeError("diag", { shape }, (d) => {
    return `shape ${formatShape(d.shape)} is neither a vector nor a matrix. Use \`diagonal\` or \`diagEmbed\`, which take more axes.`;
  });
}

/** All elements, in row-major order, on a diagonal of a matrix that is 0 elsewhere. */
export function diagflat(x: Tensor, options: DiagonalOptions = {}): Tensor {
  return diagEmbed(reshape(x, [-1]), options);
}

/**
 * `x` with another diagonal of every matrix of two axes (the first two by default).
 *
 * - shape and dtype: those of `x`; the values have the shape of `diagonal`, and are cast
 * - derivative: the cotangent, 0 on the diagonal; for the values its diagonal
 *
 * @throws ShapeError if the values do not fit; AxisError if an axis does not exist, or both are one.
 * @example
 * diagonalScatter(tensor([[1, 2], [3, 4]]), tensor([0, 9]));   // [[0, 2], [3, 9]]
 */
export function diagonalScatter(
  x: Tensor,
  values: Tensor,
  options: DiagonalAxesOptions = {},
): Tensor {
  const op = "diagonalScatter";
  const { offset = 0, axis1 = 0, axis2 = 1 } = options;
  const pair = requirePair(op, requireTensor(op, x), axis1, axis2);
  const last = movedim(x, pair, [-2, -1]);
  const [rows, columns] = last.shape.slice(-2);
  const places = placesOf(rows, columns, offset);
  const leading = last.shape.slice(0, -2);
  const expected = [...leading, places.length];
  if (
    requireTensor(op, values).rank !== expected.length ||
    values.shape.some((n, i) => n !== expected[i])
  ) {
    throw new ShapeError(op, { values: values.shape, expected }, (d) => {
      return `values of shape ${formatShape(d.values)} do not fit the diagonal, which has shape ${formatShape(d.expected)}. Give one for each of its entries.`;
    });
  }
  const own = cast(values, x.dtype);
  const flat = scatterAdd(own, tensor(places), { size: rows * columns, axis: -1 });
  const data = new Uint8Array(rows * columns);
  for (const place of places) data[place] = 1;
  const isOn = tensor(data, { shape: [rows, columns], dtype: "bool" });
  const merged = where(isOn, reshape(cast(flat, x.dtype), last.shape), last);
  return transpose(merged, inverseOrder(x.rank, pair));
}

/** The order that undoes moving `pair` to the end. */
function inverseOrder(rank: number, pair: readonly [number, number]): readonly number[] {
  const rest = Array.from({ length: rank }, (_, axis) => axis).filter(
    (axis) => !pair.includes(axis),
  );
  const order = [...rest, ...pair];
  return order.map((_, axis) => order.indexOf(axis));
}
