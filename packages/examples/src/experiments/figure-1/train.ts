/**
 * @file Training one network of the experiment: plain SGD on softmax cross-entropy, measured on a schedule.
 *
 * Everything random follows from the seed and the step alone: the initial weights, and for each epoch a fresh
 * permutation of the training images. So a run that starts again from saved weights goes on bit for bit.
 */
import { compile, permutation, randomKey, record, splitKey, type Tensor } from "@tapegrad/autograd";
import { crossEntropy, SGD } from "@tapegrad/nn";
import { batchOf, type DigitSet, type ExperimentData } from "../shared/image-data.ts";
import type { AccuracyPoint, SigmoidInputPoint } from "../shared/results.ts";
import { measure } from "./evaluate.ts";
import { buildNetwork, initialize, type Network } from "./network.ts";

export interface TrainSettings {
  readonly steps: number;
  readonly learningRate: number;
  readonly initStd: number;
  readonly batchSize: number;
}

/** A network between two steps: enough to go on with, and what has been measured so far. */
export interface TrainState {
  readonly step: number;
  readonly weights: Record<string, Tensor>;
  readonly points: readonly AccuracyPoint[];
  readonly sigmoidInput: readonly SigmoidInputPoint[];
  /** Of all steps so far, without measuring. */
  readonly trainSeconds: number;
}

/** The steps after which a network is measured, and the last one. */
export function measuredSteps(steps: number): ReadonlySet<number> {
  const early = [0, 50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 4000, 5000, 7500];
  const chosen = new Set(early.filter((step) => step < steps));
  for (let step = 10_000; step < steps; step += 2500) chosen.add(step);
  return chosen.add(steps);
}

/** One network in training, advanced step by step. */
export class Training {
  readonly network: Network;
  readonly #settings: TrainSettings;
  readonly #data: ExperimentData;
  readonly #orderKey: Tensor;
  /** One step of SGD; returns the loss before it. */
  readonly #step: (images: Tensor, labels: Tensor) => Tensor;
  readonly #measured: ReadonlySet<number>;
  #state: TrainState;
  #epoch: { readonly index: number; readonly order: Int32Array } = {
    index: -1,
    order: new Int32Array(0),
  };

  /** Starts from the seed, or goes on from `state`. */
  constructor(
    batchNorm: boolean,
    seed: number,
    settings: TrainSettings,
    data: ExperimentData,
    state?: TrainState,
  ) {
    const [weightKey, orderKey] = splitKey(randomKey(seed));
    this.network = buildNetwork(batchNorm);
    this.#settings = settings;
    this.#data = data;
    this.#orderKey = orderKey;
    this.#step = compiledStep(this.network, settings.learningRate);
    this.#measured = measuredSteps(settings.steps);
    if (state === undefined) {
      initialize(this.network, weightKey, settings.initStd);
      this.#state = { step: 0, weights: {}, points: [], sigmoidInput: [], trainSeconds: 0 };
      this.#measure();
    } else {
      this.network.model.loadStateDict(state.weights);
      this.#state = state;
    }
  }

  get step(): number {
    return this.#state.step;
  }

  get done(): boolean {
    return this.step >= this.#settings.steps;
  }

  /** The newest measurement. */
  get latest(): AccuracyPoint | undefined {
    return this.#state.points.at(-1);
  }

  /** Where the training stands, with the present weights. */
  get state(): TrainState {
    return { ...this.#state, weights: this.network.model.stateDict() };
  }

  /** One step of SGD on the next batch; measures where the schedule says so. Returns the loss before the update. */
  advance(): number {
    const start = performance.now();
    const { images, labels } = batchOf(this.#data.train, this.#nextRows());
    const loss = this.#step(images, labels).item();
    const seconds = (performance.now() - start) / 1000;
    this.#state = {
      ...this.#state,
      step: this.step + 1,
      trainSeconds: this.#state.trainSeconds + seconds,
    };
    if (this.#measured.has(this.step)) this.#measure();
    return loss;
  }

  #measure(): void {
    const { accuracy, sigmoidInput } = measure(this.network, this.#data.test, this.step);
    this.#state = {
      ...this.#state,
      points: [...this.#state.points, accuracy],
      sigmoidInput: [...this.#state.sigmoidInput, sigmoidInput],
    };
  }

  /** The training rows of the next batch; a short remainder of an epoch is left out. */
  #nextRows(): Int32Array {
    const { batchSize } = this.#settings;
    const perEpoch = Math.floor(this.#data.train.count / batchSize);
    const index = Math.floor(this.step / perEpoch);
    if (index !== this.#epoch.index)
      this.#epoch = { index, order: this.#orderOf(index, this.#data.train) };
    const start = (this.step % perEpoch) * batchSize;
    return this.#epoch.order.subarray(start, start + batchSize);
  }

  #orderOf(epoch: number, train: DigitSet): Int32Array {
    const keys = splitKey(this.#orderKey, epoch + 1);
    return Int32Array.from(permutation(keys[epoch], train.count).toTypedArray());
  }
}

function compiledStep(
  { model }: Network,
  learningRate: number,
): (images: Tensor, labels: Tensor) => Tensor {
  const optimizer = new SGD(model.parameters(), { learningRate });
  return compile((images: Tensor, labels: Tensor) => {
    const tape = record(() => crossEntropy(model.forward(images, { mode: "train" }), labels));
    optimizer.step(tape.gradient(optimizer.parameters));
    return tape.output;
  });
}
