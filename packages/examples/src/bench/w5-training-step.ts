/**
 * @file W5: one whole training step of the network of the paper's figure 1, 784-100-100-100-10 with
 * sigmoids on a batch of 60: forward, softmax cross-entropy, backward, SGD, and the loss is read.
 *
 * Three networks: without batch norm; with it in every hidden layer, as a function; and as layers, which
 * also keep running statistics.
 */
import {
  cast,
  floor,
  ones,
  randomKey,
  splitKey,
  type Tensor,
  transpose,
  uniform,
  zeros,
} from "@tapegrad/autograd";
import {
  BatchNorm,
  batchNormTrain,
  crossEntropy,
  type Layer,
  Linear,
  Module,
  Parameter,
  Sequential,
  Sigmoid,
} from "@tapegrad/nn";
import { numbersOf } from "./compiled.ts";
import { networkLoss } from "./network-loops.ts";
import { type Training, type TrainingProblem, trainingCases, trainingProblem } from "./training.ts";
import type { Problem, Size, Workload } from "./workload.ts";

const KINDS = ["plain", "batch norm", "batch norm layers"] as const;

type Kind = (typeof KINDS)[number];
type FloatDType = "float32" | "float64";

export const trainingStep: Workload = {
  name: "W5",
  title: "training step of the paper's MNIST network",
  cases: (size, settings) =>
    KINDS.flatMap((kind) => trainingCases(networkProblem(kind, size), settings)),
  problems: (size) => (["plain", "batch norm"] as const).map((kind) => problemOf(kind, size)),
};

/** Batch normalisation without running statistics. */
class Normalize extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(channels: number, dtype: FloatDType) {
    super();
    this.weight = new Parameter(ones([channels], { dtype }));
    this.bias = new Parameter(zeros([channels], { dtype }));
  }

  forward(x: Tensor): Tensor {
    return batchNormTrain(x, this.weight.value, this.bias.value).output;
  }
}

const unitsOf = (size: Size): readonly number[] =>
  size === "full" ? [784, 100, 100, 100, 10] : [12, 5, 5, 3];

function network(
  kind: Kind,
  units: readonly number[],
  seed: Tensor,
  dtype: FloatDType,
): Sequential {
  const keys = splitKey(seed, units.length);
  const layers = units.slice(1).flatMap((fanOut, i): readonly Layer[] => {
    const isOutput = i === units.length - 2;
    const isNormalized = kind !== "plain" && !isOutput;
    const linear = new Linear(units[i], fanOut, { key: keys[i], bias: !isNormalized, dtype });
    if (isOutput) return [linear];
    if (!isNormalized) return [linear, new Sigmoid()];
    const normalize =
      kind === "batch norm" ? new Normalize(fanOut, dtype) : new BatchNorm(fanOut, { dtype });
    return [linear, normalize, new Sigmoid()];
  });
  return new Sequential(...layers);
}

interface Data {
  readonly keyModel: Tensor;
  readonly x: Tensor;
  readonly labels: Tensor;
}

function dataOf(size: Size): Data {
  const units = unitsOf(size);
  const samples = size === "full" ? 60 : 8;
  const [keyModel, keyX, keyLabels] = splitKey(randomKey(5), 3);
  const x = uniform(keyX, [samples, units[0]]);
  const labels = cast(floor(uniform(keyLabels, [samples], { max: units.at(-1) ?? 1 })), "int32");
  return { keyModel, x, labels };
}

/** The training of one of the networks. */
export function networkProblem(kind: Kind, size: Size): TrainingProblem {
  const units = unitsOf(size);
  const make = (dtype: FloatDType): Training => {
    const { keyModel, x: single, labels } = dataOf(size);
    const x = cast(single, dtype);
    const model = network(kind, units, keyModel, dtype);
    const numbers = { x: x.toTypedArray(), labels: labels.toTypedArray() };
    return {
      parameters: model.parameters(),
      batch: [x, labels],
      loss: (images, targets) => crossEntropy(model.forward(images, { mode: "train" }), targets),
      naiveLoss: (state) => networkLoss(state, numbers, { units, batchNorm: kind !== "plain" }),
    };
  };
  return { name: kind, flops: flopsOf(units, dataOf(size).labels.size), make };
}

/** Matrix products only: forward and for the weights in every layer, for the input in all but the first. */
function flopsOf(units: readonly number[], samples: number): number {
  const sizes = units.slice(1).map((fanOut, i) => units[i] * fanOut);
  const products = sizes.reduce((total, size) => total + 3 * size, -sizes[0]);
  return 2 * samples * products;
}

/** Other systems keep weights as [in, out]. */
function problemOf(kind: "plain" | "batch norm", size: Size): Problem {
  const { x, labels } = dataOf(size);
  const last = unitsOf(size).length - 2;
  const names = Array.from({ length: last + 1 }, (_, i) => {
    const isNormalized = kind === "batch norm" && i !== last;
    return [`weight${i}`, ...(isNormalized ? [`gamma${i}`, `beta${i}`] : [`bias${i}`])];
  }).flat();
  const inputs = { x: numbersOf(x), labels: numbersOf(labels) };
  return trainingProblem(networkProblem(kind, size), inputs, names, (value) =>
    value.shape.length === 2 ? transpose(value) : value,
  );
}
