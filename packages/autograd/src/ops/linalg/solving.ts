/** @file Linear systems, inverses and powers: composites of elimination and substitution. */
import { broadcastShapes } from "../../array/broadcast.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { formatShape, type Shape, sizeOf } from "../../array/shape.ts";
import { argSort } from "../../primitives/arg-sort.ts";
import { greater } from "../../primitives/compare.ts";
import { commonDType, spread } from "../../primitives/door.ts";
import { concatenate } from "../../primitives/concatenate.ts";
import { adjoint, identity } from "../../primitives/matrices.ts";
import { matMul } from "../../primitives/mat-mul.ts";
import { max } from "../../primitives/max.ts";
import { maximum } from "../../primitives/maximum.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { pseudoInverse } from "../../primitives/pinv.ts";
import { stopGradient } from "../../primitives/stop-gradient.ts";
import { broadcastTo, sum } from "../../primitives/sum-broadcast-to.ts";
import { solveTriangle } from "../../primitives/triangular-solve.ts";
import { transpose } from "../../primitives/transpose.ts";
import { onesLike, zeros } from "../create.ts";
import { cumprod } from "../cumulative.ts";
import {
  luFactor,
  type PackedLU,
  permuteRows,
  qr,
  requireSquareMatrix,
  svdvals,
} from "./decompositions.ts";

export interface SolveTriangularOptions {
  /** Whether `a` is upper triangular; false by default. The other triangle is not read. */
  readonly upper?: boolean | undefined;
  /** false for X A = B. */
  readonly left?: boolean | undefined;
  /** Whether the diagonal is taken as 1; false by default. */
  readonly unitriangular?: boolean | undefined;
}

/**
 * X with A X = B, or X A = B, for a triangular A, by substitution.
 *
 * - shapes: a [..., n, n], b [..., n, k] (or [..., k, n]), leading axes broadcast; X as b
 * - a zero on the diagonal divides; the triangle that does not count is not read and gets no derivative
 *
 * @throws ShapeError if the shapes do not fit; DTypeError for int32 and bool.
 * @example
 * linalg.solveTriangular(tensor([[2, 0], [1, 1]]), tensor([[4], [3]]));   // [[2], [1]]
 */
export function solveTriangular(
  a: Tensor,
  b: Tensor,
  options: SolveTriangularOptions = {},
): Tensor {
  const { upper = false, left = true, unitriangular = false } = options;
  requireSquareMatrix("solveTriangular", a);
  if (!left) {
    const turned = { upper: !upper, unitriangular };
    return adjoint(solveTriangular(adjoint(a), adjoint(b), turned));
  }
  const [matrix, right] = together("solveTriangular", a, b);
  return solveTriangle(matrix, right, { upper, unit: unitriangular });
}

/** Both with common leading axes and of one dtype. @throws ShapeError if `b` has not as many rows as `a`. */
function together(op: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  const [matrix, right] = [a.shape, requireTensor(op, b).shape];
  if (matrix[matrix.length - 2] !== right[right.length - 2]) {
    throw new ShapeError(op, { matrix, right }, (d) => {
      return `a matrix of shape ${formatShape(d.matrix)} and right-hand sides of shape ${formatShape(d.right)} do not fit. Use [..., n, n] and [..., n, k].`;
    });
  }
  const leading = broadcastShapes(op, matrix.slice(0, -2), right.slice(0, -2));
  const dtype = commonDType(op, a, b);
  const whole = (x: Tensor): Tensor => spread(op, x, [...leading, ...x.shape.slice(-2)], dtype);
  return [whole(a), whole(b)];
}

/**
 * X with A X = B (or X A = B under `left: false`), by elimination with partial pivoting.
 *
 * - shapes: a [..., n, n], b [..., n, k]; a b with one axis less than a, or in the shape of a without its last axis, is a batch of
 *   vectors
 *
 * @throws ShapeError if the shapes do not fit; DTypeError for int32 and bool. A singular matrix gives infinities or NaN.
 * @example
 * linalg.solve(tensor([[4, 0], [2, 1]]), tensor([8, 5]));   // [2, 1]
 */
export function solve(
  a: Tensor,
  b: Tensor,
  options: { readonly left?: boolean | undefined } = {},
): Tensor {
  const op = "solve";
  requireSquareMatrix(op, a);
  const right = requireTensor(op, b);
  const isVector =
    right.rank === 1 ||
    (right.rank === a.rank - 1 && right.shape.every((n, i) => n === a.shape[i]));
  if (isVector)
    return reshape(solve(a, reshape(right, [...right.shape, 1]), options), solvedShape(a, right));
  if (options.left === false) return adjoint(solve(adjoint(a), adjoint(right)));
  return substituted(op, luFactor(a), right, false);
}

function solvedShape(a: Tensor, b: Tensor): Shape {
  return b.rank === 1 ? [...a.shape.slice(0, -2), ...b.shape] : b.shape;
}

