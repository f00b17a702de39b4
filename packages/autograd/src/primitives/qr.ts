/** @file orthogonalFactor: the Q of A = Q R. The R is Qᵀ A, so it needs no rule. */
import { formatShape } from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { add } from "./add.ts";
import { concatenate } from "./concatenate.ts";
import { custom } from "./define.ts";
import { matMul } from "./mat-mul.ts";
import {
  adjoint,
  beyond,
  dominant,
  lowerPart,
  matricesOf,
  matrixKernel,
  requireMatrix,
} from "./matrices.ts";
import { sub } from "./sub.ts";
import { solveTriangle } from "./triangular-solve.ts";

/** Q [..., m, n] with orthonormal columns that span those of A, for m ≥ n; the signs are those of Householder's reflections. */
export function orthogonalFactor(a: Tensor): Tensor {
  return bind(orthogonalFactorPrimitive, [a], null);
}

/** R of A = Q R, and below its diagonal what rounding leaves, which solving does not read. */
function triangleOf(q: Tensor, a: Tensor): Tensor {
  return matMul(adjoint(q), a);
}

/** X R⁻ᵀ. */
function overRT(x: Tensor, r: Tensor): Tensor {
  return adjoint(solveTriangle(r, adjoint(x), { upper: true, unit: false }));
}

/** X R⁻¹. */
function overR(x: Tensor, r: Tensor): Tensor {
  return adjoint(solveTriangle(adjoint(r), adjoint(x), { upper: false, unit: false }));
}

/**
 * With X = Ȧ R⁻¹ and S = stril(Qᵀ X): Q̇ = Q (S - Sᵀ) + X - Q Qᵀ X. Walter & Lehmann (2010), "Algorithmic differentiation
 * of linear algebra functions", section 4.
 */
export const orthogonalFactorPrimitive: Primitive<null> = custom({
  name: "orthogonalFactor",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [
    { params: null, shapes: [[2, 2]], prepare: ([a]) => [dominant(a)] },
    {
      params: null,
      shapes: [[2, 2, 2]],
      prepare: ([a]) => [concatenate([dominant(a), a], { axis: -2 })],
    },
  ],
  residuals: [0, "output"],
  abstractEval: ([a]) => {
    requireMatrix("qr", a);
    const { rows, columns } = matricesOf(a.shape);
    if (rows >= columns) return a;
    throw new ShapeError("qr", { shape: a.shape }, (d) => {
      return `shape ${formatShape(d.shape)} has more columns than rows, which are not independent. Call \`linalg.qr\`, which takes the first ones.`;
    });
  },
  kernel: () => matrixKernel((matrix, rows, columns) => [householder(matrix, rows, columns)]),
  vjp: ([cotangent], { primals: [a], output: q }) => {
    if (cotangent === null) return [null];
    const m = matMul(adjoint(q), cotangent);
    const turn = lowerPart(sub(m, adjoint(m)), true);
    const outside = beyond(q, cotangent, m);
    const xBar = outside === null ? matMul(q, turn) : add(outside, matMul(q, turn));
    return [overRT(xBar, triangleOf(q, a))];
  },
  jvp: ([tangent], { primals: [a], output: q }) => {
    if (tangent === null) return [null];
    const x = overR(tangent, triangleOf(q, a));
    const inside = matMul(adjoint(q), x);
    const lower = lowerPart(inside, true);
    const turned = matMul(q, sub(lower, adjoint(lower)));
    const outside = beyond(q, x, inside);
    return [outside === null ? turned : add(outside, turned)];
  },
});

/** The first n columns of Q; `a` becomes R. Golub & Van Loan (2013), algorithms 5.2.1 and 5.1.5. */
function householder(a: Float64Array, m: number, n: number): Float64Array {
  const vectors: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    const v = new Float64Array(m);
    let norm = 0;
    for (let i = k; i < m; i++) norm = Math.hypot(norm, a[i * n + k]);
    for (let i = k; i < m; i++) v[i] = a[i * n + k];
    v[k] += a[k * n + k] >= 0 ? norm : -norm;
    reflect(v, a, k, m, n, k);
    vectors.push(v);
  }
  const q = new Float64Array(m * n);
  for (let k = 0; k < n; k++) q[k * n + k] = 1;
  for (let k = n - 1; k >= 0; k--) reflect(vectors[k], q, k, m, n, k);
  return q;
}

/** Applies I - 2 v vᵀ / vᵀv to the columns from `first` on. */
function reflect(
  v: Float64Array,
  a: Float64Array,
  from: number,
  m: number,
  n: number,
  first: number,
): void {
  let squared = 0;
  for (let i = from; i < m; i++) squared += v[i] * v[i];
  if (squared === 0) return;
  for (let j = first; j < n; j++) {
    let sum = 0;
    for (let i = from; i < m; i++) sum += v[i] * a[i * n + j];
    const factor = (2 * sum) / squared;
    for (let i = from; i < m; i++) a[i * n + j] -= factor * v[i];
  }
}
