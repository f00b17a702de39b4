/** @file The table of operators: functions without a derivative. */
import { equal } from "@tapegrad/autograd";
import { op, type Operations } from "./operation.ts";

export const forward: Operations = {
  "eq(input, other)": op(({ input, other }) => equal(input, other), "jnp.equal", "tf.math.equal"),
};
