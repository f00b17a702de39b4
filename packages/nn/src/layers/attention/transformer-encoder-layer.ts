/** @file TransformerEncoderLayer. */
import { add, type DType, gelu, relu, splitKey, type Tensor, ValueError } from "@tapegrad/autograd";
import { freshKey } from "../../init/fresh-key.ts";
import { type ForwardOptions, Module } from "../../module.ts";
import { Dropout } from "../dropout.ts";
import { LayerNorm } from "../layer-norm.ts";
import { Linear } from "../linear.ts";
import { MultiheadAttention } from "./multihead-attention.ts";

export interface TransformerEncoderLayerOptions {
  /** The width of the network between; 2048 by default. */
  readonly dimFeedforward?: number | undefined;
  /** The probability of a value to be dropped in mode "train", everywhere; 0.1 by default. */
  readonly dropout?: number | undefined;
  /** Between both linear maps: "relu" (by default), "gelu" or any function. */
  readonly activation?: "relu" | "gelu" | ((x: Tensor) => Tensor) | undefined;
  /** Of both normalisations; 1e-5 by default. */
  readonly layerNormEpsilon?: number | undefined;
  /** Whether x is [batch, time, features] instead of [time, batch, features]; false by default. */
  readonly batchFirst?: boolean | undefined;
  /** Whether normalisation comes before attention and network, not after their sums; false by default. */
  readonly normFirst?: boolean | undefined;
  /** Whether linear maps and normalisations have a bias; true by default. */
  readonly bias?: boolean | undefined;
  /** float32 by default. */
  readonly dtype?: DType | undefined;
  /** Random key of the initial values and of dropout; a fresh one, different in every run, by default. */
  readonly key?: Tensor | undefined;
}

export interface EncoderForwardOptions extends ForwardOptions {
  /** [time, time], or [batch · numHeads, time, time]: of dtype bool, true where a position must not see another. */
  readonly attnMask?: Tensor | undefined;
  /** [batch, time]: of dtype bool, true where a position is padding, and not seen. */
  readonly keyPaddingMask?: Tensor | undefined;
}

/**
 * Self-attention and a network of two linear maps at every position, each with dropout, a residual sum and layer
 * normalisation.
 *
 * - shapes: x [time, batch, dModel], [batch, time, dModel] under `batchFirst`, or [time, dModel], to the same
 * - variables: those of `selfAttn`, `linear1`, `linear2`, `norm1` and `norm2`
 *
 * @throws ShapeError if x or a mask does not fit; ValueError if an option is out of range, or the mode is missing.
 * @example
 * new TransformerEncoderLayer(8, 2).forward(x, { mode: "train", attnMask: causalMask(5) });   // x: [5, 3, 8]
 * @see Vaswani et al. (2017), section 3.1; Xiong et al. (2020) for `normFirst`.
 */
export class TransformerEncoderLayer extends Module {
  readonly selfAttn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  /** Of what is between both linear maps. */
  readonly dropout: Dropout;
  /** Of what attention gives. */
  readonly dropout1: Dropout;
  /** Of what the network gives. */
  readonly dropout2: Dropout;
  readonly normFirst: boolean;
  /** Between both linear maps. */
  readonly activation: (x: Tensor) => Tensor;

  constructor(dModel: number, numHeads: number, options: TransformerEncoderLayerOptions = {}) {
    super();
    const { dimFeedforward = 2048, dropout = 0.1, batchFirst, bias = true } = options;
    const { key = freshKey(), dtype = "float32", layerNormEpsilon: epsilon = 1e-5 } = options;
    const keys = splitKey(key, 6);
    const attentionOptions = { dropout, bias, batchFirst, dtype, key: keys[0] };
    this.selfAttn = new MultiheadAttention(dModel, numHeads, attentionOptions);
    this.linear1 = new Linear(dModel, dimFeedforward, { bias, dtype, key: keys[1] });
    this.linear2 = new Linear(dimFeedforward, dModel, { bias, dtype, key: keys[2] });
    this.norm1 = new LayerNorm(dModel, { epsilon, bias, dtype });
    this.norm2 = new LayerNorm(dModel, { epsilon, bias, dtype });
    this.dropout = new Dropout(dropout, { key: keys[3] });
    this.dropout1 = new Dropout(dropout, { key: keys[4] });
    this.dropout2 = new Dropout(dropout, { key: keys[5] });
    this.normFirst = options.normFirst ?? false;
    this.activation = activationOf(options.activation ?? "relu");
  }

  /** `x` to the same shape. */
  forward(x: Tensor, options: EncoderForwardOptions = {}): Tensor {
    if (this.normFirst) {
      const attended = add(x, this.#attend(this.norm1.forward(x), options));
      return add(attended, this.#feed(this.norm2.forward(attended), options));
    }
    const attended = this.norm1.forward(add(x, this.#attend(x, options)));
    return this.norm2.forward(add(attended, this.#feed(attended, options)));
  }

  #attend(x: Tensor, options: EncoderForwardOptions): Tensor {
    const { output } = this.selfAttn.forward(x, x, x, { ...options, needWeights: false });
    return this.dropout1.forward(output, options);
  }

  #feed(x: Tensor, options: ForwardOptions): Tensor {
    const wide = this.dropout.forward(this.activation(this.linear1.forward(x)), options);
    return this.dropout2.forward(this.linear2.forward(wide), options);
  }
}

const ACTIVATIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = { relu, gelu };

function activationOf(
  activation: NonNullable<TransformerEncoderLayerOptions["activation"]>,
): (x: Tensor) => Tensor {
  if (typeof activation === "function") return activation;
  if (Object.hasOwn(ACTIVATIONS, activation)) return ACTIVATIONS[activation];
  throw new ValueError("TransformerEncoderLayer", { activation }, (d) => {
    return `activation is ${JSON.stringify(d.activation)}. Use "relu", "gelu" or a function of tensors.`;
  });
}
