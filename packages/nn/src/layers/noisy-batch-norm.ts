/** @file NoisyBatchNorm. */
import type { Tensor } from "@tapegrad/autograd";
import { type ActivationNoiseOptions, activationNoise } from "../functional/activation-noise.ts";
import { freshKey } from "../init/fresh-key.ts";
import { RandomState } from "../module.ts";
import { BatchNorm, type Transformed, type TransformOptions } from "./batch-norm.ts";
import type { BatchNormLayerOptions } from "./batch-norm-options.ts";
import { refuseMask } from "./layer-options.ts";

export interface NoisyBatchNormOptions extends BatchNormLayerOptions {
  /** Ranges of the noise; those of `activationNoise` by default. */
  readonly noise?: ActivationNoiseOptions;
  /** Random key of the noise; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

/**
 * Batch normalisation, then noise whose mean and deviation change from step to step: normalised activations whose
 * distribution is not stable, to tell one effect of batch normalisation from the other.
 *
 * - noise is added in mode "train" only; all else is as in BatchNorm
 *
 * @throws as BatchNorm; ValueError for a mask.
 * @see Santurkar, Tsipras, Ilyas & Mądry (2018), "How Does Batch Normalization Help Optimization?", section 2.1.
 */
export class NoisyBatchNorm extends BatchNorm {
  readonly noise: ActivationNoiseOptions;
  readonly random: RandomState;

  constructor(channels: number, options: NoisyBatchNormOptions = {}) {
    const { noise = {}, key, ...others } = options;
    super(channels, others);
    this.noise = noise;
    this.random = new RandomState(key ?? freshKey(), { name: "random" });
  }

  protected override transform(
    x: Tensor,
    gamma: Tensor | null,
    beta: Tensor | null,
    options: TransformOptions,
  ): Transformed {
    refuseMask("NoisyBatchNorm", options.mask);
    const { output, batches } = super.transform(x, gamma, beta, options);
    return { output: activationNoise(output, this.random.next(), this.noise), batches };
  }
}
