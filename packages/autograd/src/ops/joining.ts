/** @file Tensors put together: cat and stack along the axes that have names, meshes, products, blocks. */
import { broadcastShapes } from "../array/broadcast.ts";
import { promote } from "../array/dtype.ts";
import { formatShape, isLength } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { cast } from "../primitives/cast.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { reshape } from "../primitives/reshape.ts";
import { pad } from "../primitives/slice-pad.ts";
import { broadcastTo } from "../primitives/sum-broadcast-to.ts";
import { transpose } from "../primitives/transpose.ts";
import { tensor } from "./create.ts";
import { stack } from "./shapes.ts";

/** `x` with axes of size 1 put before it until there is one. */
export function atleast1d(x: Tensor): Tensor {
  return x.rank === 0 ? reshape(x, [1]) : x;
}

/** `x` with axes of size 1 put before it until there are two. */
export function atleast2d(x: Tensor): Tensor {
  return x.rank >= 2 ? x : reshape(x, [1, x.size]);
}

/** `x` as [1, n, 1] or [m, n, 1], until there are three axes. */
export function atleast3d(x: Tensor): Tensor {
  if (x.rank >= 3) return x;
  return x.rank === 2 ? reshape(x, [...x.shape, 1]) : reshape(x, [1, x.size, 1]);
}

/**
 * Tensors side by side: along the second axis, vectors along their only one.
 *
 * - derivative: each has its part of the cotangent; so it is for all that join here
 *
 * @throws as `concatenate`.
 * @example
 * hstack([tensor([1, 2]), tensor([3])]);   // [1, 2, 3]
 */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const parts = tensors.map(atleast1d);
  return concatenate(parts, { axis: parts[0]?.rank === 1 ? 0 : 1 });
}

/**
 * Tensors one below the other: along the first axis, vectors as rows.
 *
 * @throws as `concatenate`.
 * @example
 * vstack([tensor([1, 2]), tensor([3, 4])]);   // [[1, 2], [3, 4]]
 */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return concatenate(tensors.map(atleast2d), { axis: 0 });
}

/**
 * Tensors one behind the other: along the third axis.
 *
 * @throws as `concatenate`.
 * @example
 * dstack([tensor([1, 2]), tensor([3, 4])]);   // [[[1, 3], [2, 4]]]
 */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return concatenate(tensors.map(atleast3d), { axis: 2 });
}

/**
 * Vectors as columns, matrices as they are, side by side.
 *
 * @throws as `concatenate`.
 * @example
 * columnStack([tensor([1, 2]), tensor([3, 4])]);   // [[1, 3], [2, 4]]
 */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  const columns = tensors.map((x) => (x.rank < 2 ? reshape(x, [x.size, 1]) : x));
  return concatenate(columns, { axis: 1 });
}

/**
 * Matrices along a diagonal, zeros elsewhere; vectors are rows and scalars 1 × 1.
 *
 * - shape: [sum of rows, sum of columns]; dtype: promoted
 * - derivative: each matrix has its block of the cotangent
 *
 * @throws ShapeError if there is none, or one has more than two axes.
 * @example
 * blockDiag([tensor([[1, 2]]), tensor(3)]);   // [[1, 2, 0], [0, 0, 3]]
 */
export function blockDiag(tensors: readonly Tensor[]): Tensor {
  const blocks = tensors.map((x) => {
    if (x.rank <= 2) return atleast2d(x);
    throw new ShapeError("blockDiag", { shape: x.shape }, (d) => {
      return `shape ${formatShape(d.shape)} is no block. Use tensors with at most two axes.`;
    });
  });
  const width = blocks.reduce((sum, x) => sum + x.shape[1], 0);
  const dtype = blocks.map((x) => x.dtype).reduce(promote, "bool");
  let left = 0;
  const bands = blocks.map((x) => {
    const before = left;
    left += x.shape[1];
    return pad(cast(x, dtype), { before: [0, before], after: [0, width - left] });
  });
  return concatenate(bands, { axis: 0 });
}

/**
 * All tensors stretched to their common shape; no copies are made.
 *
 * @throws ShapeError if they do not broadcast.
 * @example
 * broadcastTensors([tensor([1, 2]), tensor([[3], [4]])])[0];   // [[1, 2], [1, 2]]
 */
