/** @file LSTMCell. */
import {
  add,
  linear,
  mul,
  sigmoid,
  split,
  splitKey,
  type Tensor,
  tanh,
  ValueError,
} from "@tapegrad/autograd";
import { freshKey } from "../../init/fresh-key.ts";
import type { Parameter } from "../../module.ts";
import { drawnWithin } from "../drawn-parameter.ts";
import { Cell, type CellOptions, type HiddenOptions, type State } from "./cell.ts";

export interface LSTMCellOptions extends CellOptions {
  /** The size of the hidden state, if it is a projection of what the gates give; below hiddenSize. */
  readonly projSize?: number | undefined;
}

export interface LSTMCellState {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

export interface LSTMCellForwardOptions extends HiddenOptions {
  /** The cell state before the step, [..., hiddenSize]; zeros by default. */
  readonly cell?: Tensor | undefined;
}

/**
 * One step of long short-term memory.
 *
 *     i, f, o = σ(W_i· x + b_i· + W_h· h + b_h·), each with its rows
 *     g = tanh(W_ig x + b_ig + W_hg h + b_hg)
 *     c' = f c + i g
 *     h' = o tanh(c'), or W_hr of that with `projSize`
 *
 * - shapes: x [..., inputSize], cell [..., hiddenSize], hidden the same or [..., projSize]; `weightIh`
 *   [4 hiddenSize, inputSize] and `weightHh` [4 hiddenSize, size of hidden], the rows of i, f, g and o in this order,
 *   `biasIh` and `biasHh` alike; `weightHr` [projSize, hiddenSize]
 * - initial values: uniform within ±1/√hiddenSize, all
 *
 * @throws ShapeError if x or a state do not fit; ValueError if a size is not an integer above 0, or projSize is not
 *   below hiddenSize.
 * @example
 * const { hidden, cell } = new LSTMCell(3, 4).forward(zeros([2, 3]));   // float32[2,4], both
 * @see Hochreiter & Schmidhuber (1997); Gers et al. (2000) for the forget gate; Sak et al. (2014) for the projection.
 */
export class LSTMCell extends Cell {
  readonly projSize: number | null;
  readonly weightHr: Parameter | null;

  constructor(inputSize: number, hiddenSize: number, options: LSTMCellOptions = {}) {
    const { key = freshKey(), dtype = "float32" } = options;
    const projSize = requireProjection("LSTMCell", options.projSize, hiddenSize);
    const [own, projection] = splitKey(key);
    const outputSize = projSize ?? hiddenSize;
    const sizes = { op: "LSTMCell", gates: 4, inputSize, hiddenSize, outputSize };
    super(sizes, { ...options, key: own });
    this.projSize = projSize;
    const shape = [outputSize, hiddenSize];
    const drawing = { key: projection, name: "weightHr", shape, dtype };
    this.weightHr = projSize === null ? null : drawnWithin(1 / Math.sqrt(hiddenSize), drawing);
  }

  override get stateSizes(): readonly number[] {
    return [this.projSize ?? this.hiddenSize, this.hiddenSize];
  }

  override advance(projected: Tensor, [hidden, cell]: State): State {
    const gates = add(projected, this.recur(hidden));
    const [input, forget, candidate, output] = split(gates, this.hiddenSize, { axis: -1 });
    const kept = mul(sigmoid(forget), cell);
    const next = add(kept, mul(sigmoid(input), tanh(candidate)));
    const shown = mul(sigmoid(output), tanh(next));
    return [this.weightHr === null ? shown : linear(shown, this.weightHr.value), next];
  }

  /** One step: both states after `x`. */
  forward(x: Tensor, options: LSTMCellForwardOptions = {}): LSTMCellState {
    const [hidden, cell] = this.step(x, [options.hidden, options.cell]);
    return { hidden, cell };
  }
}

/** null where there is none. @throws ValueError if it is not an integer from 1 to below hiddenSize. */
export function requireProjection(
  op: string,
  projSize: number | undefined,
  hiddenSize: number,
): number | null {
  if (projSize === undefined) return null;
  if (Number.isSafeInteger(projSize) && projSize > 0 && projSize < hiddenSize) return projSize;
  throw new ValueError(op, { projSize, hiddenSize }, (d) => {
    return `projSize is ${d.projSize} and hiddenSize is ${d.hiddenSize}. Use an integer from 1 to below hiddenSize, or none.`;
  });
}
