/** @file WeightNorm. */
import type { Tensor } from "@tapegrad/autograd";
import { sliceNorms, type WeightNormOptions, weightNorm } from "../functional/reparametrization.ts";
import { Parameter } from "../module.ts";
import { Reparametrized, type WeightedLayer } from "./reparametrized.ts";

/**
 * A layer whose weight is g · v / ‖v‖, with one length g for every output: `weightG` and `weightV` in place of `weight`.
 *
 * - they start from the weight of the layer, which stays what it was
 * - where an output has v = 0 its weight is NaN
 *
 * @example
 * new WeightNorm(new Linear(784, 100));
 * @see Salimans & Kingma (2016), "Weight Normalization", section 2.
 */
export class WeightNorm<L extends WeightedLayer = WeightedLayer> extends Reparametrized<L> {
  readonly axis: number | null;
  readonly weightG: Parameter;
  readonly weightV: Parameter;

  constructor(layer: L, options: WeightNormOptions = {}) {
    super(layer);
    this.axis = options.axis === undefined ? 0 : options.axis;
    const weight = layer.weight.value;
    this.weightG = new Parameter(sliceNorms(weight, { axis: this.axis }), { name: "weightG" });
    this.weightV = new Parameter(weight, { name: "weightV" });
  }

  protected override weightFor(): Tensor {
    return weightNorm(this.weightV.value, this.weightG.value, { axis: this.axis });
  }
}
