/** @file cholesky: the lower triangle L with L Lᵀ = A. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { custom } from "./define.ts";
import { matMul } from "./mat-mul.ts";
import {
  adjoint,
  masked,
  matrixKernel,
  positiveDefinite,
  requireSquare,
  singular,
  symmetricPart,
} from "./matrices.ts";
import { solveTriangle } from "./triangular-solve.ts";

/** The lower triangle L with L Lᵀ = (A + Aᵀ) / 2. @throws ValueError if that is not positive definite. */
export function lowerCholesky(a: Tensor): Tensor {
  return bind(choleskyPrimitive, [a], null);
}

/** The lower triangle with half of the diagonal. */
const half = (x: Tensor): Tensor => masked(x, (i, j) => (i > j ? 1 : i === j ? 0.5 : 0));
const lower = { upper: false, unit: false } as const;
const upper = { upper: true, unit: false } as const;

/** Derivatives: Murray (2016), "Differentiation of the Cholesky decomposition", equations 8 and 10. */
export const choleskyPrimitive: Primitive<null> = custom({
  name: "cholesky",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [
    { params: null, shapes: [[3, 3]], prepare: ([a]) => [positiveDefinite(a)] },
    { params: null, shapes: [[2, 2, 2]], prepare: ([a]) => [positiveDefinite(a)] },
  ],
  residuals: ["output"],
  abstractEval: ([a]) => {
    requireSquare("cholesky", a);
    return a;
  },
  kernel: () => matrixKernel((matrix, n) => [factor(matrix, n)]),
  vjp: ([cotangent], { output: l }) => {
    if (cotangent === null) return [null];
    const inner = half(matMul(adjoint(l), cotangent));
    // L⁻ᵀ inner L⁻¹
    const left = solveTriangle(adjoint(l), inner, upper);
    return [symmetricPart(solveTriangle(adjoint(l), adjoint(left), upper))];
  },
  jvp: ([tangent], { output: l }) => {
    if (tangent === null) return [null];
    const left = solveTriangle(l, symmetricPart(tangent), lower);
    // L⁻¹ Ȧ L⁻ᵀ, which is symmetric
    const both = solveTriangle(l, adjoint(left), lower);
    return [matMul(l, half(both))];
  },
});

function factor(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = (a[i * n + j] + a[j * n + i]) / 2;
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i > j) l[i * n + j] = sum / l[j * n + j];
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum);
      else if (Number.isNaN(sum)) l[i * n + i] = sum;
      else throw singular("cholesky", j, "not positive definite");
    }
  }
  return l;
}
