/** @file The table of operators: reductions. */
import { logSumExp, sum } from "@tapegrad/autograd";
import { op, type Operations, scalarAsVector } from "./operation.ts";

export const reduction: Operations = {
  "sum(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => sum(input, { axes: dim, keepDims: keepdim })),
    "jnp.sum",
    "tf.reduce_sum",
  ),
  "logsumexp(input, dim, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => {
      return logSumExp(input, { axes: dim, keepDims: keepdim });
    }),
    "jax.nn.logsumexp",
    "tf.reduce_logsumexp",
  ),
};