export interface LUSolveOptions {
  /** false for X A = B. */
  readonly left?: boolean | undefined;
  /** Whether Aᵀ takes the place of A; false by default. */
  readonly adjoint?: boolean | undefined;
}

/** X with A X = B, given the decomposition of A. @throws ShapeError if the shapes do not fit. */
export function luSolve(packed: PackedLU, b: Tensor, options: LUSolveOptions = {}): Tensor {
  const { left = true, adjoint: turned = false } = options;
  if (left) return substituted("luSolve", packed, b, turned);
  return adjoint(substituted("luSolve", packed, adjoint(b), !turned));
}

function substituted(op: string, packed: PackedLU, b: Tensor, turned: boolean): Tensor {
  const [matrix, right] = together(op, packed.lu, b);
  const order = broadcastTo(packed.order, matrix.shape.slice(0, -1));
  if (!turned) {
    const y = solveTriangle(matrix, permuteRows(right, order), { upper: false, unit: true });
    return solveTriangle(matrix, y, { upper: true, unit: false });
  }
  const y = solveTriangle(adjoint(matrix), right, { upper: false, unit: false });
  const z = solveTriangle(adjoint(matrix), y, { upper: true, unit: true });
  return permuteRows(z, argSort(order));
}

/**
 * A⁻¹. A system is solved faster, and with a smaller error, by `solve`.
 *
 * - derivative along E: -A⁻¹ E A⁻¹. A singular matrix gives infinities or NaN
 *
 * @throws ShapeError if `a` is no square matrix; DTypeError for int32 and bool.
 * @example
 * linalg.inv(tensor([[2, 0], [0, 4]]));   // [[0.5, 0], [0, 0.25]]
 */
export function inv(a: Tensor): Tensor {
  requireSquareMatrix("inv", a);
  return solve(a, broadcastTo(identity(a.shape[a.rank - 1], a.dtype), a.shape));
}

/**
 * Aⁿ by squaring, A⁻ⁿ by that of the inverse.
 *
 * @throws ShapeError if `a` is no square matrix; DTypeError for int32 and bool.
 * @example
 * linalg.matrixPower(tensor([[1, 1], [0, 1]]), 5);   // [[1, 5], [0, 1]]
 */
export function matrixPower(a: Tensor, n: number): Tensor {
  requireSquareMatrix("matrixPower", a);
  if (n < 0) return matrixPower(inv(a), -n);
  if (n === 0) return broadcastTo(identity(a.shape[a.rank - 1], a.dtype), a.shape);
  if (n === 1) return a;
  const half = matrixPower(a, Math.floor(n / 2));
  const square = matMul(half, half);
  return n % 2 === 0 ? square : matMul(square, a);
}

/**
 * A⁻¹, given the Cholesky factor of A.
 *
 * @throws ShapeError if `l` is no square matrix; DTypeError for int32 and bool.
 * @example
 * choleskyInverse(tensor([[2, 0], [0, 1]]));   // [[0.25, 0], [0, 1]]
 */
export function choleskyInverse(
  l: Tensor,
  options: { readonly upper?: boolean | undefined } = {},
): Tensor {
  return choleskySolve(broadcastTo(identity(l.shape[l.rank - 1], l.dtype), l.shape), l, options);
}

/**
 * X with A X = B, given the Cholesky factor of A: two substitutions.
 *
 * @throws ShapeError if the shapes do not fit; DTypeError for int32 and bool.
 * @example
 * choleskySolve(tensor([[4], [3]]), tensor([[2, 0], [0, 1]]));   // [[1], [3]]
 */
export function choleskySolve(
  b: Tensor,
  l: Tensor,
  options: { readonly upper?: boolean | undefined } = {},
): Tensor {
  const { upper = false } = options;
  const first = solveTriangular(upper ? adjoint(l) : l, b, { upper: false });
  return solveTriangular(upper ? l : adjoint(l), first, { upper: true });
}

export interface ToleranceOptions {
  /** Singular values up to this count as 0; a tensor holds a bound for every matrix. */
  readonly atol?: Tensor | number | undefined;
  /** The same relative to the largest singular value: max(m, n) · ε by default, 0 where `atol` is given. */
  readonly rtol?: Tensor | number | undefined;
}

/** The bound of every matrix up to which singular values count as 0: [...]. */
function boundOf(a: Tensor, s: Tensor, { atol = 0, rtol }: ToleranceOptions): Tensor {
  const epsilon = a.dtype === "float32" ? 2 ** -23 : Number.EPSILON;
  const isGiven = typeof atol !== "number" || atol > 0;
  const relative = rtol ?? (isGiven ? 0 : Math.max(...a.shape.slice(-2)) * epsilon);
  const leading = s.shape.slice(0, -1);
  const isEmpty = s.shape[s.rank - 1] === 0;
  const largest = isEmpty ? zeros(leading, { dtype: a.dtype }) : max(s, { axes: -1 });
  return broadcastTo(maximum(mul(largest, relative), atol), leading);
}

