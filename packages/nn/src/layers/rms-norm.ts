/** @file RMSNorm. */
import { type DType, rmsNorm, type Shape, type Tensor } from "@tapegrad/autograd";
import { requirePositive } from "../functional/batch-norm.ts";
import { Module, type Parameter } from "../module.ts";
import { affineParameters } from "./affine.ts";
import { requireFloatingDType, requireShape } from "./layer-options.ts";

export interface RMSNormOptions {
  /** Added to the mean square inside the root; the distance from 1 to the next number of the dtype of x by default. */
  readonly epsilon?: number;
  /** Whether there is γ, one for each normalised element; true by default. */
  readonly elementwiseAffine?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
}

/**
 * x / √(mean(x²) + ε) · γ over the last axes: layer normalisation without centring, and without β.
 *
 * - shapes: x [..., ...normalizedShape] to the same; `weight` [...normalizedShape]
 * - the same in training and evaluation
 * - at x = 0 the output is 0, and the derivative γ / √ε: large under the default ε
 *
 * @throws ShapeError if x does not end in `normalizedShape`; ValueError if an axis or ε is out of range.
 * @example
 * new RMSNorm(2).forward(tensor([[3, 4]]));   // [[0.848528, 1.13137]]
 * @see Zhang & Sennrich (2019), "Root Mean Square Layer Normalization", equation 4.
 */
export class RMSNorm extends Module {
  readonly normalizedShape: Shape;
  /** null: by the dtype of x. */
  readonly epsilon: number | null;
  readonly weight: Parameter | null;

  constructor(normalizedShape: number | Shape, options: RMSNormOptions = {}) {
    super();
    const { epsilon, elementwiseAffine = true } = options;
    const dtype = requireFloatingDType("RMSNorm", options.dtype ?? "float32");
    this.normalizedShape = requireShape("RMSNorm", "normalizedShape", normalizedShape);
    this.epsilon = epsilon === undefined ? null : requirePositive("RMSNorm", epsilon);
    const has = { weight: elementwiseAffine, bias: false };
    this.weight = affineParameters(this.normalizedShape, dtype, has).weight;
  }

  /** `x` [..., ...normalizedShape] over its root mean square, in its shape. */
  forward(x: Tensor): Tensor {
    const epsilon = this.epsilon ?? (x.dtype === "float64" ? Number.EPSILON : 2 ** -23);
    return rmsNorm(x, { shape: this.normalizedShape, epsilon, weight: this.weight?.value });
  }
}
