/** @file Normalisations that also return the statistics they used, as ATen's native ones do. */
import type { Tensor } from "../core/tensor.ts";
import { add } from "../primitives/add.ts";
import { zeros } from "./create.ts";
import { rsqrt } from "./arithmetic.ts";
import {
  batchNorm,
  type BatchNormOptions,
  type LayerNormOptions,
  layerNorm,
  type Normalized,
} from "./normalization.ts";
import { moments } from "./reductions.ts";

/** What the values were shifted and multiplied by. */
export interface UsedStatistics {
  readonly mean: Tensor;
  /** 1 / √(variance + ε) */
  readonly inverseDeviation: Tensor;
}

/**
 * `batchNorm`, and the statistics of the batch, [C]; in evaluation, where none are taken, these are empty.
 *
 * @throws as `batchNorm`.
 */
export function nativeBatchNorm(
  x: Tensor,
  options: BatchNormOptions = {},
): Normalized & UsedStatistics {
  const { training = false, epsilon = 1e-5 } = options;
  const normalized = batchNorm(x, options);
  if (training) {
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    return { ...normalized, ...statistics(x, axes, epsilon, false) };
  }
  const none = zeros([0], { dtype: x.dtype });
  return { ...normalized, mean: none, inverseDeviation: none };
}

/**
 * `layerNorm` over the last axes, and the statistics it used, with those axes kept at size 1.
 *
 * @throws as `layerNorm`.
 */
export function nativeLayerNorm(
  x: Tensor,
  options: LayerNormOptions = {},
): UsedStatistics & { readonly output: Tensor } {
  const output = layerNorm(x, options);
  const axes = x.shape.map((_, axis) => axis).slice(x.rank - (options.shape?.length ?? 1));
  return { output, ...statistics(x, axes, options.epsilon ?? 1e-5, true) };
}

function statistics(
  x: Tensor,
  axes: readonly number[],
  epsilon: number,
  keepDims: boolean,
): UsedStatistics {
  const { mean, variance } = moments(x, { axes, keepDims });
  return { mean, inverseDeviation: rsqrt(add(variance, epsilon)) };
}