/**
 * The Moore–Penrose inverse, [..., n, m] for `a` [..., m, n].
 *
 * - derivative: that at constant rank
 *
 * @throws ShapeError if `a` is no matrix; DTypeError for int32 and bool.
 * @example
 * linalg.pinv(tensor([[1], [1]]));   // [[0.5, 0.5]]
 * @see Golub & Pereyra (1973) for the derivative.
 */
export function pinv(a: Tensor, options: ToleranceOptions = {}): Tensor {
  return pseudoInverse(a, stopGradient(boundOf(a, svdvals(a), options)));
}

/**
 * How many singular values count, as int32 [...]: see `pinv`.
 *
 * @throws as `pinv`.
 * @example
 * linalg.matrixRank(tensor([[1, 2], [2, 4]]));   // 1
 */
export function matrixRank(a: Tensor, options: ToleranceOptions = {}): Tensor {
  const s = svdvals(a);
  const bound = boundOf(a, s, options);
  return sum(greater(s, reshape(bound, [...bound.shape, 1])), { axes: -1 });
}

/**
 * X that makes ‖A X - B‖ least, and among those the shortest, by a QR decomposition of A or Aᵀ.
 *
 * - shapes: a [..., m, n] of full rank, b [..., m, k], X [..., n, k]
 *
 * @throws ShapeError if the shapes do not fit; DTypeError for int32 and bool. Less than full rank gives infinities or NaN; there
 * `pinv` helps.
 * @example
 * linalg.lstsq(tensor([[2, 0], [0, 4], [0, 0]]), tensor([[2], [4], [9]]));   // [[1], [1]]
 */
export function lstsq(a: Tensor, b: Tensor): Tensor {
  const [m, n] = requireTensor("lstsq", a).shape.slice(-2);
  if (m >= n) {
    const { q, r } = qr(a);
    return solveTriangular(r, matMul(adjoint(q), b), { upper: true });
  }
  const { q, r } = qr(adjoint(a));
  return matMul(q, solveTriangular(adjoint(r), b));
}

/**
 * The inverse of `a` as a map of its last axes to its first `ind`, 2 by default.
 *
 * - shape: the last axes, then the first
 *
 * @throws ShapeError if both groups of axes have not as many elements.
 * @example
 * linalg.tensorinv(tensor([[2, 0], [0, 4]]), { ind: 1 });   // [[0.5, 0], [0, 0.25]]
 */
export function tensorinv(a: Tensor, options: { readonly ind?: number | undefined } = {}): Tensor {
  const { ind = 2 } = options;
  const { shape } = requireTensor("tensorinv", a);
  const [first, last] = [shape.slice(0, ind), shape.slice(ind)];
  const n = sizeOf(first);
  if (n !== sizeOf(last)) throw unequal("tensorinv", first, last);
  return reshape(inv(reshape(a, [n, n])), [...last, ...first]);
}

/**
 * X with Σ A[…, i…] X[i…] = B.
 *
 * - shape: the axes of `a` beyond those of `b`; `axes` are moved to the end first
 *
 * @throws ShapeError if that makes no square system.
 * @example
 * linalg.tensorsolve(tensor([[2, 0], [0, 4]]), tensor([2, 4]));   // [1, 1]
 */
export function tensorsolve(
  a: Tensor,
  b: Tensor,
  options: { readonly axes?: readonly number[] | undefined } = {},
): Tensor {
  const { axes = [] } = options;
  const own = axes.map((axis) => (axis < 0 ? axis + a.rank : axis));
  const order = [...a.shape.map((_, i) => i).filter((i) => !own.includes(i)), ...own];
  const moved = transpose(requireTensor("tensorsolve", a), order);
  const [first, last] = [moved.shape.slice(0, b.rank), moved.shape.slice(b.rank)];
  const n = sizeOf(first);
  if (n !== sizeOf(last)) throw unequal("tensorsolve", first, last);
  return reshape(solve(reshape(moved, [n, n]), reshape(b, [n])), last);
}

function unequal(op: string, first: Shape, last: Shape): ShapeError {
  return new ShapeError(op, { first, last }, (d) => {
    return `axes ${formatShape(d.first)} and ${formatShape(d.last)} make no square matrix. Divide the axes so that both have as many elements.`;
  });
}

/**
 * The powers 0 to n - 1 of each element.
 *
 * - shape: that of `x` with a new last axis; n is the length of the last one by default
 *
 * @example
 * linalg.vander(tensor([2, 3]), { n: 3 });   // [[1, 2, 4], [1, 3, 9]]
 */
export function vander(x: Tensor, options: { readonly n?: number | undefined } = {}): Tensor {
  const count = options.n ?? x.shape[x.rank - 1];
  const column = reshape(requireTensor("vander", x), [...x.shape, 1]);
  const wide = broadcastTo(column, [...x.shape, Math.max(0, count - 1)]);
  return powers(wide);
}

function powers(x: Tensor): Tensor {
  const ones = onesLike(reshape(sum(x, { axes: -1 }), [...x.shape.slice(0, -1), 1]));
  return concatenate([ones, cumprod(x, { axis: -1 })], { axis: -1 });
}
