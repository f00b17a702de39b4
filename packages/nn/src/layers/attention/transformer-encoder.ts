/** @file TransformerEncoder. */
import { splitKey, type Tensor } from "@tapegrad/autograd";
import { freshKey } from "../../init/fresh-key.ts";
import { Module } from "../../module.ts";
import { LayerNorm } from "../layer-norm.ts";
import { requireCount } from "../layer-options.ts";
import {
  type EncoderForwardOptions,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from "./transformer-encoder-layer.ts";

export interface TransformerEncoderOptions extends TransformerEncoderLayerOptions {
  /** Whether the result is normalised once more, as it should be under `normFirst`; false by default. */
  readonly finalNorm?: boolean | undefined;
}

/**
 * `TransformerEncoderLayer`s one after another, each with initial values of its own.
 *
 * - shapes: as of a layer
 * - variables: `layers.0.selfAttn.inProjWeight` and so on; `norm` with `finalNorm`
 *
 * @throws ShapeError if x or a mask does not fit; ValueError if an option is out of range, or the mode is missing.
 * @example
 * new TransformerEncoder(8, 2, 3).forward(x, { mode: "eval" });   // x: [5, 3, 8]
 * @see Vaswani et al. (2017), section 3.1.
 */
export class TransformerEncoder extends Module {
  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(
    dModel: number,
    numHeads: number,
    numLayers: number,
    options: TransformerEncoderOptions = {},
  ) {
    super();
    const { finalNorm = false, key = freshKey(), ...layerOptions } = options;
    const keys = splitKey(key, requireCount("TransformerEncoder", "numLayers", numLayers));
    this.layers = keys.map((layerKey) => {
      return new TransformerEncoderLayer(dModel, numHeads, { ...layerOptions, key: layerKey });
    });
    const { dtype = "float32", layerNormEpsilon: epsilon = 1e-5, bias = true } = layerOptions;
    this.norm = finalNorm ? new LayerNorm(dModel, { dtype, epsilon, bias }) : null;
  }

  /** `x` through all layers, in its shape; each is given `options`. */
  forward(x: Tensor, options: EncoderForwardOptions = {}): Tensor {
    const y = this.layers.reduce((value, layer) => layer.forward(value, options), x);
    return this.norm === null ? y : this.norm.forward(y);
  }
}
