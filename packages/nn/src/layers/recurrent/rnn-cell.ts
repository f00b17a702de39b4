/** @file RNNCell. */
import { add, relu, type Tensor, tanh, ValueError } from "@tapegrad/autograd";
import { Cell, type CellOptions, type HiddenOptions, type State } from "./cell.ts";

/** Of an Elman network. */
export type Nonlinearity = "tanh" | "relu";

export interface RNNCellOptions extends CellOptions {
  /** "tanh" by default. */
  readonly nonlinearity?: Nonlinearity | undefined;
}

/**
 * h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of that: one step of an Elman network.
 *
 * - shapes: x [..., inputSize], hidden and result [..., hiddenSize]; `weightIh` [hiddenSize, inputSize], `weightHh`
 *   [hiddenSize, hiddenSize], `biasIh` and `biasHh` [hiddenSize]
 * - initial values: uniform within ±1/√hiddenSize, all
 *
 * @throws ShapeError if x or hidden do not fit; ValueError if a size is not an integer above 0, or the
 *   nonlinearity is unknown.
 * @example
 * new RNNCell(3, 4).forward(zeros([2, 3]), { hidden: ones([2, 4]) });   // float32[2,4]
 * @see Elman (1990), "Finding structure in time".
 */
export class RNNCell extends Cell {
  readonly nonlinearity: Nonlinearity;

  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    super({ op: "RNNCell", gates: 1, inputSize, hiddenSize }, options);
    this.nonlinearity = requireNonlinearity("RNNCell", options.nonlinearity ?? "tanh");
  }

  override get stateSizes(): readonly number[] {
    return [this.hiddenSize];
  }

  override advance(projected: Tensor, [hidden]: State): State {
    const sum = add(projected, this.recur(hidden));
    return [this.nonlinearity === "tanh" ? tanh(sum) : relu(sum)];
  }

  /** One step: the hidden state after `x`. */
  forward(x: Tensor, { hidden }: HiddenOptions = {}): Tensor {
    return this.step(x, [hidden])[0];
  }
}

/** @throws ValueError if there is no such nonlinearity. */
export function requireNonlinearity(op: string, nonlinearity: Nonlinearity): Nonlinearity {
  if (nonlinearity === "tanh" || nonlinearity === "relu") return nonlinearity;
  throw new ValueError(op, { nonlinearity }, (d) => {
    return `nonlinearity is ${JSON.stringify(d.nonlinearity)}. Use "tanh" or "relu".`;
  });
}
