/** @file The table of operators: reductions. */
import {
  aminmax,
  cast,
  corrcoef,
  cov,
  type DType,
  dist,
  kthvalue,
  logSumExp,
  max,
  mean,
  median,
  min,
  mode,
  nanmean,
  nanmedian,
  nansum,
  normalize,
  prod,
  quantile,
  renorm,
  reshape,
  standardDeviation,
  sum,
  type Tensor,
  trace,
  variance,
  vectorNorm,
} from "@tapegrad/autograd";
import { type Operations, op, scalarAsVector } from "./operation.ts";

/** Bessel's correction unless told otherwise; PyTorch also takes `unbiased` in the place of `dim`. */
function correctionOf(
  dim: unknown,
  unbiased: boolean | undefined,
  correction: number | undefined,
): number {
  return correction ?? ((typeof dim === "boolean" ? dim : unbiased) === false ? 0 : 1);
}

function dimsOf(dim: unknown): never {
  return (typeof dim === "boolean" ? undefined : dim) as never;
}

function asType(x: Tensor, dtype: DType | undefined): Tensor {
  return dtype === undefined ? x : cast(x, dtype);
}

/** A scalar that is told an axis, as a vector. */
function vectorOf(x: Tensor, dim: number | undefined): Tensor {
  return x.rank === 0 && dim !== undefined ? reshape(x, [1]) : x;
}

/** The Frobenius norm of a tensor is its length as a vector. */
function orderOf(p: number | string): number {
  return typeof p === "number" ? p : 2;
}

function axisOf(x: Tensor, dim: number | undefined): number | undefined {
  return x.rank === 0 ? undefined : dim;
}

/** No axes at all mean all of them. */
function axesOf(dim: number | readonly number[] | undefined): never {
  return (Array.isArray(dim) && dim.length === 0 ? undefined : dim) as never;
}

