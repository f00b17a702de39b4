/** @file Determinants, and their logarithms. */
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { abs } from "../../primitives/abs.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { equal, less, lessEqual } from "../../primitives/compare.ts";
import { log } from "../../primitives/log.ts";
import { eliminatedCompletely, permutationMatrix } from "../../primitives/lu.ts";
import {
  adjoint,
  diagonalMatrix,
  diagonalOf,
  identity,
  lowerPart,
  scaleColumns,
  scaleRows,
  upperPart,
} from "../../primitives/matrices.ts";
import { matMul } from "../../primitives/mat-mul.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { sign } from "../../primitives/sign.ts";
import { slice } from "../../primitives/slice-pad.ts";
import { stopGradient } from "../../primitives/stop-gradient.ts";
import { sub } from "../../primitives/sub.ts";
import { broadcastTo, sum } from "../../primitives/sum-broadcast-to.ts";
import { solveTriangle } from "../../primitives/triangular-solve.ts";
import { where } from "../../primitives/where.ts";
import { ones } from "../create.ts";
import { triu } from "../diagonals.ts";
import { prod } from "../statistics.ts";
import { luFactor, requireSquareMatrix } from "./decompositions.ts";
import { luSolve } from "./solving.ts";

/** The sign of a permutation: how many pairs are in the wrong order. */
function parity(order: Tensor, like: Tensor): Tensor {
  const n = order.shape[order.rank - 1];
  const rows = reshape(order, [...order.shape, 1]);
  const columns = reshape(order, [...order.shape.slice(0, -1), 1, n]);
  const pairs = triu(cast(less(columns, rows), like.dtype), { offset: 1 });
  const half = mul(sum(pairs, { axes: [-2, -1] }), 0.5);
  // odd counts have a fraction
  return where(equal(cast(cast(half, "int32"), like.dtype), half), 1, -1);
}

/**
 * The determinant.
 *
 * - derivatives: right to the third order at every matrix, singular ones included, where det(A) A⁻ᵀ does not exist; to any
 *   order where at most three pivots vanish
 *
 * @throws ShapeError if `a` is no square matrix; DTypeError for int32 and bool.
 * @example
 * linalg.det(tensor([[1, 2], [3, 4]]));   // -2
 */
export function det(a: Tensor): Tensor {
  const n = requireSquareMatrix("det", a);
  const leading = a.shape.slice(0, -2);
  if (n === 0) return ones(leading, { dtype: a.dtype });
  const [packed, rows, columns] = eliminatedCompletely(stopGradient(a));
  const pivots = diagonalOf(packed);
  const { isVanished, kept } = keptPivots(pivots, n);
  const upper = add(upperPart(packed), diagonalMatrix(sub(kept, pivots)));
  const c = add(identity(n, a.dtype), relativeChange(a, { packed, rows, columns, upper }));
  const whole = luFactor(c);
  const inverse = luSolve(whole, broadcastTo(identity(n, a.dtype), a.shape));
  // P A Q = L (C - G) U with rows of G only where pivots vanished, so that det(C - G) = det(C) det(I - G C⁻¹)
  const one = broadcastTo(identity(n, a.dtype), a.shape);
  const g = scaleRows(sub(kept, pivots), overUpper(one, upper));
  const small = sub(identity(n, a.dtype), matMul(g, inverse));
  const signs = mul(parity(rows, a), parity(columns, a));
  const regular = mul(
    mul(signs, prod(kept, { axes: -1 })),
    prod(diagonalOf(whole.lu), { axes: -1 }),
  );
  return mul(regular, smallDeterminant(small, cast(isVanished, a.dtype)));
}

/** Pivots, where those that are but rounding errors of the first, the largest, are replaced by it. */
function keptPivots(pivots: Tensor, n: number): { isVanished: Tensor; kept: Tensor } {
  const epsilon = pivots.dtype === "float32" ? 2 ** -23 : Number.EPSILON;
  const { shape } = pivots;
  const first = slice(pivots, { starts: shape.map(() => 0), sizes: [...shape.slice(0, -1), 1] });
  const isVanished = lessEqual(abs(pivots), mul(abs(first), n * epsilon));
  return { isVanished, kept: where(isVanished, where(equal(first, 0), 1, first), pivots) };
}

interface Elimination {
  readonly packed: Tensor;
  readonly rows: Tensor;
  readonly columns: Tensor;
  readonly upper: Tensor;
}

/** X U⁻¹. */
function overUpper(x: Tensor, upper: Tensor): Tensor {
  return adjoint(solveTriangle(adjoint(upper), adjoint(x), { upper: false, unit: false }));
}

/** L⁻¹ P A Q U⁻¹ less its value: 0 with the derivatives of that. */
function relativeChange(a: Tensor, { packed, rows, columns, upper }: Elimination): Tensor {
  const inRows = matMul(permutationMatrix(rows, a), a);
  const inOrder = matMul(inRows, adjoint(permutationMatrix(columns, a)));
  const inner = solveTriangle(lowerPart(packed), inOrder, { upper: false, unit: true });
  const relative = overUpper(inner, upper);
  return sub(relative, stopGradient(relative));
}

/**
 * The determinant of the rows and columns of `x` that `mask` selects, all of whose entries are about 0: by the traces of its
 * powers (Newton's identities) for up to three, and by its diagonal for more, whose further terms are of fourth order.
 */
function smallDeterminant(x: Tensor, mask: Tensor): Tensor {
  const w = scaleColumns(scaleRows(mask, x), mask);
  const square = matMul(w, w);
  const trace = (y: Tensor): Tensor => sum(diagonalOf(y), { axes: -1 });
  const [p1, p2, p3] = [trace(w), trace(square), trace(matMul(square, w))];
  const e2 = mul(0.5, sub(mul(p1, p1), p2));
  const e3 = mul(1 / 3, add(sub(mul(e2, p1), mul(p1, p2)), p3));
  const diagonal = prod(add(diagonalOf(w), sub(1, mask)), { axes: -1 });
  const count = sum(mask, { axes: -1 });
  const few = where(equal(count, 0), 1, where(equal(count, 1), p1, e2));
  return where(lessEqual(count, 2), few, where(equal(count, 3), e3, diagonal));
}

/** Sign and logarithm of the size of a determinant. */
export interface SlogDet {
  readonly sign: Tensor;
  readonly logabsdet: Tensor;
}

/**
 * The sign of the determinant and the logarithm of its size, which does not overflow.
 *
 * - derivative of the logarithm: A⁻ᵀ; NaN or infinite at singular matrices, whose sign is 0 and logarithm -∞
 *
 * @throws ShapeError if `a` is no square matrix; DTypeError for int32 and bool.
 * @example
 * linalg.slogdet(tensor([[0, 2], [3, 0]])).sign;   // -1
 */
export function slogdet(a: Tensor): SlogDet {
  requireSquareMatrix("slogdet", requireTensor("slogdet", a));
  const { lu, order } = luFactor(a);
  const pivots = diagonalOf(lu);
  return {
    sign: mul(parity(order, a), prod(sign(pivots), { axes: -1 })),
    logabsdet: sum(log(abs(pivots)), { axes: -1 }),
  };
}

/** log det A; NaN where the determinant is negative. @throws as `slogdet`. */
export function logdet(a: Tensor): Tensor {
  const { sign: s, logabsdet } = slogdet(a);
  return where(less(s, 0), Number.NaN, logabsdet);
}
