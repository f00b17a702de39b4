/** @file Linear. */
import {
  add,
  type DType,
  matMul,
  ShapeError,
  splitKey,
  type Tensor,
  transpose,
  uniform,
} from "@tapegrad/autograd";
import { freshKey } from "../init/fresh-key.ts";
import { Module, Parameter } from "../module.ts";
import { requireCount, requireFloatingDType } from "./layer-options.ts";

export interface LinearOptions {
  /** Whether a bias is added; true by default. The layer before batch norm needs none: β takes its place. */
  readonly bias?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
  /** Random key of the initial values; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

/**
 * y = x Wᵀ + b.
 *
 * - shapes: x [..., inFeatures] to [..., outFeatures]; `weight` [outFeatures, inFeatures], `bias` [outFeatures]
 * - initial values: uniform within ±1/√inFeatures, both
 *
 * @throws ShapeError if the last axis of x is not inFeatures; ValueError if a number of features is not an
 *   integer above 0.
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const { bias = true } = options;
    const dtype = requireFloatingDType("Linear", options.dtype ?? "float32");
    this.inFeatures = requireCount("Linear", "inFeatures", inFeatures);
    this.outFeatures = requireCount("Linear", "outFeatures", outFeatures);
    const [weightKey, biasKey] = splitKey(options.key ?? freshKey());
    const bound = 1 / Math.sqrt(inFeatures);
    const draw = { dtype, min: -bound, max: bound };
    const weight = uniform(weightKey, [outFeatures, inFeatures], draw);
    this.weight = new Parameter(weight, { name: "weight" });
    this.bias = bias
      ? new Parameter(uniform(biasKey, [outFeatures], draw), { name: "bias" })
      : null;
  }

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
