/** @file GroupNorm. */
import { type DType, groupNorm, type Tensor } from "@tapegrad/autograd";
import { requirePositive } from "../functional/batch-norm.ts";
import { requireDivisible } from "../functional/decorrelated-batch-norm.ts";
import { Module, type Parameter } from "../module.ts";
import { affineParameters, affineValues, requireChannels } from "./affine.ts";
import { requireCount, requireFloatingDType } from "./layer-options.ts";

export interface GroupNormLayerOptions {
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
  /** Whether there are γ and β, one for each channel; true by default. */
  readonly affine?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
}

/**
 * Group normalisation: in every sample the channels of one group together, by their mean and biased variance.
 *
 * - shapes: x [N, channels, …] to the same; `weight` and `bias` [channels]
 * - the same in training and evaluation; nothing depends on the other samples
 * - one group is layer normalisation over all but N, as many groups as channels instance normalisation
 *
 * @throws ValueError if the channels cannot be divided so, or an option is out of range; ShapeError if x does not
 *   have these channels.
 * @example
 * new GroupNorm(4, 32).forward(zeros([2, 32, 8, 8]));   // float32[2,32,8,8]
 * @see Wu & He (2018), "Group Normalization", section 3.1.
 */
export class GroupNorm extends Module {
  readonly groups: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(groups: number, channels: number, options: GroupNormLayerOptions = {}) {
    super();
    const { affine = true } = options;
    const dtype = requireFloatingDType("GroupNorm", options.dtype ?? "float32");
    this.groups = requireCount("GroupNorm", "groups", groups);
    this.channels = requireCount("GroupNorm", "channels", channels);
    requireDivisible("GroupNorm", channels, groups);
    this.epsilon = requirePositive("GroupNorm", options.epsilon ?? 1e-5);
    const parameters = affineParameters([channels], dtype, { weight: affine, bias: affine });
    this.weight = parameters.weight;
    this.bias = parameters.bias;
  }

  /** `x` [N, channels, …] normalised, in its shape. */
  forward(x: Tensor): Tensor {
    requireChannels("GroupNorm", x.shape, this.channels);
    const { groups, epsilon } = this;
    return groupNorm(x, { groups, epsilon, ...affineValues(this) });
  }
}