export function broadcastTensors(tensors: readonly Tensor[]): readonly Tensor[] {
  const shape = tensors
    .map((x) => x.shape)
    .reduce((a, b) => broadcastShapes("broadcastTensors", a, b), []);
  return tensors.map((x) => broadcastTo(x, shape));
}

export interface MeshgridOptions {
  /** "ij": the first vector runs along the first axis; "xy": along the second. "ij" by default. */
  readonly indexing?: "ij" | "xy" | undefined;
}

/**
 * Coordinates of a grid: each vector along an axis of its own, repeated along the others. Scalars count as vectors.
 *
 * - shapes: [n₁, n₂, …] for all of them; "xy" exchanges the first two axes
 * - derivative: the sum of the cotangent over the other axes
 *
 * @throws ShapeError if one has more than one axis.
 * @example
 * meshgrid([tensor([1, 2]), tensor([3, 4])]);   // [[1, 1], [2, 2]] and [[3, 4], [3, 4]]
 */
export function meshgrid(
  vectors: readonly Tensor[],
  options: MeshgridOptions = {},
): readonly Tensor[] {
  const { indexing = "ij" } = options;
  for (const x of vectors) requireVector("meshgrid", x);
  const shape = vectors.map((x) => x.size);
  const grids = vectors.map((x, k) => {
    return broadcastTo(
      reshape(
        x,
        shape.map((n, axis) => (axis === k ? n : 1)),
      ),
      shape,
    );
  });
  if (indexing === "ij" || vectors.length < 2) return grids;
  const order = shape.map((_, axis) => axis);
  return grids.map((x) => transpose(x, [1, 0, ...order.slice(2)]));
}

/** @throws ShapeError for more than one axis. */
function requireVector(op: string, x: Tensor): void {
  if (requireTensor(op, x).rank <= 1) return;
  throw new ShapeError(op, { shape: x.shape }, (d) => {
    return `shape ${formatShape(d.shape)} is no vector. Use tensors with at most one axis.`;
  });
}

/**
 * All choices of one element from each vector, a row each; of a single vector, itself.
 *
 * - shape: [n₁ · n₂ · …, count of vectors], in the order of their indices
 * - derivative: the cotangents of an element add up
 *
 * @throws ShapeError if there is no vector, or one has more than one axis.
 * @example
 * cartesianProd([tensor([1, 2]), tensor([3, 4])]);   // [[1, 3], [1, 4], [2, 3], [2, 4]]
 */
export function cartesianProd(vectors: readonly Tensor[]): Tensor {
  if (vectors.length === 1) return vectors[0];
  const columns = meshgrid(vectors).map((x) => reshape(x, [-1]));
  return stack(columns, { axis: 1 });
}

export interface CombinationsOptions {
  /** How many elements are chosen; 2 by default. */
  readonly r?: number | undefined;
  /** Whether an element may be chosen again; false by default. */
  readonly withReplacement?: boolean | undefined;
}

/**
 * All choices of `r` elements of a vector in their order, a row each.
 *
 * - shape: [choices, r]
 * - derivative: the cotangents of an element add up
 *
 * @throws ShapeError if `x` is no vector; ValueError if `r` is negative or no integer.
 * @example
 * combinations(tensor([1, 2, 3]));   // [[1, 2], [1, 3], [2, 3]]
 */
export function combinations(x: Tensor, options: CombinationsOptions = {}): Tensor {
  const { r = 2, withReplacement = false } = options;
  requireVector("combinations", x);
  if (!isLength(r)) {
    throw new ValueError("combinations", { r }, (d) => {
      return `${d.r} elements cannot be chosen. Use an integer of 0 or more.`;
    });
  }
  const rows: number[][] = [];
  const extend = (row: number[]): void => {
    if (row.length === r) {
      rows.push(row);
      return;
    }
    const last = row[row.length - 1];
    const start = last === undefined ? 0 : withReplacement ? last : last + 1;
    for (let i = start; i < x.size; i++) extend([...row, i]);
  };
  extend([]);
  if (r === 0) return reshape(gather(x, tensor(new Int32Array(0))), [0]);
  const places = tensor(Int32Array.from(rows.flat()));
  return reshape(gather(x, places), [rows.length, r]);
}
