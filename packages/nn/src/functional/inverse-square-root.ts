/**
 * @file Σ^(-1/2) of symmetric positive definite matrices, by eigenvectors and by Newton's iteration.
 */
import {
  add,
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

/**
 * Σ^(-1/2) = D Λ^(-1/2) Dᵀ, from Σ = D Λ Dᵀ.
 *
 * - shape: [..., n, n], symmetric and positive definite, to the same; NaN where an eigenvalue is negative
 * - derivative: exact up to the third order, and finite at equal eigenvalues too, where the eigenvectors have none. They
 *   are constants here: D Λ^(-1/2) Dᵀ is a number W₀ of no derivative, which three Newton steps
 *   W ← W - L⁻¹(W Σ W - I) correct by nothing but rounding. L X = S X + X S with S = Σ^(1/2) is the derivative of W Σ W
 *   by W, with eigenvalues √λᵢ + √λⱼ > 0. If W is Σ^(-1/2) in its first k derivatives, then after a step in its first k + 1
 * - beyond the third order derivatives are wrong
 *
 * @throws ShapeError if Σ is no square matrix.
 * @example
 * inverseSquareRoot(tensor([[4, 0], [0, 9]]));   // [[1/2, 0], [0, 1/3]]
 */
export function inverseSquareRoot(matrix: Tensor): Tensor {
  const { values, vectors } = linalg.eigh(stopGradient(matrix));
  const roots = expandDims(stopGradient(sqrt(values)), -2);
  const basis = stopGradient(vectors);
  const transposed = mT(basis);
  const sums = add(roots, mT(roots));
  const identity = eye(matrix.shape[matrix.rank - 1], { dtype: dtypeOf(matrix) });
  let root = matMul(div(basis, roots), transposed);
  for (let order = 1; order <= EXACT_ORDERS; order++) {
    const residual = sub(matMul(matMul(root, matrix), root), identity);
    const inBasis = div(matMul(matMul(transposed, residual), basis), sums);
    root = sub(root, matMul(matMul(basis, inBasis), transposed));
  }
  return root;
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
