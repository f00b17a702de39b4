/** @file The Jacobian between two hidden layers of a classifier of digits, before and after it is trained. */
import { concatenate, linalg, narrow, type Tensor } from "@tapegrad/autograd";
import {
  AvgPool2d,
  BatchNorm,
  Flatten,
  init,
  type Layer,
  Linear,
  ReLU,
  Sequential,
  Sigmoid,
  Unflatten,
} from "@tapegrad/nn";
import { compiledJacobian } from "./compiled-jacobian.ts";
import { ACTIVATIONS, type ActivationName } from "./deep-layer.ts";
import type { Step } from "./experiment.ts";
import { batchOf, type ExperimentData } from "./image-data.ts";
import { TrainableClassifier } from "./train-classifier.ts";

export interface TrainedLayerOptions {
  readonly width: number;
  /** Images of a batch, in training and for the Jacobian. */
  readonly batch: number;
  readonly trainSteps: number;
}

const HIDDEN = 5;
/** The layer whose Jacobian is taken, from the sums of the one before to its own. */
const MEASURED = 3;

export class TrainedLayer {
  readonly #options: TrainedLayerOptions;
  readonly #gain: number;
  readonly #classifier: TrainableClassifier;
  readonly #before: Sequential;
  readonly #jacobian: (row: Tensor, h: Tensor) => Tensor;

  constructor(activation: ActivationName, batchNorm: boolean, options: TrainedLayerOptions) {
    const { width } = options;
    this.#options = options;
    this.#gain = ACTIVATIONS[activation].gain;
    const act = (): readonly Layer[] =>
      activation === "linear" ? [] : [activation === "relu" ? new ReLU() : new Sigmoid()];
    const image = [new Unflatten(1, [1, 28, 28]), new AvgPool2d(2), new Flatten()];
    // a layer is f, W, BN: from sums to sums, normalised ones where there is batch norm
    const layers = Array.from({ length: HIDDEN }, (_, i) => [
      ...(i === 0 ? image : act()),
      new Linear(i === 0 ? 196 : width, width, { bias: !batchNorm }),
      ...(batchNorm ? [new BatchNorm(width)] : []),
    ]);
    this.#classifier = new TrainableClassifier(
      new Sequential(...layers.flat(), ...act(), new Linear(width, 10)),
    );
    this.#before = new Sequential(...layers.slice(0, MEASURED).flat());
    const measured = new Sequential(...layers[MEASURED]);
    this.#jacobian = compiledJacobian((row: Tensor, h: Tensor) => {
      const others = narrow(h, { start: 1, length: h.shape[0] - 1 });
      const output = measured.forward(concatenate([row, others]), { mode: "train" });
      return narrow(output, { start: 0, length: 1 });
    });
  }

  /** Singular values in descending order. */
  async singularValues(
    { train, test }: ExperimentData,
    seed: number,
    onStep: Step,
  ): Promise<{ readonly before: number[]; readonly after: number[] }> {
    const { batch, trainSteps } = this.#options;
    const weights = init.varianceScaling({ scale: this.#gain ** 2, distribution: "normal" });
    const run = { train, test, seed, weights, learningRate: 0.1, batchSize: batch, onStep };
    const measure = (): number[] => {
      const { images } = batchOf(
        test,
        Array.from({ length: batch }, (_, i) => i),
      );
      const h = this.#before.forward(images, { mode: "train" });
      const matrix = this.#jacobian(narrow(h, { start: 0, length: 1 }), h);
      return [...linalg.svdvals(matrix).toTypedArray()];
    };
    await this.#classifier.train({ ...run, steps: 0 });
    const before = measure();
    await this.#classifier.train({ ...run, steps: trainSteps });
    return { before, after: measure() };
  }
}
