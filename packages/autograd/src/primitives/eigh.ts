/** @file eigh: eigenvalues and orthonormal eigenvectors of a symmetric matrix. */
import { bindAll } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { add } from "./add.ts";
import { custom } from "./define.ts";
import { div } from "./div.ts";
import { matMul } from "./mat-mul.ts";
import {
  adjoint,
  constant,
  diagonalMatrix,
  diagonalOf,
  identity,
  matrixKernel,
  requireSquare,
  spread,
  symmetricPart,
} from "./matrices.ts";
import { mul } from "./mul.ts";
import { reshape } from "./reshape.ts";
import { sub } from "./sub.ts";

/** The eigenvalues of (A + Aᵀ) / 2 in ascending order, [..., n], and its eigenvectors in the columns of [..., n, n]. */
export function symmetricEigen(a: Tensor): readonly [values: Tensor, vectors: Tensor] {
  const [values, vectors] = bindAll(eighPrimitive, [a], null);
  return [values, vectors];
}

/**
 * M / (λⱼ - λᵢ) off the diagonal, 0 on it. Between equal eigenvalues, where the vectors are not determined, this
 * is NaN or infinite.
 */
function overGaps(m: Tensor, values: Tensor): Tensor {
  const { shape } = values;
  const n = shape[shape.length - 1];
  const gaps = sub(reshape(values, [...shape.slice(0, -1), 1, n]), reshape(values, [...shape, 1]));
  const outside = constant(n, n, m.dtype, (i, j) => Number(i !== j));
  return div(mul(m, outside), add(gaps, identity(n, m.dtype)));
}

/** Derivatives: Giles (2008), "An extended collection of matrix derivative results", section 3.1. */
export const eighPrimitive: Primitive<null> = custom({
  name: "eigh",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [
    { params: null, shapes: [[2, 2]], prepare: ([a]) => [symmetricPart(spread(a, 20))] },
    { params: null, shapes: [[2, 3, 3]], prepare: ([a]) => [symmetricPart(spread(a, 20))] },
  ],
  residuals: ["outputs"],
  abstractEval: ([a]) => {
    requireSquare("eigh", a);
    return [{ shape: a.shape.slice(0, -1), dtype: a.dtype }, a];
  },
  kernel: () => matrixKernel(jacobi),
  vjp: ([valuesBar, vectorsBar], { outputs: [values, vectors] }) => {
    const parts = [
      valuesBar && diagonalMatrix(valuesBar),
      vectorsBar && overGaps(matMul(adjoint(vectors), vectorsBar), values),
    ].filter((part) => part !== null);
    if (parts.length === 0) return [null];
    const inner = parts.reduce((x, y) => add(x, y));
    return [symmetricPart(matMul(vectors, matMul(inner, adjoint(vectors))))];
  },
  jvp: ([tangent], { outputs: [values, vectors] }) => {
    if (tangent === null) return [null, null];
    const inner = matMul(adjoint(vectors), matMul(symmetricPart(tangent), vectors));
    return [diagonalOf(inner), matMul(vectors, overGaps(inner, values))];
  },
});

/** Convergence is quadratic once it begins: ten sweeps serve for any size that fits in memory. */
const MOST_SWEEPS = 60;

/**
 * Rotations that bring off-diagonal entries to 0, row by row, until none counts; then the order of eigenvalues. Golub & Van
 * Loan (2013), algorithm 8.5.2, "Jacobi's method".
 */
function jacobi(given: Float64Array, n: number): readonly [Float64Array, Float64Array] {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) a[i * n + j] = (given[i * n + j] + given[j * n + i]) / 2;
  }
  // a rotation would set what is infinite to 0
  if (!a.every(Number.isFinite)) return [a.slice(0, n).fill(Number.NaN), a.fill(Number.NaN)];
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS && rotateAll(a, v, n); sweep++);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[i * n + i] - a[j * n + j]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) vectors[i * n + to] = v[from * n + i];
  });
  return [Float64Array.from(order, (i) => a[i * n + i]), vectors];
}

/** One rotation for each pair; false where none was needed. The rows of `v` become the vectors. */
function rotateAll(a: Float64Array, v: Float64Array, n: number): boolean {
  let rotated = false;
  for (let p = 0; p < n; p++) {
    for (let q = p + 1; q < n; q++) {
      const off = a[p * n + q];
      const [first, second] = [a[p * n + p], a[q * n + q]];
      const size = Math.abs(first) + Math.abs(second);
      if (off === 0 || Math.abs(off) <= Number.EPSILON * 1e-2 * size) continue;
      rotated = true;
      const tau = (second - first) / (2 * off);
      const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
      const c = 1 / Math.hypot(1, t);
      for (let k = 0; k < n; k++) {
        const [x, y] = [a[k * n + p], a[k * n + q]];
        a[k * n + p] = c * x - t * c * y;
        a[k * n + q] = t * c * x + c * y;
      }
      rotateRows(a, n, p, q, c, t * c);
      // what a rotation brings to 0 is 0: its roundings would keep a singular matrix from ever being diagonal
      a[p * n + q] = 0;
      a[q * n + p] = 0;
      a[p * n + p] = first - t * off;
      a[q * n + q] = second + t * off;
      rotateRows(v, n, p, q, c, t * c);
    }
  }
  return rotated;
}

/** Rows p and q, turned by the angle of cosine c and sine s. */
export function rotateRows(
  a: Float64Array,
  n: number,
  p: number,
  q: number,
  c: number,
  s: number,
): void {
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[p * n + k], a[q * n + k]];
    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
  }
}
