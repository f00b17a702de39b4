/** @file The table of operators: functions of two and three tensors, element by element. */
import {
  add,
  addcdiv,
  addcmul,
  atan2,
  copysign,
  div,
  divide,
  floatPower,
  fmax,
  fmin,
  fmod,
  hypot,
  ldexp,
  lerp,
  logAddExp,
  logAddExp2,
  matMul,
  maximum,
  minimum,
  mul,
  pow,
  remainder,
  rsub,
  special,
  sub,
  xlogy,
} from "@tapegrad/autograd";
import { type Operations, op } from "./operation.ts";

export const binary: Operations = {
  "add(input, other, alpha=1)": op(
    ({ input, other, alpha }) => add(input, mul(other, alpha)),
    "jnp.add",
    "tf.math.add",
  ),
  "sub(input, other, alpha=1)": op(
    ({ input, other, alpha }) => sub(input, mul(other, alpha)),
    "jnp.subtract",
    "tf.math.subtract",
  ),
  "mul(input, other)": op(
    ({ input, other }) => mul(input, other),
    "jnp.multiply",
    "tf.math.multiply",
  ),
  "div(input, other, rounding_mode=None)": op(
    ({ input, other, rounding_mode }) => divide(input, other, { roundingMode: rounding_mode }),
    "jnp.divide",
    "tf.math.divide",
  ),
  "true_divide(input, other)": op(
    ({ input, other }) => div(input, other),
    "jnp.true_divide",
    "tf.math.truediv",
  ),
  "pow(input, exponent)": op(
    ({ input, exponent }) => pow(input, exponent),
    "jnp.power",
    "tf.math.pow",
  ),
  "float_power(input, exponent)": op(
    ({ input, exponent }) => floatPower(input, exponent),
    "jnp.float_power",
    null,
  ),
  "maximum(input, other)": op(
    ({ input, other }) => maximum(input, other),
    "jnp.maximum",
    "tf.math.maximum",
  ),
  "minimum(input, other)": op(
    ({ input, other }) => minimum(input, other),
    "jnp.minimum",
    "tf.math.minimum",
  ),
  "max.binary(input, other)": op(
    ({ input, other }) => maximum(input, other),
    "jnp.maximum",
    "tf.math.maximum",
  ),
  "min.binary(input, other)": op(
    ({ input, other }) => minimum(input, other),
    "jnp.minimum",
    "tf.math.minimum",
  ),
  "fmax(input, other)": op(({ input, other }) => fmax(input, other), "jnp.fmax", null),
  "fmin(input, other)": op(({ input, other }) => fmin(input, other), "jnp.fmin", null),
  "atan2(input, other)": op(
    ({ input, other }) => atan2(input, other),
    "jnp.arctan2",
    "tf.math.atan2",
  ),
  "fmod(input, other)": op(
    ({ input, other }) => fmod(input, other),
    "jnp.fmod",
    "tf.math.truncatemod",
  ),
  "remainder(input, other)": op(
    ({ input, other }) => remainder(input, other),
    "jnp.remainder",
    "tf.math.floormod",
  ),
  "hypot(input, other)": op(({ input, other }) => hypot(input, other), "jnp.hypot", null),
  "logaddexp(input, other)": op(
    ({ input, other }) => logAddExp(input, other),
    "jnp.logaddexp",
    null,
  ),
  "logaddexp2(input, other)": op(
    ({ input, other }) => logAddExp2(input, other),
    "jnp.logaddexp2",
    null,
  ),
  "xlogy(input, other)": op(
    ({ input, other }) => xlogy(input, other),
    "jax.scipy.special.xlogy",
    "tf.math.xlogy",
    {
      deviations: [
        { at: "edge", reason: "at x = y = 0 the derivative by y is 0, as in JAX, rather than NaN" },
      ],
    },
  ),
  "special.xlog1py(input, other)": op(
    ({ input, other }) => special.xlog1py(input, other),
    "jax.scipy.special.xlog1py",
    "tf.math.xlog1py",
  ),
  "copysign(input, other)": op(({ input, other }) => copysign(input, other), "jnp.copysign", null),
  "ldexp(input, other)": op(({ input, other }) => ldexp(input, other), "jnp.ldexp", null),
  "rsub(input, other, alpha=1)": op(
    ({ input, other, alpha }) => rsub(input, other, { alpha }),
    null,
    null,
  ),
  "lerp(input, end, weight)": op(({ input, end, weight }) => lerp(input, end, weight), null, null),
  "addcmul(input, tensor1, tensor2, value=1)": op(
    ({ input, tensor1, tensor2, value }) => addcmul(input, tensor1, tensor2, { value }),
    null,
    null,
  ),
  "addcdiv(input, tensor1, tensor2, value=1)": op(
    ({ input, tensor1, tensor2, value }) => addcdiv(input, tensor1, tensor2, { value }),
    null,
    null,
  ),
  "__radd__(input, other)": op(({ input, other }) => add(other, input), null, null),
  "__rsub__(input, other)": op(({ input, other }) => sub(other, input), null, null),
  "__rmul__(input, other)": op(({ input, other }) => mul(other, input), null, null),
  "__rdiv__(input, other)": op(({ input, other }) => div(other, input), null, null),
  "__rmatmul__(input, other)": op(({ input, other }) => matMul(other, input), null, null),
};
