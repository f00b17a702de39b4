/** @file Noise on activations, of a distribution that changes from call to call. */
import { add, mul, normal, splitKey, type Tensor, uniform } from "@tapegrad/autograd";

export interface ActivationNoiseOptions {
  /** The mean of a unit's shifts is drawn from ± this; 0.5 by default. */
  readonly meanRange?: number;
  /** The mean of a unit's factors is drawn from 1 to this; 1.25 by default. */
  readonly maxScale?: number;
  /** How far the shift of a sample is from their mean: uniform within ± this; 0.1 by default. */
  readonly meanSpread?: number;
  /** Standard deviation of the factors of samples about their mean; 0.1 by default. */
  readonly scaleSpread?: number;
}

/**
 * x · s + m: for every unit a distribution of factors s and of shifts m is drawn, and of these one of each for
 * every sample. So neither mean nor variance of a unit is what it was, and they differ from call to call.
 *
 * - shape: x [N, …] to the same; a unit is what the axes after the first tell apart
 * - derivative: s for x; the noise is a constant
 *
 * @param key a random key; another one for every call.
 * @see Santurkar, Tsipras, Ilyas & Mądry (2018), "How Does Batch Normalization Help Optimization?", appendix A.
 */
export function activationNoise(
  x: Tensor,
  key: Tensor,
  options: ActivationNoiseOptions = {},
): Tensor {
  const { meanRange = 0.5, maxScale = 1.25, meanSpread = 0.1, scaleSpread = 0.1 } = options;
  const dtype = x.dtype === "float64" ? "float64" : "float32";
  const [k1, k2, k3, k4] = splitKey(key, 4);
  const units = x.shape.map((length, axis) => (axis === 0 ? 1 : length));
  const shifts = uniform(k1, units, { dtype, min: -meanRange, max: meanRange });
  const factors = uniform(k2, units, { dtype, min: 1, max: maxScale });
  const shift = add(shifts, uniform(k3, x.shape, { dtype, min: -meanSpread, max: meanSpread }));
  const factor = add(factors, normal(k4, x.shape, { dtype, standardDeviation: scaleSpread }));
  return add(mul(x, factor), shift);
}
