/** @file LayerNorm. */
import { type DType, layerNorm, type Shape, type Tensor } from "@tapegrad/autograd";
import { requirePositive } from "../functional/batch-norm.ts";
import { Module, type Parameter } from "../module.ts";
import { affineParameters, affineValues } from "./affine.ts";
import { requireFloatingDType, requireShape } from "./layer-options.ts";

export interface LayerNormLayerOptions {
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
  /** Whether there are γ and β, one for each normalised element; true by default. */
  readonly elementwiseAffine?: boolean;
  /** Whether there is β where there is γ; true by default. */
  readonly bias?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
}

/**
 * Layer normalisation: every sample by the mean and biased variance over its last axes, times γ plus β.
 *
 * - shapes: x [..., ...normalizedShape] to the same; `weight` and `bias` [...normalizedShape]
 * - the same in training and evaluation; nothing depends on the other samples
 * - derivative: follows from the function; zero along x where a sample is constant
 *
 * @throws ShapeError if x does not end in `normalizedShape`; ValueError if an axis or ε is out of range.
 * @example
 * new LayerNorm(4).forward(x);          // over the last axis, of 4
 * new LayerNorm([3, 4]).forward(x);     // over the last two
 * @see Ba, Kiros & Hinton (2016), "Layer Normalization", equation 4.
 */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape;
  readonly epsilon: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(normalizedShape: number | Shape, options: LayerNormLayerOptions = {}) {
    super();
    const { elementwiseAffine = true, bias = true } = options;
    const dtype = requireFloatingDType("LayerNorm", options.dtype ?? "float32");
    this.normalizedShape = requireShape("LayerNorm", "normalizedShape", normalizedShape);
    this.epsilon = requirePositive("LayerNorm", options.epsilon ?? 1e-5);
    const has = { weight: elementwiseAffine, bias: elementwiseAffine && bias };
    const affine = affineParameters(this.normalizedShape, dtype, has);
    this.weight = affine.weight;
    this.bias = affine.bias;
  }

  /** `x` [..., ...normalizedShape] normalised, in its shape. */
  forward(x: Tensor): Tensor {
    const { normalizedShape: shape, epsilon } = this;
    return layerNorm(x, { shape, epsilon, ...affineValues(this) });
  }
}