export const reduction: Operations = {
  "sum(input, dim=None, keepdim=False, dtype=None)": op(
    scalarAsVector(({ input, dim, keepdim, dtype }) =>
      sum(asType(input, dtype), { axes: dim, keepDims: keepdim }),
    ),
    "jnp.sum",
    "tf.reduce_sum",
  ),
  "mean(input, dim=None, keepdim=False, dtype=None)": op(
    scalarAsVector(({ input, dim, keepdim, dtype }) =>
      mean(asType(input, dtype), { axes: dim, keepDims: keepdim }),
    ),
    "jnp.mean",
    "tf.reduce_mean",
  ),
  "nansum(input, dim=None, keepdim=False, dtype=None)": op(
    scalarAsVector(({ input, dim, keepdim, dtype }) =>
      nansum(asType(input, dtype), { axes: dim, keepDims: keepdim }),
    ),
    "jnp.nansum",
    null,
  ),
  "nanmean(input, dim=None, keepdim=False, dtype=None)": op(
    scalarAsVector(({ input, dim, keepdim, dtype }) =>
      nanmean(asType(input, dtype), { axes: dim, keepDims: keepdim }),
    ),
    "jnp.nanmean",
    null,
  ),
  "var(input, dim=None, unbiased=None, correction=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, unbiased, correction, keepdim }) =>
      variance(input, {
        axes: dimsOf(dim),
        keepDims: keepdim,
        correction: correctionOf(dim, unbiased, correction),
      }),
    ),
    "jnp.var",
    "tf.math.reduce_variance",
  ),
  "std(input, dim=None, unbiased=None, correction=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, unbiased, correction, keepdim }) =>
      standardDeviation(input, {
        axes: dimsOf(dim),
        keepDims: keepdim,
        correction: correctionOf(dim, unbiased, correction),
      }),
    ),
    "jnp.std",
    "tf.math.reduce_std",
  ),
  "var_mean(input, dim=None, unbiased=None, correction=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, unbiased, correction, keepdim }) => [
      variance(input, {
        axes: dimsOf(dim),
        keepDims: keepdim,
        correction: correctionOf(dim, unbiased, correction),
      }),
      mean(input, { axes: dimsOf(dim), keepDims: keepdim }),
    ]),
    null,
    "tf.nn.moments",
  ),
  "std_mean(input, dim=None, unbiased=None, correction=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, unbiased, correction, keepdim }) => [
      standardDeviation(input, {
        axes: dimsOf(dim),
        keepDims: keepdim,
        correction: correctionOf(dim, unbiased, correction),
      }),
      mean(input, { axes: dimsOf(dim), keepDims: keepdim }),
    ]),
    null,
    null,
  ),
  "prod(input, dim=None, keepdim=False, dtype=None)": op(
    scalarAsVector(({ input, dim, keepdim, dtype }) =>
      prod(asType(input, dtype), { axes: dim, keepDims: keepdim }),
    ),
    "jnp.prod",
    "tf.reduce_prod",
  ),
  "amax(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => max(input, { axes: dim, keepDims: keepdim })),
    "jnp.max",
    "tf.reduce_max",
  ),
  "amin(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => min(input, { axes: dim, keepDims: keepdim })),
    "jnp.min",
    "tf.reduce_min",
  ),
  "aminmax(input, dim=None, keepdim=False)": op(
    ({ input, dim, keepdim }) => aminmax(vectorOf(input, dim), { axes: dim, keepDims: keepdim }),
    null,
    null,
  ),
  "max.reduction_no_dim(input)": op(({ input }) => max(input), "jnp.max", "tf.reduce_max"),
  "min.reduction_no_dim(input)": op(({ input }) => min(input), "jnp.min", "tf.reduce_min"),
  "max.reduction_with_dim(input, dim, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => max(input, { axis: dim, keepDims: keepdim })),
    null,
    null,
  ),
  "min.reduction_with_dim(input, dim, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => min(input, { axis: dim, keepDims: keepdim })),
    null,
    null,
  ),
  "logsumexp(input, dim, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => logSumExp(input, { axes: dim, keepDims: keepdim })),
    "jax.nn.logsumexp",
    "tf.reduce_logsumexp",
  ),
  "norm(input, p='fro', dim=None, keepdim=False)": op(
    scalarAsVector(({ input, p, dim, keepdim }) =>
      vectorNorm(input, { ord: orderOf(p), axes: dim, keepDims: keepdim }),
    ),
    "jnp.linalg.norm",
    "tf.norm",
  ),
  "linalg.vector_norm(input, ord=2, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, ord, dim, keepdim }) =>
      vectorNorm(input, { ord, axes: axesOf(dim), keepDims: keepdim }),
    ),
    "jnp.linalg.vector_norm",
    "tf.norm",
  ),
  "median(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) =>
      dim === undefined ? median(input) : median(input, { axis: dim, keepDims: keepdim }),
    ),
    "jnp.median",
    null,
  ),
  "nanmedian(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) =>
      dim === undefined ? nanmedian(input) : nanmedian(input, { axis: dim, keepDims: keepdim }),
    ),
    "jnp.nanmedian",
    null,
  ),
  "kthvalue(input, k, dim=-1, keepdim=False)": op(
    scalarAsVector(({ input, k, dim, keepdim }) =>
      kthvalue(input, k, { axis: dim, keepDims: keepdim }),
    ),
    null,
    null,
  ),
  "mode(input, dim=-1, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => mode(input, { axis: dim, keepDims: keepdim })),
    "jax.scipy.stats.mode",
    null,
  ),
  "trace(input)": op(({ input }) => trace(input), "jnp.trace", "tf.linalg.trace"),
  "dist(input, other, p=2)": op(({ input, other, p }) => dist(input, other, { p }), null, null),
  "cov(input, correction=1, fweights=None, aweights=None)": op(
    ({ input, correction, fweights, aweights }) =>
      cov(input, { correction, frequencies: fweights, weights: aweights }),
    "jnp.cov",
    null,
  ),
  "corrcoef(input)": op(({ input }) => corrcoef(input), "jnp.corrcoef", null),
  "nn.functional.normalize(input, p=2, dim=1, eps=1e-12)": op(
    scalarAsVector(({ input, p, dim, eps }) => normalize(input, { p, axis: dim, epsilon: eps })),
    null,
    "tf.math.l2_normalize",
  ),
  "renorm(input, p, dim, maxnorm)": op(
    ({ input, p, dim, maxnorm }) => renorm(input, { p, axis: dim, maxNorm: maxnorm }),
    null,
    "tf.clip_by_norm",
  ),
  "quantile(input, q, dim=None, keepdim=False, interpolation='linear')": op(
    ({ input, q, dim, keepdim, interpolation }) =>
      quantile(input, q, { axis: axisOf(input, dim), keepDims: keepdim, interpolation }),
    "jnp.quantile",
    null,
  ),
};
