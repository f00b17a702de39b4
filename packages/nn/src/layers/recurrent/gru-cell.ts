/** @file GRUCell. */
import { add, mul, sigmoid, split, sub, type Tensor, tanh } from "@tapegrad/autograd";
import { Cell, type CellOptions, type HiddenOptions, type State } from "./cell.ts";

/**
 * One step of a gated recurrent unit.
 *
 *     r = σ(W_ir x + b_ir + W_hr h + b_hr)
 *     z = σ(W_iz x + b_iz + W_hz h + b_hz)
 *     n = tanh(W_in x + b_in + r (W_hn h + b_hn))
 *     h' = (1 - z) n + z h
 *
 * - shapes: x [..., inputSize], hidden and result [..., hiddenSize]; `weightIh` [3 hiddenSize, inputSize] and
 *   `weightHh` [3 hiddenSize, hiddenSize], the rows of r, z and n in this order, `biasIh` and `biasHh` alike
 * - initial values: uniform within ±1/√hiddenSize, all
 * - r is applied after the product with W_hn, as PyTorch and cuDNN do, not before it
 *
 * @throws ShapeError if x or hidden do not fit; ValueError if a size is not an integer above 0.
 * @example
 * new GRUCell(3, 4).forward(zeros([2, 3]));   // float32[2,4]
 * @see Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder", equations 5 to 8.
 */
export class GRUCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super({ op: "GRUCell", gates: 3, inputSize, hiddenSize }, options);
  }

  override get stateSizes(): readonly number[] {
    return [this.hiddenSize];
  }

  override advance(projected: Tensor, [hidden]: State): State {
    const parts = (gates: Tensor): readonly Tensor[] => split(gates, this.hiddenSize, { axis: -1 });
    const [resetIn, updateIn, newIn] = parts(projected);
    const [resetHidden, updateHidden, newHidden] = parts(this.recur(hidden));
    const reset = sigmoid(add(resetIn, resetHidden));
    const update = sigmoid(add(updateIn, updateHidden));
    const candidate = tanh(add(newIn, mul(reset, newHidden)));
    return [add(candidate, mul(update, sub(hidden, candidate)))];
  }

  /** One step: the hidden state after `x`. */
  forward(x: Tensor, { hidden }: HiddenOptions = {}): Tensor {
    return this.step(x, [hidden])[0];
  }
}
