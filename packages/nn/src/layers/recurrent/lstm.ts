/** @file LSTM. */
import type { Tensor } from "@tapegrad/autograd";
import { LSTMCell, requireProjection } from "./lstm-cell.ts";
import {
  Recurrent,
  type RecurrentOptions,
  type SequenceOptions,
  type SequenceOutput,
} from "./recurrent.ts";

export interface LSTMOptions extends RecurrentOptions {
  /** The size of hidden states, if they are projections of what the gates give; below hiddenSize. */
  readonly projSize?: number | undefined;
}

export interface LSTMForwardOptions extends SequenceOptions {
  /** The cell state before the first step, [numLayers · directions, batch, hiddenSize]; zeros by default. */
  readonly cell?: Tensor | undefined;
}

export interface LSTMOutput extends SequenceOutput {
  /** The last cell state of every layer and direction, [numLayers · directions, batch, hiddenSize]. */
  readonly cell: Tensor;
}

/**
 * Long short-term memory along a sequence: `LSTMCell` at every step.
 *
 * - shapes: x [time, batch, inputSize], [batch, time, inputSize] under `batchFirst`, or [time, inputSize]; the output
 *   alike with directions · hiddenSize features (projSize instead, if given), `hidden` [numLayers · directions, batch,
 *   hiddenSize or projSize], `cell` [numLayers · directions, batch, hiddenSize]
 * - variables: those of the cells, `weightIhL0`, `weightHhL0`, `biasIhL0`, `biasHhL0`, `weightHrL0`, and `…L0Reverse`
 * - derivative: follows from the steps, through all of them
 *
 * @throws ShapeError if x, hidden, cell or lengths do not fit; ValueError if an option is out of range.
 * @example
 * const { output, hidden, cell } = new LSTM(3, 4).forward(zeros([5, 2, 3]));   // output: float32[5,2,4]
 * @see Hochreiter & Schmidhuber (1997); Gers et al. (2000) for the forget gate; Sak et al. (2014) for the projection.
 */
export class LSTM extends Recurrent {
  readonly projSize: number | null;

  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    const projSize = requireProjection("LSTM", options.projSize, hiddenSize);
    super("LSTM", { inputSize, hiddenSize }, options, (width, key) => {
      return new LSTMCell(width, hiddenSize, { ...options, key });
    });
    this.projSize = projSize;
  }

  /** All steps of `x`: the output of each, and both last states. */
  forward(x: Tensor, options: LSTMForwardOptions = {}): LSTMOutput {
    const [output, [hidden, cell]] = this.run(x, [options.hidden, options.cell], options);
    return { output, hidden, cell };
  }
}
