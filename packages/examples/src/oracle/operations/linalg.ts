/** @file The table of operators: linear algebra. */
import {
  addbmm,
  addmm,
  addmv,
  addr,
  arange,
  baddbmm,
  broadcastTo,
  cdist,
  choleskyInverse,
  choleskySolve,
  concatenate,
  cross,
  dot,
  einsum,
  equal,
  getItem,
  inner,
  linalg,
  logdet,
  matMul,
  matrixExp,
  mul,
  outer,
  pdist,
  sum,
  type Tensor,
  takeAlongAxis,
  tensordot,
  triangularSolve,
  where,
  zeros,
} from "@tapegrad/autograd";
import { type Operations, op } from "./operation.ts";

/** Steps of elimination as LAPACK notes them: row i changed places with row pivots[i], counted from 1. */
function pivotsOf(order: Tensor, k: number): Tensor {
  const places = placesOf(order);
  let now = broadcastTo(places, order.shape);
  const steps = Array.from({ length: k }, (_, i) => {
    const isThere = equal(now, entry(order, i));
    const at = sum(where(isThere, places, 0), { axes: -1, keepDims: true });
    now = swapped(now, i, at);
    return at.add(1);
  });
  const none = zeros([...order.shape.slice(0, -1), 0], { dtype: "int32" });
  return concatenate([none, ...steps], { axis: -1 });
}

/** The order of rows after these steps. */
function orderOf(pivots: Tensor): Tensor {
  let now = broadcastTo(placesOf(pivots), pivots.shape);
  for (let i = 0; i < pivots.shape[pivots.rank - 1]; i++) {
    now = swapped(now, i, entry(pivots, i).sub(1));
  }
  return now;
}

function placesOf(x: Tensor): Tensor {
  return arange(0, x.shape[x.rank - 1], 1, { dtype: "int32" });
}

function entry(x: Tensor, i: number): Tensor {
  return getItem(x, ["...", { start: i, stop: i + 1 }]);
}

/** Entries i and `at` of every row change places. */
function swapped(x: Tensor, i: number, at: Tensor): Tensor {
  const places = placesOf(x);
  const there = takeAlongAxis(x, at, { axis: -1 });
  return where(equal(places, i), there, where(equal(places, at), entry(x, i), x));
}

function packed(lu: Tensor, pivots: Tensor): { lu: Tensor; order: Tensor } {
  return { lu, order: orderOf(pivots) };
}

/** PyTorch's older `cross` looks for the first axis of three. */
function crossAxis(x: Tensor, dim: number | undefined): number {
  return dim ?? x.shape.indexOf(3);
}

