/**
 * @file Σ^(-1/2) of symmetric positive definite matrices, by eigenvectors and by Newton's iteration.
 */
import {
  add,
  clampMin,
  div,
  expandDims,
  eye,
  linalg,
  matMul,
  mT,
  mul,
  sqrt,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from "@tapegrad/autograd";
import { requireCount } from "../layers/layer-options.ts";

/** Up to which order the derivatives of `inverseSquareRoot` are exact. */
const EXACT_ORDERS = 3;

export interface InverseRootOptions {
  /** The least eigenvalue that is taken for one; none by default. */
  readonly least?: number;
}

/**
 * Σ^(-1/2) = D Λ^(-1/2) Dᵀ, from Σ = D Λ Dᵀ.
 *
 * - shape: [..., n, n], symmetric and positive definite, to the same
 * - eigenvalues below `least` count as `least`; without it a negative one, as rounding makes of one near 0, gives NaN
 * - derivative: exact up to the third order, and finite at equal eigenvalues too, where the eigenvectors have none. They
 *   are constants here, and Σ is Λ in their basis: Λ plus Dᵀ (Σ - sg(Σ)) D, which is 0 but has derivatives. There W = Λ^(-1/2)
 *   is a number that three Newton steps W ← W - (W Σ W - I) / (√λᵢ + √λⱼ) correct by nothing but rounding: W Σ W has the
 *   derivative X √Λ + √Λ X along X, whose eigenvalues √λᵢ + √λⱼ are never 0. If W is Σ^(-1/2) in its first k derivatives,
 *   then after a step in its first k + 1
 * - beyond the third order derivatives are wrong
 *
 * @throws ShapeError if Σ is no square matrix.
 * @example
 * inverseSquareRoot(tensor([[4, 0], [0, 9]]));   // [[1/2, 0], [0, 1/3]]
 */
export function inverseSquareRoot(matrix: Tensor, { least }: InverseRootOptions = {}): Tensor {
  const fixed = stopGradient(matrix);
  const { values, vectors: basis } = linalg.eigh(fixed);
  const lengths = expandDims(least === undefined ? values : clampMin(values, least), -2);
  const roots = sqrt(lengths);
  const sums = add(roots, mT(roots));
  const identity = eye(matrix.shape[matrix.rank - 1], { dtype: dtypeOf(matrix) });
  const change = matMul(matMul(mT(basis), sub(matrix, fixed)), basis);
  const target = add(mul(identity, lengths), change);
  let root = div(identity, roots);
  for (let order = 1; order <= EXACT_ORDERS; order++) {
    const residual = sub(matMul(matMul(root, target), root), identity);
    root = sub(root, div(residual, sums));
  }
  return matMul(matMul(basis, root), mT(basis));
}

/**
 * Σ^(-1/2) as far as Newton's iteration gets: with N = Σ / tr(Σ), P₀ = I and Pₖ = (3 Pₖ₋₁ - Pₖ₋₁³ N) / 2, it is
 * P_T / √tr(Σ).
 *
 * - shape: [..., n, n], symmetric and positive semi-definite but not 0, to the same
 * - derivative: follows from the products, to any order
 * - directions in which Σ is small against its trace are not reached in few iterations: they stay shorter than they should
 *
 * @throws ShapeError if Σ is no square matrix; ValueError if the number of iterations is not an integer above 0.
 * @see Huang, Zhou, Zhu, Liu & Shao (2019), "Iterative Normalization: Beyond Standardization towards Efficient
 *   Whitening", algorithm 1.
 */
export function newtonInverseSquareRoot(matrix: Tensor, iterations = 5): Tensor {
  requireCount("newtonInverseSquareRoot", "iterations", iterations);
  const identity = eye(matrix.shape[matrix.rank - 1], { dtype: dtypeOf(matrix) });
  const trace = sum(mul(matrix, identity), { axes: [-2, -1], keepDims: true });
  const normalized = div(matrix, trace);
  let root = div(sub(mul(identity, 3), normalized), 2);
  for (let k = 2; k <= iterations; k++) {
    const cube = matMul(matMul(root, root), root);
    root = div(sub(mul(root, 3), matMul(cube, normalized)), 2);
  }
  return div(root, sqrt(trace));
}

function dtypeOf({ dtype }: Tensor): "float32" | "float64" {
  return dtype === "float64" ? dtype : "float32";
}
