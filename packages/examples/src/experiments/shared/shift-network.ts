/**
 * @file A network in training that is updated layer by layer, to see what the update of some does to the others:
 * without batch norm, with it, and with noise after it.
 */
import {
  compile,
  mul,
  randomKey,
  record,
  relu,
  splitKey,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  type Variable,
} from "@tapegrad/autograd";
import {
  BatchNorm,
  Buffer,
  crossEntropy,
  type ForwardOptions,
  init,
  initialize,
  type Layer,
  Linear,
  Module,
  NoisyBatchNorm,
  RandomState,
} from "@tapegrad/nn";
import { evaluation, type Score } from "./evaluation.ts";
import { type Batch, PIXELS } from "./image-data.ts";

export const KINDS = ["without", "batch norm", "noisy batch norm"] as const;
export type Kind = (typeof KINDS)[number];

/** Of the gradient of a layer by the update of all layers below it, for the same batch. */
export type GradientChange = {
  /** Length of the change relative to that of the gradient before. */
  readonly relative: number;
  /** Of gradients before and after. */
  readonly cosine: number;
};

export const HIDDEN_LAYERS = 3;
const UNITS = 48;

function normOf(kind: Kind, key: Tensor): BatchNorm | null {
  if (kind === "without") return null;
  return kind === "batch norm" ? new BatchNorm(UNITS) : new NoisyBatchNorm(UNITS, { key });
}

/** What a hidden layer hands to its nonlinearity. */
class Hidden extends Module implements Layer {
  readonly linear: Linear;
  readonly norm: BatchNorm | null;

  constructor(inputs: number, kind: Kind, key: Tensor) {
    super();
    this.linear = new Linear(inputs, UNITS, { key, bias: kind === "without" });
    this.norm = normOf(kind, key);
  }

  forward(x: Tensor, options?: ForwardOptions): Tensor {
    const z = this.linear.forward(x);
    return this.norm?.forward(z, options) ?? z;
  }
}

class Classifier extends Module implements Layer {
  readonly hidden: readonly Hidden[];
  readonly out: Linear;

  constructor(kind: Kind, seed: number) {
    super();
    const [weightKey, lastKey, ...keys] = splitKey(randomKey(seed), HIDDEN_LAYERS + 2);
    this.hidden = keys.map((key, i) => new Hidden(i === 0 ? PIXELS : UNITS, kind, key));
    this.out = new Linear(UNITS, 10, { key: lastKey });
    initialize(this, init.heNormal(), { key: weightKey });
    initialize(this, init.zeros(), { where: (path) => path.endsWith("bias") });
  }

  /** The inputs of all nonlinearities, in their order. */
  inputs(x: Tensor, options?: ForwardOptions): readonly Tensor[] {
    const found: Tensor[] = [];
    let y = x;
    for (const layer of this.hidden) {
      const z = layer.forward(y, options);
      found.push(z);
      y = relu(z);
    }
    return found;
  }

  forward(x: Tensor, options?: ForwardOptions): Tensor {
    const inputs = this.inputs(x, options);
    return this.out.forward(relu(inputs[inputs.length - 1]));
  }
}

/** Compiled once for each kind; every run starts from a seed. */
export class ShiftNetwork {
  readonly kind: Kind;
  readonly model: Classifier;
  /** Accuracy and loss in evaluation mode. */
  readonly evaluate: (batches: readonly Batch[]) => Score;
  readonly #gradients: (images: Tensor, labels: Tensor) => readonly Tensor[];
  readonly #inputs: (images: Tensor) => Tensor;

  constructor(kind: Kind) {
    this.kind = kind;
    const model = new Classifier(kind, 0);
    this.model = model;
    const parameters = model.parameters();
    this.#gradients = compile((images: Tensor, labels: Tensor) => {
      const tape = record(() => crossEntropy(model.forward(images, { mode: "train" }), labels));
      return tape.gradient(parameters);
    });
    this.#inputs = compile((images: Tensor) => stack(model.inputs(images, { mode: "train" })));
    this.evaluate = evaluation((images) => model.forward(images, { mode: "eval" }));
  }

  start(seed: number): void {
    const fresh = new Classifier(this.kind, seed).variables();
    for (const [name, variable] of this.model.variables()) {
      const value = fresh.get(name)?.value;
      if (value !== undefined) variable.assign(value);
    }
  }

  /** The inputs of the nonlinearities for a batch in training mode: [layers, N, units]. */
  inputsOf(images: Tensor): Tensor {
    return this.#keeping(() => this.#inputs(images));
  }

  /** A step of gradient descent. */
  advance({ images, labels }: Batch, rate: number): void {
    this.#update(this.model.parameters(), this.#gradients(images, labels), rate);
  }

  /**
   * The same step, from the lowest layer up, and how much the gradient of each weight has changed when all layers below
   * have been updated but not its own. Noise is the same throughout.
   */
  advanceByLayers({ images, labels }: Batch, rate: number): readonly GradientChange[] {
    const parameters = this.model.parameters();
    const drawn = this.#carried();
    const before = this.#gradients(images, labels);
    const after = this.#carried();
    const changes: GradientChange[] = [];
    const layers = [...this.model.hidden, this.model.out];
    for (const [i, layer] of layers.entries()) {
      if (i > 0) {
        for (const [variable, value] of drawn) variable.assign(value);
        const weight = layer instanceof Hidden ? layer.linear.weight : layer.weight;
        const at = parameters.indexOf(weight);
        changes.push(changeOf(before[at], this.#gradients(images, labels)[at]));
      }
      const own = layer.parameters();
      this.#update(
        own,
        own.map((parameter) => before[parameters.indexOf(parameter)]),
        rate,
      );
    }
    for (const [variable, value] of after) variable.assign(value);
    return changes;
  }
  #update(parameters: readonly Variable[], gradients: readonly Tensor[], rate: number): void {
    for (const [i, parameter] of parameters.entries()) {
      parameter.assign(sub(parameter.value, mul(gradients[i], rate)));
    }
  }

  /** Running statistics and the state of the noise. */
  #carried(): ReadonlyMap<Variable, Tensor> {
    const carried = [...this.model.variables().values()].filter((variable) => {
      return variable instanceof Buffer || variable instanceof RandomState;
    });
    return new Map(carried.map((variable) => [variable, variable.value]));
  }

  /** Runs `look` without a trace in running statistics. */
  #keeping<T>(look: () => T): T {
    const state = this.model.stateDict();
    const found = look();
    this.model.loadStateDict(state);
    return found;
  }
}

function changeOf(before: Tensor, after: Tensor): GradientChange {
  const length = (x: Tensor): number => Math.sqrt(sum(square(x)).item());
  return {
    relative: length(sub(after, before)) / length(before),
    cosine: sum(mul(before, after)).item() / (length(before) * length(after)),
  };
}
