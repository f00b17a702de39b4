/**
 * @file What is measured of a network: test accuracy and loss, and percentiles of the inputs of the last sigmoids.
 */
import { argMax, equal, sum, type Tensor } from "@tapegrad/autograd";
import { crossEntropy, estimatePopulation, usePopulation } from "@tapegrad/nn";
import { batchesInOrder, type DigitSet } from "../shared/image-data.ts";
import { percentile } from "../shared/percentiles.ts";
import type { AccuracyPoint, FinalAccuracy, SigmoidInputPoint } from "./curve.ts";
import type { Network } from "./network.ts";

/** Images are evaluated in chunks of this many, and percentiles taken over at most this many (as in the reference). */
const CHUNK = 1000;
const PERCENTILE_IMAGES = 5000;
/** Algorithm 2 averages over at most this many training batches. */
export const POPULATION_BATCHES = 1000;
/** The unit whose percentiles are shown, "one typical sigmoid" in the paper. */
export const SIGMOID_UNIT = 0;

export interface Measurement {
  readonly accuracy: AccuracyPoint;
  readonly sigmoidInput: SigmoidInputPoint;
}

/** Accuracy, loss and percentiles on `test` in evaluation mode. */
export function measure(network: Network, test: DigitSet, step: number): Measurement {
  let correct = 0;
  let loss = 0;
  const inputs: Float32Array[] = [];
  for (const { images, labels } of batchesInOrder(test, CHUNK, { remainder: true })) {
    const hidden = network.beforeLastSigmoid.forward(images, { mode: "eval" });
    const logits = network.fromLastSigmoid.forward(hidden, { mode: "eval" });
    correct += sum(equal(argMax(logits), labels)).item();
    loss += crossEntropy(logits, labels, { reduction: "sum" }).item();
    if (inputs.length * CHUNK < PERCENTILE_IMAGES)
      inputs.push(Float32Array.from(hidden.toTypedArray()));
  }
  return {
    accuracy: { step, testAccuracy: correct / test.count, testLoss: finite(loss / test.count) },
    sigmoidInput: sigmoidInputPoint(
      step,
      inputs,
      network.linear[network.linear.length - 2].outFeatures,
    ),
  };
}

function sigmoidInputPoint(
  step: number,
  inputs: readonly Float32Array[],
  units: number,
): SigmoidInputPoint {
  const rows = inputs.reduce((sum, chunk) => sum + chunk.length / units, 0);
  const used = Math.min(rows, PERCENTILE_IMAGES);
  const percentiles = Array.from({ length: units }, (_, unit) => {
    const values = new Float64Array(used);
    let row = 0;
    for (const chunk of inputs) {
      for (let at = unit; at < chunk.length && row < used; at += units) values[row++] = chunk[at];
    }
    values.sort();
    return [15, 50, 85].map((q) => percentile(values, q));
  });
  const [p15, p50, p85] = percentiles[SIGMOID_UNIT].map(finite);
  const average = (of: (p: readonly number[]) => number): number | null =>
    finite(percentiles.reduce((sum, p) => sum + of(p), 0) / units);
  return {
    step,
    p15,
    p50,
    p85,
    meanWidth: average(([low, , high]) => high - low),
    meanAbsMedian: average(([, median]) => Math.abs(median)),
  };
}

/**
 * Accuracy after the last step by moving averages and, with batch normalisation, by population statistics over
 * training batches in file order. The network keeps its moving averages.
 */
export function measureFinal(
  network: Network,
  data: { readonly train: DigitSet; readonly test: DigitSet },
  { batchSize, movingAverage }: { readonly batchSize: number; readonly movingAverage: number },
): FinalAccuracy {
  if (network.norms.length === 0) return { movingAverage, population: null, pooled: null };
  const kept = network.model.stateDict();
  const estimates = estimatePopulation(network.model, imagesOf(data.train, batchSize));
  const accuracyBy = (which: "algorithm2" | "pooled"): number => {
    usePopulation(estimates, which);
    return measure(network, data.test, 0).accuracy.testAccuracy;
  };
  const [population, pooled] = [accuracyBy("algorithm2"), accuracyBy("pooled")];
  network.model.loadStateDict(kept);
  return { movingAverage, population, pooled };
}

function* imagesOf(set: DigitSet, size: number): Generator<Tensor> {
  const batches = batchesInOrder(set, size, { limit: POPULATION_BATCHES });
  for (const { images } of batches) yield images;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
