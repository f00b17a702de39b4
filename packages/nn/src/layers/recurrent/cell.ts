/**
 * @file Cell: one step of a recurrence, with the weights of its gates.
 *
 * What the input contributes to the gates does not depend on the state, so a layer computes it for all steps at
 * once (`project`) and repeats only what does (`advance`). A state is a list: hidden, and the cell of an LSTM.
 */
import {
  cast,
  type DType,
  linear,
  type Shape,
  ShapeError,
  splitKey,
  type Tensor,
  zeros,
} from "@tapegrad/autograd";
import { freshKey } from "../../init/fresh-key.ts";
import { type ForwardOptions, Module, type Parameter } from "../../module.ts";
import { drawnWithin } from "../drawn-parameter.ts";
import { requireCount, requireFloatingDType } from "../layer-options.ts";

export interface CellOptions {
  /** Whether both contributions to the gates have a bias; true by default. */
  readonly bias?: boolean | undefined;
  /** float32 by default. */
  readonly dtype?: DType | undefined;
  /** Random key of the initial values; a fresh one, different in every run, by default. */
  readonly key?: Tensor | undefined;
}

export interface HiddenOptions extends ForwardOptions {
  /** The hidden state before the step, [..., hiddenSize]; zeros by default. */
  readonly hidden?: Tensor | undefined;
}

export type State = readonly Tensor[];

/** The sizes of a cell, and how its errors begin. */
export interface CellSizes {
  readonly op: string;
  readonly gates: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Of the hidden state, where it is not `hiddenSize`. */
  readonly outputSize?: number | undefined;
}

export abstract class Cell extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly weightIh: Parameter;
  readonly weightHh: Parameter;
  readonly biasIh: Parameter | null;
  readonly biasHh: Parameter | null;
  readonly #op: string;

  constructor(sizes: CellSizes, options: CellOptions) {
    super();
    const { op, gates, inputSize, hiddenSize, outputSize = hiddenSize } = sizes;
    const dtype = requireFloatingDType(op, options.dtype ?? "float32");
    this.#op = op;
    this.inputSize = requireCount(op, "inputSize", inputSize);
    this.hiddenSize = requireCount(op, "hiddenSize", hiddenSize);
    const { bias = true, key = freshKey() } = options;
    const keys = splitKey(key, 4);
    const drawn = (i: number, name: string, shape: Shape): Parameter =>
      drawnWithin(1 / Math.sqrt(hiddenSize), { key: keys[i], name, shape, dtype });
    const rows = gates * hiddenSize;
    this.weightIh = drawn(0, "weightIh", [rows, inputSize]);
    this.weightHh = drawn(1, "weightHh", [rows, outputSize]);
    this.biasIh = bias ? drawn(2, "biasIh", [rows]) : null;
    this.biasHh = bias ? drawn(3, "biasHh", [rows]) : null;
  }

  /** The last axes of the tensors of a state. @internal */
  abstract get stateSizes(): readonly number[];

  /** The next state, from what the input contributes to the gates. @internal */
  abstract advance(projected: Tensor, state: State): State;

  /** What inputs [..., inputSize] contribute to the gates. @internal */
  project(x: Tensor): Tensor {
    const { inputSize } = this;
    if (x.rank === 0 || x.shape[x.rank - 1] !== inputSize) {
      throw new ShapeError(this.#op, { shape: x.shape, inputSize }, (d) => {
        return `the input has shape [${d.shape.join(", ")}], but the last axis must have length ${d.inputSize}. Reshape the input, or use its length as inputSize.`;
      });
    }
    return linear(x, this.weightIh.value, this.biasIh?.value);
  }

  /** What the hidden state contributes to the gates. */
  protected recur(hidden: Tensor): Tensor {
    return linear(hidden, this.weightHh.value, this.biasHh?.value);
  }

  /** The state before the first step: what is given, in the dtype of `like`, or zeros. @internal */
  start(given: readonly (Tensor | undefined)[], leading: Shape, { dtype }: Tensor): State {
    return this.stateSizes.map((size, i) => {
      const [value, expected] = [given[i], [...leading, size]];
      if (value === undefined) return zeros(expected, { dtype });
      requireStateShape(this.#op, STATE_NAMES[i], value.shape, expected);
      return cast(value, dtype);
    });
  }

  /** One step from a state that may not be given. */
  protected step(x: Tensor, given: readonly (Tensor | undefined)[]): State {
    const projected = this.project(x);
    return this.advance(projected, this.start(given, x.shape.slice(0, -1), projected));
  }
}

export const STATE_NAMES: readonly string[] = ["hidden", "cell"];

/** @throws ShapeError if a state has another shape. */
export function requireStateShape(op: string, name: string, shape: Shape, expected: Shape): void {
  if (shape.length === expected.length && shape.every((n, axis) => n === expected[axis])) return;
  throw new ShapeError(op, { name, shape, expected }, (d) => {
    return `${d.name} has shape [${d.shape.join(", ")}], but this input goes with a state of shape [${d.expected.join(", ")}]. Reshape it, or leave it out to start from zeros.`;
  });
}
