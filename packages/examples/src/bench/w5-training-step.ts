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
  record,
  splitKey,
  type Tensor,
  uniform,
  zeros,
} from "@tapegrad/autograd";
import {
  BatchNorm,
  batchNormTrain,
  crossEntropy,
  Linear,
  Module,
  Parameter,
  Sequential,
  SGD,
  Sigmoid,
} from "@tapegrad/nn";
import { requireClose } from "./check.ts";
import { networkLoss } from "./network-loops.ts";
import type { Case, Size, Workload } from "./workload.ts";

const LEARNING_RATE = 0.1;

type Kind = "plain" | "batch norm" | "batch norm layers";

export const trainingStep: Workload = {
  name: "W5",
  title: "training step of the paper's MNIST network",
  cases: (size) =>
    (["plain", "batch norm", "batch norm layers"] as const).map((kind) => stepCase(kind, size)),
};

/** Batch normalisation without running statistics. */
class Normalize extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(channels: number) {
    super();
    this.weight = new Parameter(ones([channels]));
    this.bias = new Parameter(zeros([channels]));
  }

  forward(x: Tensor): Tensor {
    return batchNormTrain(x, this.weight.value, this.bias.value).output;
  }
}

function network(kind: Kind, units: readonly number[], seed: Tensor): Sequential {
  const keys = splitKey(seed, units.length);
  const layers = units.slice(1).flatMap((fanOut, i): readonly Module[] => {
    const isOutput = i === units.length - 2;
    const isNormalized = kind !== "plain" && !isOutput;
    const linear = new Linear(units[i], fanOut, { key: keys[i], bias: !isNormalized });
    if (isOutput) return [linear];
    if (!isNormalized) return [linear, new Sigmoid()];
    const normalize = kind === "batch norm" ? new Normalize(fanOut) : new BatchNorm(fanOut);
    return [linear, normalize, new Sigmoid()];
  });
  return new Sequential(...layers);
}

function stepCase(kind: Kind, size: Size): Case {
  const units = size === "full" ? [784, 100, 100, 100, 10] : [12, 5, 5, 3];
  const samples = size === "full" ? 60 : 8;
  const [keyModel, keyX, keyLabels] = splitKey(randomKey(5), 3);
  const model = network(kind, units, keyModel);
  const x = uniform(keyX, [samples, units[0]]);
  const labels = cast(floor(uniform(keyLabels, [samples], { max: units.at(-1) ?? 1 })), "int32");
  const parameters = model.parameters();
  const optimizer = new SGD(parameters, { learningRate: LEARNING_RATE });
  const step = (): number => {
    const tape = record(() => crossEntropy(model.forward(x, { mode: "train" }), labels));
    optimizer.step(tape.gradient(parameters));
    return tape.output.item();
  };
  return {
    name: kind,
    flops: flopsOf(units, samples),
    run: step,
    check: () => {
      const snapshot = (): Float64Array[] =>
        parameters.map((parameter) => Float64Array.from(parameter.value.toTypedArray()));
      const batch = { x: x.toTypedArray(), labels: labels.toTypedArray() };
      const loss = (state: readonly Float64Array[]): number =>
        networkLoss(state, batch, { units, batchNorm: kind !== "plain" });
      const before = snapshot();
      const found = step();
      requireClose(`W5 ${kind}: loss`, [found], [loss(before)], 1e-5);
      requireDescent(kind, before, snapshot(), loss);
    },
  };
}

/** Matrix products only: forward and for the weights in every layer, for the input in all but the first. */
function flopsOf(units: readonly number[], samples: number): number {
  const sizes = units.slice(1).map((fanOut, i) => units[i] * fanOut);
  const products = sizes.reduce((total, size) => total + 3 * size, -sizes[0]);
  return 2 * samples * products;
}

/**
 * The step went against the gradient: g = (before - after) / rate, and along a random direction r the
 * loss changes by <g, r>, by central differences of the naive loops.
 */
function requireDescent(
  kind: Kind,
  before: readonly Float64Array[],
  after: readonly Float64Array[],
  loss: (state: readonly Float64Array[]) => number,
): void {
  const size = before.reduce((total, { length }) => total + length, 0);
  const draws = uniform(randomKey(6), [size], { min: -1, max: 1, dtype: "float64" }).toTypedArray();
  let [taken, products, norm] = [0, 0, 0];
  const directions = before.map((values, k) =>
    values.map((value, i) => {
      const r = draws[taken++];
      const g = (value - after[k][i]) / LEARNING_RATE;
      products += g * r;
      norm += g * g;
      return r;
    }),
  );
  const moved = (h: number): number =>
    loss(before.map((values, k) => values.map((value, i) => value + h * directions[k][i])));
  const h = 1e-5;
  const expected = (moved(h) - moved(-h)) / (2 * h);
  // relative to the norm of the gradient: <g, r> itself may be small by chance
  const scale = Math.sqrt(norm);
  requireClose(`W5 ${kind}: gradient`, [products / scale + 1], [expected / scale + 1], 1e-3);
}
