/** @file Linear and Bilinear. */
import { add, bilinear, matMul, ShapeError, type Tensor, transpose } from "@tapegrad/autograd";
import { Module, type Parameter } from "../module.ts";
import { requireCount } from "./layer-options.ts";
import { uniformParameters, type WeightOptions } from "./uniform-parameters.ts";

/** Options of `Linear`: bias, dtype and key. */
export type LinearOptions = WeightOptions;

/**
 * y = x Wᵀ + b.
 *
 * - shapes: x [..., inFeatures] to [..., outFeatures]; `weight` [outFeatures, inFeatures], `bias` [outFeatures]
 * - initial values: uniform within ±1/√inFeatures, both
 *
 * @throws ShapeError if the last axis of x is not inFeatures; ValueError if a number of features is not an
 *   integer above 0.
 * @example
 * new Linear(3, 2).forward(zeros([4, 3]));   // float32[4,2]
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    this.inFeatures = requireCount("Linear", "inFeatures", inFeatures);
    this.outFeatures = requireCount("Linear", "outFeatures", outFeatures);
    const counts = { outputs: outFeatures, fanIn: inFeatures };
    const made = uniformParameters("Linear", [outFeatures, inFeatures], counts, options);
    this.weight = made.weight;
    this.bias = made.bias;
  }

  /** `x` [..., inFeatures] to [..., outFeatures]. */
  forward(x: Tensor): Tensor {
    if (x.rank === 0 || x.shape[x.rank - 1] !== this.inFeatures) {
      throw new ShapeError("Linear", { shape: x.shape, inFeatures: this.inFeatures }, (d) => {
        return `the input has shape [${d.shape.join(", ")}], but the layer takes [..., ${d.inFeatures}]. Reshape the input, or make the layer with its number of features.`;
      });
    }
    const y = matMul(x, transpose(this.weight.value));
    return this.bias === null ? y : add(y, this.bias.value);
  }
}

/**
 * y = x₁ᵀ W x₂ + b for each output, a module of two inputs.
 *
 * - shapes: x₁ [..., in1Features], x₂ [..., in2Features] to [..., outFeatures]; `weight` [outFeatures, in1Features,
 *   in2Features], `bias` [outFeatures]
 * - initial values: uniform within ±1/√in1Features, both
 *
 * @throws ShapeError if the inputs do not fit; ValueError if a number of features is not an integer above 0.
 */
export class Bilinear extends Module {
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    options: WeightOptions = {},
  ) {
    super();
    this.in1Features = requireCount("Bilinear", "in1Features", in1Features);
    this.in2Features = requireCount("Bilinear", "in2Features", in2Features);
    this.outFeatures = requireCount("Bilinear", "outFeatures", outFeatures);
    const shape = [outFeatures, in1Features, in2Features];
    const counts = { outputs: outFeatures, fanIn: in1Features };
    const made = uniformParameters("Bilinear", shape, counts, options);
    this.weight = made.weight;
    this.bias = made.bias;
  }

  /** `x1` [..., in1Features] and `x2` [..., in2Features] to [..., outFeatures]. */
  forward(x1: Tensor, x2: Tensor): Tensor {
    return bilinear(x1, x2, this.weight.value, this.bias?.value);
  }
}