export const linearAlgebra: Operations = {
  "matmul(input, other)": op(
    ({ input, other }) => matMul(input, other),
    "jnp.matmul",
    "tf.linalg.matmul",
  ),
  "mm(input, mat2)": op(({ input, mat2 }) => matMul(input, mat2), "jnp.matmul", "tf.linalg.matmul"),
  "bmm(input, mat2)": op(
    ({ input, mat2 }) => matMul(input, mat2),
    "jnp.matmul",
    "tf.linalg.matmul",
  ),
  "mv(input, vec)": op(({ input, vec }) => matMul(input, vec), "jnp.matmul", "tf.linalg.matvec"),
  "dot(input, other)": op(({ input, other }) => dot(input, other), "jnp.dot", "tf.tensordot"),
  "vdot(input, other)": op(({ input, other }) => dot(input, other), "jnp.vdot", "tf.tensordot"),
  "outer(input, vec2)": op(({ input, vec2 }) => outer(input, vec2), "jnp.outer", null),
  "inner(input, other)": op(({ input, other }) => inner(input, other), "jnp.inner", null),
  "addmm(input, mat1, mat2, beta=1, alpha=1)": op(
    ({ input, mat1, mat2, beta, alpha }) => addmm(input, mat1, mat2, { beta, alpha }),
    null,
    null,
  ),
  "addmv(input, mat, vec, beta=1, alpha=1)": op(
    ({ input, mat, vec, beta, alpha }) => addmv(input, mat, vec, { beta, alpha }),
    null,
    null,
  ),
  "addr(input, vec1, vec2, beta=1, alpha=1)": op(
    ({ input, vec1, vec2, beta, alpha }) => addr(input, vec1, vec2, { beta, alpha }),
    null,
    null,
  ),
  "addbmm(input, batch1, batch2, beta=1, alpha=1)": op(
    ({ input, batch1, batch2, beta, alpha }) => addbmm(input, batch1, batch2, { beta, alpha }),
    null,
    null,
  ),
  "baddbmm(input, batch1, batch2, beta=1, alpha=1)": op(
    ({ input, batch1, batch2, beta, alpha }) => baddbmm(input, batch1, batch2, { beta, alpha }),
    null,
    null,
  ),
  "einsum(tensors, equation)": op(
    ({ equation, tensors }) => einsum(equation, ...(tensors as readonly Tensor[])),
    "jnp.einsum",
    "tf.einsum",
  ),
  "tensordot(a, b, dims=2)": op(
    ({ a, b, dims }) => tensordot(a, b, { axes: dims }),
    "jnp.tensordot",
    "tf.tensordot",
  ),
  "cross(input, other, dim=None)": op(
    ({ input, other, dim }) => cross(input, other, { axis: crossAxis(input, dim) }),
    "jnp.cross",
    "tf.linalg.cross",
  ),
  "linalg.cross(input, other, dim=-1)": op(
    ({ input, other, dim }) => linalg.cross(input, other, { axis: dim }),
    "jnp.linalg.cross",
    "tf.linalg.cross",
  ),
  "linalg.vecdot(x, y, dim=-1)": op(
    ({ x, y, dim }) => linalg.vecdot(x, y, { axis: dim }),
    "jnp.linalg.vecdot",
    null,
  ),
  "linalg.multi_dot(tensors)": op(
    ({ tensors }) => linalg.multiDot(tensors),
    "jnp.linalg.multi_dot",
    null,
  ),
  "linalg.matrix_power(A, n)": op(
    ({ A, n }) => linalg.matrixPower(A, n),
    "jnp.linalg.matrix_power",
    null,
  ),
  "linalg.inv(A)": op(({ A }) => linalg.inv(A), "jnp.linalg.inv", "tf.linalg.inv"),
  "linalg.solve(A, B, left=True)": op(
    ({ A, B, left }) => linalg.solve(A, B, { left }),
    "jnp.linalg.solve",
    "tf.linalg.solve",
  ),
  "linalg.solve_triangular(A, B, upper, left=True, unitriangular=False)": op(
    ({ A, B, upper, left, unitriangular }) =>
      linalg.solveTriangular(A, B, { upper, left, unitriangular }),
    "jax.lax.linalg.triangular_solve",
    "tf.linalg.triangular_solve",
  ),
  "triangular_solve(b, A, upper=True, transpose=False, unitriangular=False)": op(
    ({ b, A, upper, transpose, unitriangular }) => [
      triangularSolve(b, A, { upper, transpose, unitriangular }),
      mul(A, 1),
    ],
    "jax.lax.linalg.triangular_solve",
    "tf.linalg.triangular_solve",
  ),
  "linalg.cholesky(A, upper=False)": op(
    ({ A, upper }) => linalg.cholesky(A, { upper }),
    "jnp.linalg.cholesky",
    "tf.linalg.cholesky",
  ),
  "cholesky(input, upper=False)": op(
    ({ input, upper }) => linalg.cholesky(input, { upper }),
    "jnp.linalg.cholesky",
    "tf.linalg.cholesky",
  ),
  "cholesky_inverse(input, upper=False)": op(
    ({ input, upper }) => choleskyInverse(input, { upper }),
    null,
    null,
  ),
  "cholesky_solve(input, input2, upper=False)": op(
    ({ input, input2, upper }) => choleskySolve(input, input2, { upper }),
    "jax.scipy.linalg.cho_solve",
    "tf.linalg.cholesky_solve",
  ),
  "linalg.eigh(A, UPLO='L')": op(
    ({ A, UPLO }) => linalg.eigh(A, { triangle: UPLO }),
    "jnp.linalg.eigh",
    "tf.linalg.eigh",
  ),
  "linalg.eigvalsh(A, UPLO='L')": op(
    ({ A, UPLO }) => linalg.eigvalsh(A, { triangle: UPLO }),
    "jnp.linalg.eigvalsh",
    "tf.linalg.eigvalsh",
  ),
  "linalg.svd(A, full_matrices=True)": op(
    ({ A }) => linalg.svd(A),
    "jnp.linalg.svd",
    "tf.linalg.svd",
  ),
  "linalg.svdvals(A)": op(({ A }) => linalg.svdvals(A), "jnp.linalg.svdvals", "tf.linalg.svd"),
  "linalg.det(A)": op(({ A }) => linalg.det(A), "jnp.linalg.det", "tf.linalg.det"),
  "linalg.slogdet(A)": op(({ A }) => linalg.slogdet(A), "jnp.linalg.slogdet", "tf.linalg.slogdet"),
  "logdet(input)": op(({ input }) => logdet(input), null, "tf.linalg.logdet"),
  "linalg.qr(A, mode='reduced')": op(({ A }) => linalg.qr(A), "jnp.linalg.qr", "tf.linalg.qr"),
  "linalg.pinv(A, atol=None, rtol=None, hermitian=False)": op(
    ({ A, atol, rtol }) => linalg.pinv(A, { atol, rtol }),
    "jnp.linalg.pinv",
    "tf.linalg.pinv",
  ),
  "linalg.matrix_rank(A, atol=None, rtol=None, hermitian=False)": op(
    ({ A, atol, rtol }) => linalg.matrixRank(A, { atol, rtol }),
    "jnp.linalg.matrix_rank",
    "tf.linalg.matrix_rank",
  ),
  "linalg.lu_factor(A, pivot=True)": op(
    ({ A }) => {
      const { lu, order } = linalg.luFactor(A);
      return [lu, pivotsOf(order, Math.min(...lu.shape.slice(-2)))];
    },
    "jax.scipy.linalg.lu_factor",
    "tf.linalg.lu",
  ),
  "linalg.lu(A, pivot=True)": op(({ A }) => linalg.lu(A), "jax.scipy.linalg.lu", "tf.linalg.lu"),
  "lu_solve(b, LU_data, LU_pivots)": op(
    ({ b, LU_data, LU_pivots }) => linalg.luSolve(packed(LU_data, LU_pivots), b),
    "jax.scipy.linalg.lu_solve",
    "tf.linalg.lu_solve",
  ),
  "linalg.lu_solve(LU, pivots, B, left=True, adjoint=False)": op(
    ({ LU, pivots, B, left, adjoint }) => linalg.luSolve(packed(LU, pivots), B, { left, adjoint }),
    "jax.scipy.linalg.lu_solve",
    "tf.linalg.lu_solve",
  ),
  "linalg.lstsq.grad_oriented(A, B, driver=None)": op(
    ({ A, B }) => linalg.lstsq(A, B),
    "jnp.linalg.lstsq",
    "tf.linalg.lstsq",
  ),
  "linalg.tensorinv(A, ind=2)": op(
    ({ A, ind }) => linalg.tensorinv(A, { ind }),
    "jnp.linalg.tensorinv",
    null,
  ),
  "linalg.tensorsolve(A, B, dims=None)": op(
    ({ A, B, dims }) => linalg.tensorsolve(A, B, { axes: dims }),
    "jnp.linalg.tensorsolve",
    null,
  ),
  "matrix_exp(A)": op(({ A }) => matrixExp(A), "jax.scipy.linalg.expm", "tf.linalg.expm"),
  "cdist(x1, x2, p=2, compute_mode=None)": op(({ x1, x2, p }) => cdist(x1, x2, { p }), null, null),
  "nn.functional.pdist(input, p=2)": op(({ input, p }) => pdist(input, { p }), null, null),
  "linalg.vander(x, N=None)": op(({ x, N }) => linalg.vander(x, { n: N }), "jnp.vander", null),
  "linalg.cond(A, p=None)": op(({ A, p }) => linalg.cond(A, { ord: p }), "jnp.linalg.cond", null),
  "linalg.norm(A, ord=None, dim=None, keepdim=False)": op(
    ({ A, ord, dim, keepdim }) => linalg.norm(A, { ord, axes: dim, keepDims: keepdim }),
    "jnp.linalg.norm",
    "tf.norm",
  ),
  "linalg.matrix_norm(A, ord='fro', dim=[-2,-1], keepdim=False)": op(
    ({ A, ord, dim, keepdim }) => linalg.matrixNorm(A, { ord, axes: dim, keepDims: keepdim }),
    "jnp.linalg.matrix_norm",
    "tf.norm",
  ),
  "norm.nuc(input, p='nuc', dim=None, keepdim=False)": op(
    ({ input, dim, keepdim }) =>
      linalg.matrixNorm(input, { ord: "nuc", axes: dim, keepDims: keepdim }),
    "jnp.linalg.norm",
    null,
  ),
};
