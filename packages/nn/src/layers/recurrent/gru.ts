/** @file GRU. */
import type { Tensor } from "@tapegrad/autograd";
import { GRUCell } from "./gru-cell.ts";
import {
  Recurrent,
  type RecurrentOptions,
  type SequenceOptions,
  type SequenceOutput,
} from "./recurrent.ts";

/**
 * Gated recurrent units along a sequence: `GRUCell` at every step.
 *
 * - shapes: x [time, batch, inputSize], [batch, time, inputSize] under `batchFirst`, or [time, inputSize]; the output
 *   alike with directions · hiddenSize features, `hidden` [numLayers · directions, batch, hiddenSize]
 * - variables: those of the cells, `weightIhL0`, `weightHhL0`, `biasIhL0`, `biasHhL0`, and `…L0Reverse`
 * - derivative: follows from the steps, through all of them
 *
 * @throws ShapeError if x, hidden or lengths do not fit; ValueError if an option is out of range.
 * @example
 * const { output, hidden } = new GRU(3, 4).forward(zeros([5, 2, 3]));   // float32[5,2,4], float32[1,2,4]
 * @see Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder", equations 5 to 8.
 */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("GRU", { inputSize, hiddenSize }, options, (width, key) => {
      return new GRUCell(width, hiddenSize, { ...options, key });
    });
  }

  /** All steps of `x`: the output of each, and the last state. */
  forward(x: Tensor, options: SequenceOptions = {}): SequenceOutput {
    const [output, [hidden]] = this.run(x, [options.hidden], options);
    return { output, hidden };
  }
}
