/** @file The table of operators: shapes, indices, and what is read along an axis. */
import { reshape } from "@tapegrad/autograd";
import { op, type Operations } from "./operation.ts";

export const shape: Operations = {
  "reshape(input, shape)": op(
    ({ input, shape }) => reshape(input, shape),
    "jnp.reshape",
    "tf.reshape",
  ),
};
