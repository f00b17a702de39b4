/** @file The table of operators: linear algebra. */
import {
  addbmm,
  addmm,
  addmv,
  addr,
  baddbmm,
  cdist,
  choleskyInverse,
  choleskySolve,
  cross,
  einsum,
  dot,
  inner,
  linalg as la,
  logdet,
  matMul,
  matrixExp,
  mul,
  outer,
  pdist,
  tensor,
  type Tensor,
  tensordot,
  triangularSolve,
} from "@tapegrad/autograd";
import { op, type Operations } from "./operation.ts";

/** Steps of elimination as LAPACK notes them: row i changed places with row pivots[i], counted from 1. */
function pivotsOf(order: Tensor, k: number): Tensor {
  const m = order.shape[order.rank - 1];
  const pivots = rowsOf(order).flatMap((row) => {
    const now = Array.from({ length: m }, (_, i) => i);
    return row.slice(0, k).map((from, i) => {
      const at = now.indexOf(from);
      [now[i], now[at]] = [now[at], now[i]];
      return at + 1;
    });
  });
  return tensor(pivots, { dtype: "int32" }).reshape([...order.shape.slice(0, -1), k]);
}

/** The order of rows after these steps. */
function orderOf(pivots: Tensor): Tensor {
  const order = rowsOf(pivots).flatMap((row) => {
    const now = row.map((_, i) => i);
    row.forEach((at, i) => {
      [now[i], now[at - 1]] = [now[at - 1], now[i]];
    });
    return now;
  });
  return tensor(order, { dtype: "int32" }).reshape(pivots.shape);
}

function rowsOf(x: Tensor): readonly (readonly number[])[] {
  const n = x.shape[x.rank - 1];
  const flat = x.reshape([-1]).toArray() as readonly number[];
  return Array.from({ length: n === 0 ? 0 : flat.length / n }, (_, i) => {
    return flat.slice(i * n, (i + 1) * n);
  });
}

function packed(lu: Tensor, pivots: Tensor): { lu: Tensor; order: Tensor } {
  return { lu, order: orderOf(pivots) };
}

/** PyTorch's older `cross` looks for the first axis of three. */
function crossAxis(x: Tensor, dim: number | undefined): number {
  return dim ?? x.shape.indexOf(3);
}

