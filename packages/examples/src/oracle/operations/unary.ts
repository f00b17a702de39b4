/** @file The table of operators: functions of one tensor, element by element. */
import { abs, exp, floor, neg, sign, sin, square } from "@tapegrad/autograd";
import { op, type Operations } from "./operation.ts";

export const unary: Operations = {
  "abs(input)": op(({ input }) => abs(input), "jnp.abs", "tf.math.abs"),
  "exp(input)": op(({ input }) => exp(input), "jnp.exp", "tf.math.exp"),
  "floor(input)": op(({ input }) => floor(input), "jnp.floor", "tf.math.floor"),
  "neg(input)": op(({ input }) => neg(input), "jnp.negative", "tf.math.negative"),
  "sign(input)": op(({ input }) => sign(input), "jnp.sign", "tf.math.sign"),
  "sin(input)": op(({ input }) => sin(input), "jnp.sin", "tf.math.sin"),
  "square(input)": op(({ input }) => square(input), "jnp.square", "tf.math.square"),
};
