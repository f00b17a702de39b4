/**
 * @file The suite "paper": 300 exact training steps of the paper's MNIST network from given weights and batches,
 * against PyTorch's losses. Two nets × two dtypes × 300 losses.
 *
 * float64 must agree with PyTorch's float64 losses to 1e-11, float32 with the same losses to 1e-5. PyTorch's
 * own float32 losses differ from its float64 losses by up to 5e-7.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cast, compile, record, type Tensor, tensor, ValueError } from "@tapegrad/autograd";
import {
  BatchNorm,
  crossEntropy,
  type LabelledImages,
  type Linear,
  type Safetensors,
  SGD,
} from "@tapegrad/nn";
import { readMnist, readSafetensors } from "@tapegrad/nn/node";
import { buildNetwork, type Network } from "../experiments/figure-1/network.ts";
import { PIXELS } from "../experiments/shared/image-data.ts";
import { type Check, type Suite, worstDifference } from "./suite.ts";

const TOLERANCE = { float64: 1e-11, float32: 1e-5 } as const;

type FloatDType = keyof typeof TOLERANCE;

/** The fields of mnist-exact-*.json that are used here. */
interface ExactRun {
  readonly weights: string;
  readonly bn: boolean;
  readonly lr: number;
  readonly batch_size: number;
  readonly first_row: number;
  readonly float64: { readonly losses: readonly number[] };
}

export const paper: Suite = function* ({ oracle, mnist, compiled, mapped }): Generator<Check> {
  if (mapped) {
    throw new ValueError("oracle", {}, () => {
      return "training has no mapped form: its variables would differ between members. Leave out `--mapped`.";
    });
  }
  const folder = join(oracle, "paper");
  if (!existsSync(folder)) {
    throw new ValueError("oracle", { folder }, () => {
      return `there is no folder ${folder}. Set ORACLE_DIR to the folder with the fixtures.`;
    });
  }
  const { train } = readMnist(mnist);
  for (const name of ["plain", "bn"]) {
    const run = JSON.parse(
      readFileSync(join(folder, `mnist-exact-${name}.json`), "utf8"),
    ) as ExactRun;
    const weights = readSafetensors(join(folder, run.weights));
    for (const dtype of ["float64", "float32"] as const) {
      const network = buildNetwork(run.bn, dtype);
      load(network, weights, dtype);
      yield* compare(`${name}/${dtype}`, trainOn(network, run, train, dtype, compiled), run, dtype);
    }
  }
};

function* compare(
  id: string,
  losses: Iterable<number>,
  run: ExactRun,
  dtype: FloatDType,
): Generator<Check> {
  let step = 0;
  for (const loss of losses) {
    const problem = worstDifference([loss], [run.float64.losses[step]], TOLERANCE[dtype]);
    yield problem === null
      ? { status: "passed" }
      : { status: "failed", id: `${id}/step-${step}`, problem };
    step++;
  }
}

/** The loss of every step, before its update. */
function* trainOn(
  network: Network,
  run: ExactRun,
  train: LabelledImages,
  dtype: FloatDType,
  compiled: boolean,
): Generator<number> {
  const { model } = network;
  const parameters = model.parameters();
  const optimizer = new SGD(parameters, { learningRate: run.lr });
  const trainStep = (images: Tensor, labels: Tensor): Tensor => {
    const tape = record(() => crossEntropy(model.forward(images, { mode: "train" }), labels));
    optimizer.step(tape.gradient(parameters));
    return tape.output;
  };
  const runStep = compiled ? compile(trainStep) : trainStep;
  for (let step = 0; step < run.float64.losses.length; step++) {
    const first = run.first_row + step * run.batch_size;
    yield runStep(...rows(train, first, run.batch_size, dtype)).item();
  }
}

function rows(
  set: LabelledImages,
  first: number,
  count: number,
  dtype: FloatDType,
): [Tensor, Tensor] {
  const bytes = set.images.subarray(first * PIXELS, (first + count) * PIXELS);
  // pixel / 255 is rounded to float32 in both dtypes: the float64 run widens the same numbers
  const shape = [count, PIXELS];
  const pixels = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) pixels[i] = bytes[i] / 255;
  const images = tensor(pixels, { shape, dtype });
  const labels = tensor(Int32Array.from(set.labels.subarray(first, first + count)));
  return [images, labels];
}

/** Assigns the stored weights: `fc.i`, `bn.i` and `out` in PyTorch's names. */
function load(network: Network, stored: Safetensors, dtype: FloatDType): void {
  const last = network.linear.length - 1;
  network.linear.forEach((layer, i) => {
    loadLayer(layer, i === last ? "out" : `fc.${i}`, stored, dtype);
  });
  network.norms.forEach((layer, i) => {
    loadLayer(layer, `bn.${i}`, stored, dtype);
  });
}

function loadLayer(
  layer: Linear | BatchNorm,
  prefix: string,
  stored: Safetensors,
  dtype: FloatDType,
): void {
  const read = (name: string): Tensor => {
    const found = stored.tensors.get(`${prefix}.${name}`);
    if (found?.dtype !== "float32") {
      throw new ValueError("oracle", { tensor: `${prefix}.${name}` }, (d) => {
        return `the weights hold no float32 tensor ${d.tensor}. Use the file that belongs to the fixtures.`;
      });
    }
    return cast(tensor(found.data, { shape: found.shape }), dtype);
  };
  layer.weight.assign(read("weight"));
  layer.bias?.assign(read("bias"));
  if (!(layer instanceof BatchNorm)) return;
  layer.runningMean.assign(read("running_mean"));
  layer.runningVariance.assign(read("running_var"));
}
