/** @file The table of operators: functions of two and three tensors, element by element. */
import { add, div, maximum, mul } from "@tapegrad/autograd";
import { op, type Operations } from "./operation.ts";

export const binary: Operations = {
  "add(input, other, alpha=1)": op(
    ({ input, other, alpha }) => add(input, mul(other, alpha)),
    "jnp.add",
    "tf.math.add",
  ),
  "div(input, other)": op(({ input, other }) => div(input, other), "jnp.divide", "tf.math.divide"),
  "maximum(input, other)": op(
    ({ input, other }) => maximum(input, other),
    "jnp.maximum",
    "tf.math.maximum",
  ),
};
