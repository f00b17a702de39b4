/**
 * @file `moments` and `batchNormalization` with TensorFlow's argument order and meaning, so that published
 * examples port line by line.
 */
import {
  add,
  div,
  type Moments,
  moments as momentsOver,
  mul,
  sqrt,
  sub,
  type Tensor,
  type TensorLike,
} from "@tapegrad/autograd";

/**
 * Mean and biased variance of `x` over `axes`, as `tf.nn.moments(x, axes, keepdims)`.
 *
 * - shapes: reduced axes are removed, or kept with size 1 where `keepDims` is true
 *
 * @throws ShapeError if a reduced axis has size 0; AxisError if an axis does not exist.
 * @example
 * const { mean, variance } = moments(data, [0]);
 */
export function moments(x: Tensor, axes: readonly number[], keepDims = false): Moments {
  return momentsOver(x, { axes, keepDims });
}

/**
 * scale · (x - mean) / √(variance + varianceEpsilon) + offset, as
 * `tf.nn.batch_normalization(x, mean, variance, offset, scale, variance_epsilon)`.
 *
 * - shapes: all operands broadcast against x; `offset` and `scale` may be null
 * - dtype: that in which the operands meet; a number takes that of x
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * const { mean, variance } = moments(data, [0]);
 * batchNormalization(data, mean, variance, zeros([4]), ones([4]), 1e-3);
 */
export function batchNormalization(
  x: Tensor,
  mean: TensorLike,
  variance: TensorLike,
  offset: TensorLike | null,
  scale: TensorLike | null,
  varianceEpsilon: number,
): Tensor {
  // A number stays one until it meets x, whose dtype it then takes.
  const deviation =
    typeof variance === "object"
      ? sqrt(add(variance, varianceEpsilon))
      : Math.sqrt(Number(variance) + varianceEpsilon);
  const normalized = div(sub(x, mean), deviation);
  const scaled = scale === null ? normalized : mul(normalized, scale);
  return offset === null ? scaled : add(scaled, offset);
}
