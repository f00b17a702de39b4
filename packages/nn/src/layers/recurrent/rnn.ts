/** @file RNN. */
import type { Tensor } from "@tapegrad/autograd";
import {
  Recurrent,
  type RecurrentOptions,
  type SequenceOptions,
  type SequenceOutput,
} from "./recurrent.ts";
import { type Nonlinearity, RNNCell, requireNonlinearity } from "./rnn-cell.ts";

export interface RNNOptions extends RecurrentOptions {
  /** "tanh" by default. */
  readonly nonlinearity?: Nonlinearity | undefined;
}

/**
 * An Elman network along a sequence: `RNNCell` at every step.
 *
 * - shapes: x [time, batch, inputSize], [batch, time, inputSize] under `batchFirst`, or [time, inputSize]; the output
 *   alike with directions · hiddenSize features, `hidden` [numLayers · directions, batch, hiddenSize]
 * - variables: those of the cells, `weightIhL0`, `weightHhL0`, `biasIhL0`, `biasHhL0`, and `…L0Reverse`
 * - derivative: follows from the steps, through all of them
 *
 * @throws ShapeError if x, hidden or lengths do not fit; ValueError if an option is out of range.
 * @example
 * const { output, hidden } = new RNN(3, 4).forward(zeros([5, 2, 3]));   // float32[5,2,4], float32[1,2,4]
 * @see Elman (1990), "Finding structure in time".
 */
export class RNN extends Recurrent {
  readonly nonlinearity: Nonlinearity;

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    const nonlinearity = requireNonlinearity("RNN", options.nonlinearity ?? "tanh");
    super("RNN", { inputSize, hiddenSize }, options, (width, key) => {
      return new RNNCell(width, hiddenSize, { ...options, key });
    });
    this.nonlinearity = nonlinearity;
  }

  /** All steps of `x`: the output of each, and the last state. */
  forward(x: Tensor, options: SequenceOptions = {}): SequenceOutput {
    const [output, [hidden]] = this.run(x, [options.hidden], options);
    return { output, hidden };
  }
}
