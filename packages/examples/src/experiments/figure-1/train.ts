/**
 * @file Training one network of the experiment: plain SGD on softmax cross-entropy, measured on a schedule.
 *
 * Everything random follows from the seed: the initial weights, and for each epoch a fresh permutation of the
 * training images. Both networks of a seed have the same of either.
 */
import { compile, permutation, randomKey, record, splitKey, type Tensor } from "@tapegrad/autograd";
import { crossEntropy, SGD } from "@tapegrad/nn";
import type { Step } from "../shared/experiment.ts";
import { formatPercent } from "../shared/format.ts";
import { batchOf, type ExperimentData } from "../shared/image-data.ts";
import type { AccuracyPoint, Curve, NetworkOfRun, SigmoidInputPoint } from "./curve.ts";
import { measure, measureFinal } from "./evaluate.ts";
import { buildNetwork, initialize, type Network } from "./network.ts";

export interface TrainSettings {
  readonly steps: number;
  readonly learningRate: number;
  /** Standard deviation of the Gaussian that the weights start from. */
  readonly initStd: number;
  /** At least 2, and no more than there are training images. */
  readonly batch: number;
}

/** The steps after which a network is measured, and the last one. */
export function measuredSteps(steps: number): ReadonlySet<number> {
  const early = [0, 50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 4000, 5000, 7500];
  const chosen = new Set(early.filter((step) => step < steps));
  for (let step = 10_000; step < steps; step += 2500) chosen.add(step);
  return chosen.add(steps);
}

/** Trains one network from its seed; `onStep` is told after every step. */
export async function train(
  { batchNorm, seed }: NetworkOfRun,
  { steps, learningRate, initStd, batch }: TrainSettings,
  data: ExperimentData,
  onStep: Step,
): Promise<Curve> {
  const [weightKey, orderKey] = splitKey(randomKey(seed));
  const network = buildNetwork(batchNorm);
  initialize(network, weightKey, initStd);
  const advance = compiledStep(network, learningRate);
  const batches = shuffledRows(orderKey, data.train.count, batch);
  const measured = measuredSteps(steps);
  const points: AccuracyPoint[] = [];
  const sigmoidInput: SigmoidInputPoint[] = [];
  for (let step = 0; step <= steps; step++) {
    if (step > 0) {
      const { images, labels } = batchOf(data.train, batches.next().value);
      advance(images, labels);
    }
    if (measured.has(step)) {
      const found = measure(network, data.test, step);
      points.push(found.accuracy);
      sigmoidInput.push(found.sigmoidInput);
    }
    await onStep(
      step,
      steps,
      `test accuracy ${formatPercent(points.at(-1)?.testAccuracy ?? null)} %`,
    );
  }
  const movingAverage = points.at(-1)?.testAccuracy ?? 0;
  const finalAccuracy = measureFinal(network, data, { batchSize: batch, movingAverage });
  return { batchNorm, seed, points, sigmoidInput, finalAccuracy };
}

/** The rows of one batch after another, in an order that each epoch has anew; its short remainder is left out. */
function* shuffledRows(key: Tensor, count: number, batch: number): Generator<Int32Array, never> {
  for (let epoch = 0; ; epoch++) {
    const epochKey = splitKey(key, epoch + 1)[epoch];
    const order = Int32Array.from(permutation(epochKey, count).toTypedArray());
    for (let start = 0; start + batch <= count; start += batch) {
      yield order.subarray(start, start + batch);
    }
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
