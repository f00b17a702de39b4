/**
 * @file Recurrent: cells repeated along a sequence, in several layers and in one direction or both. What RNN, LSTM and
 * GRU are made of.
 *
 * The variables are those of the cells, under PyTorch's names in camelCase: `weightIh` of the backward cell of the second
 * layer is `weightIhL1Reverse`.
 */
import {
  arange,
  concatenate,
  DTypeError,
  expandDims,
  less,
  type Shape,
  ShapeError,
  select,
  splitKey,
  squeeze,
  stack,
  type Tensor,
  transpose,
  type Variable,
  where,
} from "@tapegrad/autograd";
import { dropout, requireRate } from "../../functional/dropout.ts";
import { loop, type UnrollOptions } from "../../functional/loop.ts";
import { freshKey } from "../../init/fresh-key.ts";
import { type ForwardOptions, type Mode, Module, RandomState } from "../../module.ts";
import { requireCount, requireMode } from "../layer-options.ts";
import { type Cell, type CellOptions, requireStateShape, STATE_NAMES } from "./cell.ts";

export interface RecurrentOptions extends CellOptions, UnrollOptions {
  /** How many layers, each with the output of the one before as its input; 1 by default. */
  readonly numLayers?: number | undefined;
  /** Whether x is [batch, time, features] instead of [time, batch, features]; false by default. */
  readonly batchFirst?: boolean | undefined;
  /** The probability of a value between two layers to be dropped in mode "train"; 0 by default. */
  readonly dropout?: number | undefined;
  /** Whether every layer has a second cell, from the last step to the first; false by default. */
  readonly bidirectional?: boolean | undefined;
}

export interface SequenceOptions extends ForwardOptions {
  /** The state before the first step, [numLayers · directions, batch, size]; zeros by default. */
  readonly hidden?: Tensor | undefined;
  /**
   * How many steps each sequence has, int32[batch], where they are of different lengths: what is behind its end is not
   * seen, its outputs there are 0, and its last state is the one after its own last step. All steps by default.
   */
  readonly lengths?: Tensor | undefined;
}

export interface SequenceOutput {
  /** The hidden state of the last layer after every step, as x is laid out; both directions side by side. */
  readonly output: Tensor;
  /** The last hidden state of every layer and direction, [numLayers · directions, batch, size]. */
  readonly hidden: Tensor;
}

/** How a layer makes a cell for inputs of some size. */
export type CellMaker = (inputSize: number, key: Tensor) => Cell;

export abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly batchFirst: boolean;
  readonly bidirectional: boolean;
  readonly dropout: number;
  readonly unroll: boolean | undefined;
  /** What is drawn from between layers; null where nothing is dropped. */
  readonly random: RandomState | null;
  readonly #op: string;
  /** By layer and direction. */
  readonly #cells: readonly (readonly Cell[])[];

  constructor(
    op: string,
    sizes: Pick<Cell, "inputSize" | "hiddenSize">,
    options: RecurrentOptions,
    make: CellMaker,
  ) {
    super();
    const { numLayers = 1, bidirectional = false, key = freshKey() } = options;
    this.#op = op;
    this.inputSize = requireCount(op, "inputSize", sizes.inputSize);
    this.hiddenSize = requireCount(op, "hiddenSize", sizes.hiddenSize);
    this.numLayers = requireCount(op, "numLayers", numLayers);
    this.batchFirst = options.batchFirst ?? false;
    this.bidirectional = bidirectional;
    this.dropout = requireRate(op, options.dropout ?? 0, "dropout");
    this.unroll = options.unroll;
    const directions = bidirectional ? 2 : 1;
    const [randomKey, ...keys] = splitKey(key, 1 + numLayers * directions);
    const drops = this.dropout > 0 && numLayers > 1;
    this.random = drops ? new RandomState(randomKey, { name: "random" }) : null;
    const layers: (readonly Cell[])[] = [];
    let width = this.inputSize;
    for (let layer = 0; layer < numLayers; layer++) {
      const own = keys.slice(layer * directions, (layer + 1) * directions);
      const cells = own.map((cellKey) => make(width, cellKey));
      layers.push(cells);
      width = directions * cells[0].stateSizes[0];
    }
    this.#cells = layers;
  }

  override children(): readonly (readonly [string, Variable | Module])[] {
    const cells = this.#cells.flatMap((directions, layer) =>
      directions.flatMap((cell, direction) => {
        const suffix = `L${layer}${direction === 1 ? "Reverse" : ""}`;
        return cell.children().map(([name, child]) => [`${name}${suffix}`, child] as const);
      }),
    );
    return [...cells, ...super.children()];
  }

  /** The output, and the last state of every layer and direction. */
  protected run(
    x: Tensor,
    given: readonly (Tensor | undefined)[],
    { lengths, mode }: SequenceOptions,
  ): readonly [output: Tensor, state: readonly Tensor[]] {
    const isBatch = requireSequence(this.#op, x.shape, this);
    let sequence = isBatch ? this.#swapped(x) : expandDims(x, 1);
    this.#requireStates(given, isBatch ? [sequence.shape[1]] : []);
    const states = isBatch ? given : given.map((state) => state && expandDims(state, 1));
    const present = lengths === undefined ? null : presence(this.#op, sequence.shape, lengths);
    const last: (readonly Tensor[])[] = [];
    for (const [layer, cells] of this.#cells.entries()) {
      if (layer > 0) sequence = this.#dropped(sequence, mode);
      const outputs = cells.map((cell, direction) => {
        const start = states.map((state) => state && select(state, last.length));
        const pass = { start, present, reverse: direction === 1, unroll: this.unroll };
        const [state, output] = runCell(cell, sequence, pass);
        last.push(state);
        return output;
      });
      sequence = outputs.length === 1 ? outputs[0] : concatenate(outputs, { axis: -1 });
    }
    const stacked = last[0].map((_, k) => stack(last.map((state) => state[k])));
    return isBatch
      ? [this.#swapped(sequence), stacked]
      : [squeeze(sequence, 1), stacked.map((state) => squeeze(state, 1))];
  }

  /** Time first where x has the batch first, and back. */
  #swapped(x: Tensor): Tensor {
    return this.batchFirst ? transpose(x, [1, 0, 2]) : x;
  }

  #dropped(x: Tensor, mode: Mode | undefined): Tensor {
    if (this.random === null || requireMode(this.#op, mode) === "eval") return x;
    return dropout(x, { rate: this.dropout, key: this.random.next() });
  }

  #requireStates(states: readonly (Tensor | undefined)[], batch: Shape): void {
    const count = this.#cells.length * this.#cells[0].length;
    this.#cells[0][0].stateSizes.forEach((size, k) => {
      const state = states[k];
      if (state === undefined) return;
      requireStateShape(this.#op, STATE_NAMES[k], state.shape, [count, ...batch, size]);
    });
  }
}

