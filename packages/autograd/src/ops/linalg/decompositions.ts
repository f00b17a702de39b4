/** @file Decompositions of matrices: thin wrappers of the primitives, and what follows from them without a rule. */
import { formatShape, normalizeAxis } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { lowerCholesky } from "../../primitives/cholesky.ts";
import { symmetricEigen } from "../../primitives/eigh.ts";
import { eliminated, permutationMatrix } from "../../primitives/lu.ts";
import { adjoint, constant, matricesOf, requireMatrix } from "../../primitives/matrices.ts";
import { matMul } from "../../primitives/mat-mul.ts";
import { orthogonalFactor } from "../../primitives/qr.ts";
import { reshape } from "../../primitives/reshape.ts";
import { slice } from "../../primitives/slice-pad.ts";
import { singularValues } from "../../primitives/svd.ts";
import { broadcastTo } from "../../primitives/sum-broadcast-to.ts";
import { tril, triu } from "../diagonals.ts";
import { takeAlongAxis } from "../take-along-axis.ts";

/** A range of rows or columns of every matrix. */
export function columnsOf(x: Tensor, start: number, count: number, axis: -1 | -2 = -1): Tensor {
  const own = normalizeAxis("slice", x.shape, axis);
  return slice(x, {
    starts: x.shape.map((_, i) => (i === own ? start : 0)),
    sizes: x.shape.map((n, i) => (i === own ? count : n)),
  });
}

/**
 * The triangle L with L Lᵀ = A, or U = Lᵀ under `upper`, of a symmetric positive definite matrix; A counts as (A + Aᵀ) / 2.
 *
 * @throws ShapeError if `a` is no square matrix; ValueError if it is not positive definite.
 * @example
 * cholesky(tensor([[4, 2], [2, 2]]));   // [[2, 0], [1, 1]]
 */
export function cholesky(
  a: Tensor,
  options: { readonly upper?: boolean | undefined } = {},
): Tensor {
  const l = lowerCholesky(a);
  return options.upper === true ? adjoint(l) : l;
}

/** Eigenvalues in ascending order, and their vectors in columns. */
export interface Eigen {
  readonly values: Tensor;
  readonly vectors: Tensor;
}

export interface TriangleOptions {
  /** Which triangle is read; "L" by default. */
  readonly triangle?: "L" | "U" | undefined;
}

/** The symmetric matrix whose triangle is given. */
function fromTriangle(a: Tensor, { triangle = "L" }: TriangleOptions): Tensor {
  const strict = triangle === "L" ? tril(a, { offset: -1 }) : triu(a, { offset: 1 });
  const half = triangle === "L" ? tril(a) : triu(a);
  return add(half, adjoint(strict));
}

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix, of which one triangle is read.
 *
 * - derivatives: of the values, at any matrix; of the vectors, NaN or infinite between equal eigenvalues, where they are not
 *   determined
 *
 * @throws ShapeError if `a` is no square matrix; DTypeError for int32 and bool.
 * @example
 * linalg.eigh(tensor([[2, 0], [0, 1]])).values;   // [1, 2]
 */
export function eigh(a: Tensor, options: TriangleOptions = {}): Eigen {
  requireSquareMatrix("eigh", a);
  const whole = fromTriangle(a, options);
  const [values, vectors] = symmetricEigen(whole);
  return { values, vectors };
}

/**
 * Eigenvalues of a symmetric matrix in ascending order, [..., n].
 *
 * - derivative: vᵀ E v, at any matrix; second derivatives are NaN where eigenvalues are equal
 *
 * @throws as `eigh`.
 * @example
 * linalg.eigvalsh(tensor([[0, 1], [1, 0]]));   // [-1, 1]
 */
export function eigvalsh(a: Tensor, options: TriangleOptions = {}): Tensor {
  return eigh(a, options).values;
}

/** A = U diag(S) Vh, singular values in descending order. */
export interface SingularValues {
  readonly u: Tensor;
  readonly s: Tensor;
  readonly vh: Tensor;
}