export const linalg: Operations = {
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
    ({ input, other, dim }) => la.cross(input, other, { axis: dim }),
    "jnp.linalg.cross",
    "tf.linalg.cross",
  ),
  "linalg.vecdot(x, y, dim=-1)": op(
    ({ x, y, dim }) => la.vecdot(x, y, { axis: dim }),
    "jnp.linalg.vecdot",
    null,
  ),
  "linalg.multi_dot(tensors)": op(
    ({ tensors }) => la.multiDot(tensors),
    "jnp.linalg.multi_dot",
    null,
  ),
  "linalg.matrix_power(A, n)": op(
    ({ A, n }) => la.matrixPower(A, n),
    "jnp.linalg.matrix_power",
    null,
  ),
  "linalg.inv(A)": op(({ A }) => la.inv(A), "jnp.linalg.inv", "tf.linalg.inv"),
  "linalg.solve(A, B, left=True)": op(
    ({ A, B, left }) => la.solve(A, B, { left }),
    "jnp.linalg.solve",
    "tf.linalg.solve",
  ),
  "linalg.solve_triangular(A, B, upper, left=True, unitriangular=False)": op(
    ({ A, B, upper, left, unitriangular }) =>
      la.solveTriangular(A, B, { upper, left, unitriangular }),
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
    ({ A, upper }) => la.cholesky(A, { upper }),
    "jnp.linalg.cholesky",
    "tf.linalg.cholesky",
  ),
  "cholesky(input, upper=False)": op(
    ({ input, upper }) => la.cholesky(input, { upper }),
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
    ({ A, UPLO }) => la.eigh(A, { triangle: UPLO }),
    "jnp.linalg.eigh",
    "tf.linalg.eigh",
  ),
  "linalg.eigvalsh(A, UPLO='L')": op(
    ({ A, UPLO }) => la.eigvalsh(A, { triangle: UPLO }),
    "jnp.linalg.eigvalsh",
    "tf.linalg.eigvalsh",
  ),
  "linalg.svd(A, full_matrices=True)": op(({ A }) => la.svd(A), "jnp.linalg.svd", "tf.linalg.svd"),
  "linalg.svdvals(A)": op(({ A }) => la.svdvals(A), "jnp.linalg.svdvals", "tf.linalg.svd"),
  "linalg.det(A)": op(({ A }) => la.det(A), "jnp.linalg.det", "tf.linalg.det"),
  "linalg.slogdet(A)": op(({ A }) => la.slogdet(A), "jnp.linalg.slogdet", "tf.linalg.slogdet"),
  "logdet(input)": op(({ input }) => logdet(input), null, "tf.linalg.logdet"),
  "linalg.qr(A, mode='reduced')": op(({ A }) => la.qr(A), "jnp.linalg.qr", "tf.linalg.qr"),
  "linalg.pinv(A, atol=None, rtol=None, hermitian=False)": op(
    ({ A, atol, rtol }) => la.pinv(A, { atol, rtol }),
    "jnp.linalg.pinv",
    "tf.linalg.pinv",
  ),
  "linalg.matrix_rank(A, atol=None, rtol=None, hermitian=False)": op(
    ({ A, atol, rtol }) => la.matrixRank(A, { atol, rtol }),
    "jnp.linalg.matrix_rank",
    "tf.linalg.matrix_rank",
  ),
  "linalg.lu_factor(A, pivot=True)": op(
    ({ A }) => {
      const { lu, order } = la.luFactor(A);
      return [lu, pivotsOf(order, Math.min(...lu.shape.slice(-2)))];
    },
    "jax.scipy.linalg.lu_factor",
    "tf.linalg.lu",
  ),
  "linalg.lu(A, pivot=True)": op(({ A }) => la.lu(A), "jax.scipy.linalg.lu", "tf.linalg.lu"),
  "lu_solve(b, LU_data, LU_pivots)": op(
    ({ b, LU_data, LU_pivots }) => la.luSolve(packed(LU_data, LU_pivots), b),
    "jax.scipy.linalg.lu_solve",
    "tf.linalg.lu_solve",
  ),
  "linalg.lu_solve(LU, pivots, B, left=True, adjoint=False)": op(
    ({ LU, pivots, B, left, adjoint }) => la.luSolve(packed(LU, pivots), B, { left, adjoint }),
    "jax.scipy.linalg.lu_solve",
    "tf.linalg.lu_solve",
  ),
  "linalg.lstsq.grad_oriented(A, B, driver=None)": op(
    ({ A, B }) => la.lstsq(A, B),
    "jnp.linalg.lstsq",
    "tf.linalg.lstsq",
  ),
  "linalg.tensorinv(A, ind=2)": op(
    ({ A, ind }) => la.tensorinv(A, { ind }),
    "jnp.linalg.tensorinv",
    null,
  ),
  "linalg.tensorsolve(A, B, dims=None)": op(
    ({ A, B, dims }) => la.tensorsolve(A, B, { axes: dims }),
    "jnp.linalg.tensorsolve",
    null,
  ),
  "matrix_exp(A)": op(({ A }) => matrixExp(A), "jax.scipy.linalg.expm", "tf.linalg.expm"),
  "cdist(x1, x2, p=2, compute_mode=None)": op(({ x1, x2, p }) => cdist(x1, x2, { p }), null, null),
  "nn.functional.pdist(input, p=2)": op(({ input, p }) => pdist(input, { p }), null, null),
  "linalg.vander(x, N=None)": op(({ x, N }) => la.vander(x, { n: N }), "jnp.vander", null),
  "linalg.cond(A, p=None)": op(({ A, p }) => la.cond(A, { ord: p }), "jnp.linalg.cond", null),
  "linalg.norm(A, ord=None, dim=None, keepdim=False)": op(
    ({ A, ord, dim, keepdim }) => la.norm(A, { ord, axes: dim, keepDims: keepdim }),
    "jnp.linalg.norm",
    "tf.norm",
  ),
  "linalg.matrix_norm(A, ord='fro', dim=[-2,-1], keepdim=False)": op(
    ({ A, ord, dim, keepdim }) => la.matrixNorm(A, { ord, axes: dim, keepDims: keepdim }),
    "jnp.linalg.matrix_norm",
    "tf.norm",
  ),
  "norm.nuc(input, p='nuc', dim=None, keepdim=False)": op(
    ({ input, dim, keepdim }) => la.matrixNorm(input, { ord: "nuc", axes: dim, keepDims: keepdim }),
    "jnp.linalg.norm",
    null,
  ),
};
