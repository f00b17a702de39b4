/** @file The table of operators: linear algebra. */
import { matMul } from "@tapegrad/autograd";
import { op, type Operations } from "./operation.ts";

export const linalg: Operations = {
  "matmul(input, other)": op(
    ({ input, other }) => matMul(input, other),
    "jnp.matmul",
    "tf.linalg.matmul",
  ),
};