interface Pass extends UnrollOptions {
  readonly start: readonly (Tensor | undefined)[];
  /** [time, batch, 1]: whether a sequence has a step; null where all have all. */
  readonly present: Tensor | null;
  readonly reverse: boolean;
}

/** One cell along a sequence [time, batch, features]. */
function runCell(
  cell: Cell,
  sequence: Tensor,
  { start, present, ...options }: Pass,
): readonly [state: readonly Tensor[], output: Tensor] {
  const projected = cell.project(sequence);
  const initial = cell.start(start, [sequence.shape[1]], projected);
  if (present === null) {
    const step = (state: readonly Tensor[], [x]: readonly Tensor[]) => {
      const next = cell.advance(x, state);
      return [next, next[0]] as const;
    };
    return loop(step, initial, [projected], options);
  }
  const step = (state: readonly Tensor[], [x, isPresent]: readonly Tensor[]) => {
    const next = cell.advance(x, state);
    const kept = next.map((value, k) => where(isPresent, value, state[k]));
    return [kept, where(isPresent, next[0], 0)] as const;
  };
  return loop(step, initial, [projected, present], options);
}

/** [time, batch, 1]: whether each sequence has each step. */
function presence(op: string, [time, batch]: Shape, lengths: Tensor): Tensor {
  if (lengths.dtype !== "int32") {
    throw new DTypeError(op, { dtype: lengths.dtype }, (d) => {
      return `lengths is ${d.dtype}, but lengths are counts. Convert first: \`cast(lengths, "int32")\`.`;
    });
  }
  if (lengths.rank !== 1 || lengths.shape[0] !== batch) {
    throw new ShapeError(op, { shape: lengths.shape, batch }, (d) => {
      return `lengths has shape [${d.shape.join(", ")}], but the batch has ${d.batch} sequences. Pass one length for each, of shape [${d.batch}].`;
    });
  }
  return expandDims(less(arange(time).reshape([time, 1]), lengths), 2);
}

/** Whether there is a batch axis. @throws ShapeError if the input is no sequence of the layer's features. */
function requireSequence(op: string, shape: Shape, layer: Recurrent): boolean {
  const { inputSize, batchFirst } = layer;
  const isBatch = shape.length === 3;
  const time = shape[isBatch && batchFirst ? 1 : 0];
  if ((isBatch || shape.length === 2) && shape.at(-1) === inputSize && time > 0) return isBatch;
  throw new ShapeError(op, { shape, inputSize, batchFirst }, (d) => {
    const wanted = d.batchFirst ? "[batch, time" : "[time, batch";
    return `the input has shape [${d.shape.join(", ")}], but the layer takes ${wanted}, ${d.inputSize}] or [time, ${d.inputSize}] with at least one step. Reshape the input, or make the layer with its number of features.`;
  });
}
