/**
 * @file Trains classifiers of images, [N, 784] to a number for each class.
 *
 * A model is compiled once, for its step and its evaluation; every run starts it anew from a seed. Everything random
 * follows from the seed: initial weights, the order of the images, and what layers draw.
 */
import {
  argMax,
  cast,
  compile,
  equal,
  full,
  randomKey,
  record,
  splitKey,
  stack,
  sum,
  type Tensor,
} from "@tapegrad/autograd";
import {
  crossEntropy,
  DataLoader,
  init,
  initialize,
  type Layer,
  type Optimizer,
  RandomState,
  type Remainder,
  type Schedule,
  SGD,
  type Shuffle,
} from "@tapegrad/nn";
import type { Step } from "./experiment.ts";
import { batchesInOrder, batchOf, type DigitSet, PIXELS } from "./image-data.ts";

export interface ClassifierRun {
  readonly train: DigitSet;
  readonly test: DigitSet;
  readonly seed: number;
  /** Of all weights; biases start as 0. */
  readonly weights: init.Initializer;
  readonly learningRate: number;
  /** 0 only starts the model anew. */
  readonly steps: number;
  readonly batchSize: number;
  /** What becomes of the images of an epoch that do not fill a batch; "drop" by default. */
  readonly remainder?: Remainder;
  /** Steps between two measurements, or which steps have one after them; the last step always has. */
  readonly measureEvery?: number;
  readonly measureAt?: ReadonlySet<number>;
  /** Of the learning rate; constant by default. */
  readonly schedule?: Schedule;
  /** All images anew in every epoch by default. */
  readonly shuffle?: Shuffle;
  readonly onStep: Step;
}

/** What is not finite is null. */
export type Evaluation = { readonly loss: number | null; readonly accuracy: number };

/** After `step` steps: on the test images, and the mean loss of the batches since the measurement before. */
export type ClassifierPoint = Evaluation & {
  readonly step: number;
  readonly trainLoss: number | null;
};

/** Images of one evaluation; a multiple of it needs no second program. */
const CHUNK = 500;

export class TrainableClassifier<Model extends Layer = Layer> {
  readonly model: Model;
  readonly #optimizer: Optimizer;
  readonly #pristine: ReadonlyMap<string, Tensor>;
  readonly #optimizerState: Record<string, Tensor>;
  readonly #step: (images: Tensor, labels: Tensor) => Tensor;
  readonly #count: (images: Tensor, labels: Tensor) => Tensor;

  /** @param optimizer of the parameters of `model`, with one learning rate; plain SGD by default. */
  constructor(model: Model, optimizer?: Optimizer) {
    this.model = model;
    // every run assigns its own rate
    const descent = optimizer ?? new SGD(model.parameters(), { learningRate: 1 });
    this.#optimizer = descent;
    this.#pristine = new Map([...model.variables()].map(([name, { value }]) => [name, value]));
    this.#optimizerState = descent.stateDict();
    this.#step = compile((images: Tensor, labels: Tensor) => {
      const tape = record(() => crossEntropy(model.forward(images, { mode: "train" }), labels));
      descent.step(tape.gradient(descent.parameters));
      return tape.output;
    });
    this.#count = compile((images: Tensor, labels: Tensor) => {
      const logits = model.forward(images, { mode: "eval" });
      const correct = sum(cast(equal(argMax(logits), labels), "float32"));
      return stack([correct, crossEntropy(logits, labels, { reduction: "sum" })]);
    });
  }

  /** Trains from the beginning. A run whose loss is not finite ends there: nothing would change any more. */
  async train(run: ClassifierRun): Promise<ClassifierPoint[]> {
    const { train, test, steps, batchSize, measureEvery = steps, remainder = "drop" } = run;
    const { learningRate, schedule, shuffle = true } = run;
    const orderKey = this.#start(run);
    const loader = new DataLoader(rowsOf(train.count), {
      batchSize,
      shuffle,
      remainder,
      key: orderKey,
      collate: (rows: readonly number[]) => batchOf(train, rows),
    });
    const points: ClassifierPoint[] = [];
    let losses: number[] = [];
    for (let done = 0; done < steps; ) {
      for (const { images, labels } of loader) {
        if (schedule !== undefined) this.#setRate(schedule(done, learningRate));
        const loss = this.#step(images, labels).item();
        losses.push(loss);
        done++;
        const ends = done === steps || !Number.isFinite(loss);
        if (ends || (run.measureAt?.has(done) ?? done % measureEvery === 0)) {
          points.push({ step: done, trainLoss: finite(mean(losses)), ...this.evaluate(test) });
          losses = [];
        }
        await run.onStep(done, steps);
        if (ends) return points;
      }
    }
    return points;
  }

  /** In evaluation mode, with the weights that the last run left. */
  evaluate(set: DigitSet): Evaluation {
    let [correct, loss] = [0, 0];
    for (const { images, labels } of batchesInOrder(set, CHUNK, { remainder: true })) {
      const [right, lost] = this.#count(images, labels).toTypedArray();
      correct += right;
      loss += lost;
    }
    return { loss: finite(loss / set.count), accuracy: correct / set.count };
  }

  /** Assigns what a run starts from. @returns the key of the order. */
  #start({ seed, weights, learningRate }: ClassifierRun): Tensor {
    const [weightKey, orderKey, drawKey] = splitKey(randomKey(seed), 3);
    const variables = this.model.variables();
    const drawing = [...variables].filter(([, variable]) => variable instanceof RandomState);
    for (const [name, value] of this.#pristine) variables.get(name)?.assign(value);
    if (drawing.length > 0) {
      const keys = splitKey(drawKey, drawing.length);
      drawing.forEach(([, state], i) => {
        state.assign(keys[i]);
      });
    }
    initialize(this.model, weights, { key: weightKey });
    initialize(this.model, init.zeros(), { where: (path) => path.endsWith("bias") });
    this.#optimizer.loadStateDict(this.#optimizerState);
    this.#setRate(learningRate);
    return orderKey;
  }

  #setRate(value: number): void {
    this.#optimizer.groups[0].learningRate.assign(full([], value, { dtype: "float64" }));
  }
}

/** The first images of a set. */
export function firstOf({ images, labels, count }: DigitSet, limit: number): DigitSet {
  const kept = Math.min(count, limit);
  return {
    count: kept,
    images: images.subarray(0, kept * PIXELS),
    labels: labels.subarray(0, kept),
  };
}

/** As many images of a set at equal distances: the first ones need not be like all. */
export function evenly({ images, labels, count }: DigitSet, limit: number): DigitSet {
  const kept = Math.min(count, limit);
  const sample = {
    count: kept,
    images: new Uint8Array(kept * PIXELS),
    labels: new Uint8Array(kept),
  };
  for (let i = 0; i < kept; i++) {
    const from = Math.floor((i * count) / kept);
    sample.images.set(images.subarray(from * PIXELS, (from + 1) * PIXELS), i * PIXELS);
    sample.labels[i] = labels[from];
  }
  return sample;
}

/** All but the last images, and these: at most a quarter. */
export function holdOut(
  set: DigitSet,
  count: number,
): readonly [kept: DigitSet, heldOut: DigitSet] {
  const kept = set.count - Math.min(count, Math.floor(set.count / 4));
  const heldOut = {
    count: set.count - kept,
    images: set.images.subarray(kept * PIXELS),
    labels: set.labels.subarray(kept),
  };
  return [firstOf(set, kept), heldOut];
}

const rowsOf = (length: number) => ({ length, get: (row: number) => row });

const mean = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
