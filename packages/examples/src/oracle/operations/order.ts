/** @file The table of operators: what depends on the order along an axis, and bounds. */
import {
  clamp,
  cummax,
  cummin,
  cumprod,
  cumsum,
  cumulativeTrapezoid,
  diff,
  gradient,
  logcumsumexp,
  msort,
  sort,
  topk,
  trapezoid,
  where,
} from "@tapegrad/autograd";
import { type Operations, op, scalarAsVector } from "./operation.ts";

export const order: Operations = {
  "sort(input, dim=-1, descending=False, stable=False)": op(
    scalarAsVector(({ input, dim, descending }) => sort(input, { axis: dim, descending })),
    "jnp.sort",
    "tf.sort",
  ),
  "msort(input)": op(({ input }) => msort(input), null, null),
  "topk(input, k, dim=-1, largest=True, sorted=True)": op(
    scalarAsVector(({ input, k, dim, largest }) => topk(input, k, { axis: dim, largest })),
    "jax.lax.top_k",
    "tf.math.top_k",
  ),
  "cumsum(input, dim, dtype=None)": op(
    scalarAsVector(({ input, dim }) => cumsum(input, { axis: dim })),
    "jnp.cumsum",
    "tf.math.cumsum",
  ),
  "cumprod(input, dim, dtype=None)": op(
    scalarAsVector(({ input, dim }) => cumprod(input, { axis: dim })),
    "jnp.cumprod",
    "tf.math.cumprod",
  ),
  "cummax(input, dim)": op(
    scalarAsVector(({ input, dim }) => cummax(input, { axis: dim })),
    "jax.lax.cummax",
    null,
  ),
  "cummin(input, dim)": op(
    scalarAsVector(({ input, dim }) => cummin(input, { axis: dim })),
    "jax.lax.cummin",
    null,
  ),
  "logcumsumexp(input, dim)": op(
    scalarAsVector(({ input, dim }) => logcumsumexp(input, { axis: dim })),
    "jax.lax.cumlogsumexp",
    "tf.math.cumulative_logsumexp",
  ),
  "diff(input, n=1, dim=-1, prepend=None, append=None)": op(
    ({ input, n, dim, prepend, append }) => diff(input, { n, axis: dim, prepend, append }),
    "jnp.diff",
    null,
  ),
  "trapezoid(y, x=None, dx=1, dim=-1)": op(
    ({ y, x, dx, dim }) => trapezoid(y, { x, dx, axis: dim }),
    "jnp.trapezoid",
    null,
  ),
  "cumulative_trapezoid(y, x=None, dx=1, dim=-1)": op(
    ({ y, x, dx, dim }) => cumulativeTrapezoid(y, { x, dx, axis: dim }),
    null,
    null,
  ),
  "gradient(input, spacing=1, dim=None, edge_order=1)": op(
    ({ input, spacing, dim, edge_order }) =>
      gradient(input, { spacing, axes: dim, edgeOrder: edge_order }),
    "jnp.gradient",
    null,
  ),
  "clamp(input, min=None, max=None)": op(
    ({ input, min, max }) => clamp(input, { min, max }),
    "jnp.clip",
    "tf.clip_by_value",
  ),
  "where(input, condition, other)": op(
    ({ input, condition, other }) => where(condition, input, other),
    "jnp.where",
    "tf.where",
  ),
};
