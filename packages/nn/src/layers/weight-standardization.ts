/** @file WeightStandardization. */
import type { Tensor } from "@tapegrad/autograd";
import { requirePositive } from "../functional/batch-norm.ts";
import {
  type StandardizeWeightOptions,
  standardizeWeight,
} from "../functional/reparametrization.ts";
import { Parameter } from "../module.ts";
import { Reparametrized, type WeightedLayer } from "./reparametrized.ts";

/**
 * A layer whose weight is standardised for every output: `weight` is what is trained, (w - mean) / √(variance + ε) what
 * is used. Meant for convolutions in front of GroupNorm, where batches are too small for BatchNorm.
 *
 * @throws ShapeError if an output has a single weight.
 * @example
 * new Sequential(new WeightStandardization(new Conv2d(3, 16, 3)), new GroupNorm(4, 16), new ReLU());
 * @see Qiao, Wang, Liu, Shen & Yuille (2019), "Micro-Batch Training with Batch-Channel Normalization and Weight
 *   Standardization".
 */
export class WeightStandardization<
  L extends WeightedLayer = WeightedLayer,
> extends Reparametrized<L> {
  readonly epsilon: number;
  readonly weight: Parameter;

  constructor(layer: L, options: StandardizeWeightOptions = {}) {
    super(layer);
    this.epsilon = requirePositive("WeightStandardization", options.epsilon ?? 1e-5);
    this.weight = new Parameter(layer.weight.value, { name: "weight" });
    // refuses a weight that cannot be standardised before anything is trained
    this.weightFor();
  }

  protected override weightFor(): Tensor {
    return standardizeWeight(this.weight.value, { epsilon: this.epsilon });
  }
}