/**
 * The reduced singular value decomposition, k = min(m, n) values.
 *
 * - shapes: a [..., m, n], u [..., m, k], s [..., k], vh [..., k, n]; signs of columns are free
 * - derivatives: of the values, at any matrix; of the vectors, NaN or infinite between equal values, and beside a value 0
 *   where m ≠ n, since the vectors are not determined there
 *
 * @throws ShapeError if `a` is no matrix; DTypeError for int32 and bool.
 * @example
 * linalg.svd(tensor([[0, 3], [4, 0]])).s;   // [4, 3]
 */
export function svd(a: Tensor): SingularValues {
  const [u, s, vh] = singularValues(requireTensor("svd", a));
  return { u, s, vh };
}

/**
 * Singular values in descending order, [..., min(m, n)].
 *
 * - derivative: uᵀ E v, at any matrix; second derivatives are NaN where values are equal
 *
 * @throws as `svd`.
 * @example
 * linalg.svdvals(tensor([[0, 3], [4, 0]]));   // [4, 3]
 */
export function svdvals(a: Tensor): Tensor {
  return svd(a).s;
}

/** A = Q R. */
export interface QR {
  readonly q: Tensor;
  readonly r: Tensor;
}

/**
 * The reduced QR decomposition: q [..., m, k] with orthonormal columns, r [..., k, n] upper triangular, k = min(m, n).
 *
 * - derivative: the first k columns have to be independent
 *
 * @throws ShapeError if `a` is no matrix.
 * @example
 * linalg.qr(tensor([[3, 5], [4, 0]])).r;   // [[-5, -3], [0, 4]]
 */
export function qr(a: Tensor): QR {
  requireMatrix("qr", requireTensor("qr", a).aval);
  const { rows, columns } = matricesOf(a.shape);
  const q = orthogonalFactor(columnsOf(a, 0, Math.min(rows, columns)));
  return { q, r: triu(matMul(adjoint(q), a)) };
}

/** P A = L U in one matrix, and the order of rows. */
export interface PackedLU {
  /** L below the diagonal, whose ones are not stored, and U from the diagonal on. */
  readonly lu: Tensor;
  /** int32 [..., m]: row i of P A is row order[i] of A. */
  readonly order: Tensor;
}

/** A with its rows in the order of `order`. */
export function permuteRows(a: Tensor, order: Tensor): Tensor {
  const places = broadcastTo(reshape(order, [...order.shape, 1]), a.shape);
  return takeAlongAxis(a, places, { axis: -2 });
}

/**
 * Elimination with partial pivoting: L without its diagonal of ones and U in one matrix.
 *
 * @throws ShapeError if `a` is no matrix.
 */
export function luFactor(a: Tensor): PackedLU {
  const [packed, order] = eliminated(requireTensor("luFactor", a));
  return { lu: packed, order };
}

/** A = P L U. */
export interface LU {
  readonly p: Tensor;
  readonly l: Tensor;
  readonly u: Tensor;
}

/** The parts of a packed decomposition: l [..., m, k] and u [..., k, n]. */
export function unpackLU({ lu, order }: PackedLU): LU {
  const { rows: m, columns: n } = matricesOf(lu.shape);
  const k = Math.min(m, n);
  const left = columnsOf(lu, 0, k);
  const ones = constant(m, k, lu.dtype, (i, j) => Number(i === j));
  const l = add(tril(left, { offset: -1 }), ones);
  return { p: adjoint(permutationMatrix(order, lu)), l, u: triu(columnsOf(lu, 0, k, -2)) };
}

/**
 * As `luFactor`, in three matrices: A = P L U.
 *
 * @throws as `luFactor`.
 * @example
 * linalg.lu(tensor([[1, 2], [2, 2]])).u;   // [[2, 2], [0, 1]]
 */
export function lu(a: Tensor): LU {
  return unpackLU(luFactor(a));
}

/** @throws ShapeError unless `a` holds square matrices. */
export function requireSquareMatrix(op: string, a: Tensor): number {
  const { shape } = requireTensor(op, a);
  const [rows, columns] = shape.slice(-2);
  if (shape.length >= 2 && rows === columns) return rows;
  throw new ShapeError(op, { shape }, (d) => {
    return `shape ${formatShape(d.shape)} is no square matrix. Use [..., n, n].`;
  });
}
