/** @file The table of operators: layers and losses as functions. */
import { softmax } from "@tapegrad/autograd";
import { op, type Operations } from "./operation.ts";

export const nn: Operations = {
  "softmax(input, dim)": op(
    ({ input, dim }) => softmax(input, { axis: dim }),
    "jax.nn.softmax",
    "tf.nn.softmax",
  ),
};
