/** @file What primitives on matrices share: the last two axes are the matrix, all before them a batch. */
import type { Aval } from "../array/aval.ts";
import { allocate, type DType } from "../array/dtype.ts";
import { formatShape, type Shape, sizeOf } from "../array/shape.ts";
import { flatCopy, type StridedArray } from "../array/strided-array.ts";
import { fromArray, type Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import type { OpaqueKernel } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { requireFloating } from "./door.ts";
import { matMul } from "./mat-mul.ts";
import { mul } from "./mul.ts";
import { reshape } from "./reshape.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum-broadcast-to.ts";
import { transpose } from "./transpose.ts";

/** Rows and columns of the last two axes, and how many matrices there are. */
export interface Matrices {
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
}

export function matricesOf(shape: Shape): Matrices {
  const [rows, columns] = shape.slice(-2);
  return { rows, columns, count: sizeOf(shape.slice(0, -2)) };
}

/** @throws ShapeError unless `aval` holds square matrices; DTypeError for int32 and bool. */
export function requireSquare(op: string, { shape, dtype }: Aval): void {
  requireFloating(op, dtype);
  if (shape.length >= 2 && shape[shape.length - 1] === shape[shape.length - 2]) return;
  throw new ShapeError(op, { shape }, (d) => {
    return `shape ${formatShape(d.shape)} is no square matrix. Use [..., n, n].`;
  });
}

/** @throws ShapeError unless `aval` holds matrices; DTypeError for int32 and bool. */
export function requireMatrix(op: string, { shape, dtype }: Aval): void {
  requireFloating(op, dtype);
  if (shape.length >= 2) return;
  throw new ShapeError(op, { shape }, (d) => {
    return `shape ${formatShape(d.shape)} is no matrix. Use [..., m, n].`;
  });
}

/** Results for one matrix, which is given row-major in float64, and number `index` of its batch; they are row-major, too. */
type Compute = (
  matrix: Float64Array,
  rows: number,
  columns: number,
  index: number,
) => readonly ArrayLike<number>[];

/** The kernel of a primitive of one operand that treats every matrix by itself. */
export function matrixKernel(compute: Compute): OpaqueKernel {
  return {
    kind: "opaque",
    memberAxis: "first",
    run: ([a], results) => eachMatrix(a, results, compute),
  };
}

/** Runs `compute` for every matrix of `input`, and writes its results to where those of this matrix belong. */
export function eachMatrix(
  input: StridedArray,
  outputs: readonly StridedArray[],
  compute: Compute,
): void {
  const { count, rows, columns } = matricesOf(input.shape);
  const dtype = input.data instanceof Float32Array ? "float32" : "float64";
  const all = flatCopy(input, dtype);
  const n = rows * columns;
  for (let k = 0; k < count; k++) {
    const results = compute(Float64Array.from(all.subarray(k * n, (k + 1) * n)), rows, columns, k);
    results.forEach((result, i) => {
      outputs[i].data.set(result as never, outputs[i].offset + k * result.length);
    });
  }
}

/** The columns of every matrix times the entries of a vector: X diag(v). */
export function scaleColumns(x: Tensor, v: Tensor): Tensor {
  return mul(x, reshape(v, [...v.shape.slice(0, -1), 1, v.shape[v.rank - 1]]));
}

/** The rows of every matrix times the entries of a vector: diag(v) X. */
export function scaleRows(v: Tensor, x: Tensor): Tensor {
  return mul(reshape(v, [...v.shape, 1]), x);
}

/** The diagonal of every square matrix, as a vector. */
export function diagonalOf(x: Tensor): Tensor {
  return sum(
    masked(x, (i, j) => Number(i === j)),
    { axes: -1 },
  );
}

/** The square matrix with this diagonal. */
export function diagonalMatrix(v: Tensor): Tensor {
  return scaleRows(v, identity(v.shape[v.rank - 1], v.dtype));
}

/** Xᵀ of every matrix. */
export function adjoint(x: Tensor): Tensor {
  return transpose(x, -2, -1);
}

/** A matrix without a decomposition, because a number on the way is 0 or of the wrong sign. */
export function singular(op: string, place: number, what: string): ValueError {
  return new ValueError(op, { place }, (d) => {
    return `the matrix is ${what}: this shows at row ${d.place}. Add a multiple of the identity, or check the numbers.`;
  });
}

/** A matrix that is well conditioned, made of any square one: for the laws of primitives. */
export function dominant(x: Tensor): Tensor {
  return add(x, mul(identity(x.shape[x.rank - 1], x.dtype), 8));
}

/** A matrix with well separated singular values, about step, 2 step …, made of any: for the laws of primitives. */
export function spread(x: Tensor, step: number): Tensor {
  const { rows, columns } = matricesOf(x.shape);
  return add(
    x,
    constant(rows, columns, x.dtype, (i, j) => (i === j ? step * (i + 1) : 0)),
  );
}

/** A Aᵀ + I: positive definite. For the laws of primitives. */
export function positiveDefinite(x: Tensor): Tensor {
  return add(matMul(x, adjoint(x)), identity(x.shape[x.rank - 1], x.dtype));
}

/** The identity of n rows. */
export function identity(n: number, dtype: DType): Tensor {
  return constant(n, n, dtype, (i, j) => Number(i === j));
}

/** The entries of every matrix times a mask: 1 where `holds`, 0 elsewhere, or the number that it gives. */
export function masked(x: Tensor, holds: (row: number, column: number) => number): Tensor {
  const { rows, columns } = matricesOf(x.shape);
  return mul(x, constant(rows, columns, x.dtype, holds));
}

/** The matrix whose entries `at` gives: a constant. */
export function constant(
  rows: number,
  columns: number,
  dtype: DType,
  at: (row: number, column: number) => number,
): Tensor {
  const data = allocate(dtype, rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = at(Math.floor(i / columns), i % columns);
  return fromArray({ data, shape: [rows, columns], stride: [columns, 1], offset: 0 }, dtype);
}

/** (X + Xᵀ) / 2 of every matrix. */
export function symmetricPart(x: Tensor): Tensor {
  return mul(0.5, add(x, adjoint(x)));
}

/** The entries on and below the diagonal, or below it alone. */
export function lowerPart(x: Tensor, strict = false): Tensor {
  return masked(x, (i, j) => Number(strict ? i > j : i >= j));
}

/** The entries on and above the diagonal. */
export function upperPart(x: Tensor): Tensor {
  return masked(x, (i, j) => Number(i <= j));
}

/** X - B Bᵀ X: what of the columns of X is not spanned by those of B, which are orthonormal; null where they span everything. */
export function beyond(
  b: Tensor,
  x: Tensor,
  inside: Tensor = matMul(adjoint(b), x),
): Tensor | null {
  const { rows, columns } = matricesOf(b.shape);
  return rows === columns ? null : sub(x, matMul(b, inside));
}
