/** @file PositionalEncoding. */
import { add, reshape, type Shape, ShapeError, type Tensor } from "@tapegrad/autograd";
import { dropout, requireRate } from "../../functional/dropout.ts";
import { sinusoidalEncoding } from "../../functional/sinusoidal-encoding.ts";
import { freshKey } from "../../init/fresh-key.ts";
import { type ForwardOptions, Module, RandomState } from "../../module.ts";
import { requireCount, requireMode } from "../layer-options.ts";

export interface PositionalEncodingOptions {
  /** The probability of a value of the sum to be dropped in mode "train"; 0 by default. */
  readonly dropout?: number | undefined;
  /** Whether x is [batch, time, features] instead of [time, batch, features]; false by default. */
  readonly batchFirst?: boolean | undefined;
  /** Random key of dropout; a fresh one, different in every run, by default. */
  readonly key?: Tensor | undefined;
}

/**
 * x + `sinusoidalEncoding` of its positions, so that attention, which sees a set, can tell them apart.
 *
 * - shapes: x [time, batch, dModel], [batch, time, dModel] under `batchFirst`, or [time, dModel], to the same
 * - no variables, and no longest sequence
 *
 * @throws ShapeError if x does not fit; ValueError if a value is dropped and the mode is missing.
 * @example
 * new PositionalEncoding(2).forward(zeros([2, 2]));   // [[0, 1], [0.8415, 0.5403]]
 * @see Vaswani et al. (2017), section 3.5.
 */
export class PositionalEncoding extends Module {
  readonly dModel: number;
  readonly batchFirst: boolean;
  readonly dropout: number;
  /** What values are dropped by; null where none are. */
  readonly random: RandomState | null;

  constructor(dModel: number, options: PositionalEncodingOptions = {}) {
    super();
    const { dropout: rate = 0, batchFirst = false, key = freshKey() } = options;
    this.dModel = requireCount("PositionalEncoding", "dModel", dModel);
    this.dropout = requireRate("PositionalEncoding", rate, "dropout");
    this.batchFirst = batchFirst;
    this.random = rate > 0 ? new RandomState(key, { name: "random" }) : null;
  }

  /** `x` plus the encoding, in its shape; values are dropped in mode "train". */
  forward(x: Tensor, { mode }: ForwardOptions = {}): Tensor {
    requireSequence(x.shape, this);
    const { dModel, random } = this;
    const isBatch = x.rank === 3;
    const time = x.shape[isBatch && this.batchFirst ? 1 : 0];
    const encoding = sinusoidalEncoding(time, dModel, { dtype: x.dtype });
    const beside = isBatch && !this.batchFirst ? reshape(encoding, [time, 1, dModel]) : encoding;
    const sum = add(x, beside);
    if (random === null || requireMode("PositionalEncoding", mode) === "eval") return sum;
    return dropout(sum, { rate: this.dropout, key: random.next() });
  }
}

function requireSequence(shape: Shape, { dModel, batchFirst }: PositionalEncoding): void {
  if ((shape.length === 2 || shape.length === 3) && shape.at(-1) === dModel) return;
  throw new ShapeError("PositionalEncoding", { shape, dModel, batchFirst }, (d) => {
    const wanted = d.batchFirst ? "[batch, time" : "[time, batch";
    return `the input has shape [${d.shape.join(", ")}], but the layer takes ${wanted}, ${d.dModel}] or [time, ${d.dModel}]. Reshape the input, or make the layer with its number of features.`;
  });
}
