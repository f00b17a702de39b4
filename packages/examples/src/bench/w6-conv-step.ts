/**
 * @file W6: one whole training step of a convolutional network on a batch of 32 images of 28 × 28: conv
 * 3×3 to 32 channels, batch norm, relu; conv 3×3 of stride 2 to 64, batch norm, relu; global average pool;
 * linear to 10; softmax cross-entropy, backward and SGD, and the loss is read.
 */
import {
  add,
  cast,
  conv2d,
  floor,
  matMul,
  mean,
  normal,
  ones,
  randomKey,
  relu,
  type Shape,
  splitKey,
  type Tensor,
  uniform,
  zeros,
} from "@tapegrad/autograd";
import { batchNormTrain, crossEntropy, Parameter } from "@tapegrad/nn";
import { numbersOf } from "./compiled.ts";
import { convNetLoss } from "./conv-net-loops.ts";
import { type Training, type TrainingProblem, trainingCases, trainingProblem } from "./training.ts";
import type { Size, Workload } from "./workload.ts";

type FloatDType = "float32" | "float64";

export const convStep: Workload = {
  name: "W6",
  title: "training step of a convolutional network",
  cases: (size, settings) => trainingCases(convProblem(size), settings),
  problems: (size) => {
    const { x, labels } = dataOf(sizesOf(size));
    const inputs = { x: numbersOf(x), labels: numbersOf(labels) };
    return [trainingProblem(convProblem(size), inputs, NAMES)];
  },
};

const NAMES = ["kernel1", "gamma1", "beta1", "kernel2", "gamma2", "beta2", "weight", "bias"];

/** Numbers of samples, classes and channels, and the side of the images. */
export interface ConvNetSizes {
  readonly samples: number;
  readonly side: number;
  readonly first: number;
  readonly second: number;
  readonly classes: number;
}

function sizesOf(size: Size): ConvNetSizes {
  return size === "full"
    ? { samples: 32, side: 28, first: 32, second: 64, classes: 10 }
    : { samples: 4, side: 6, first: 3, second: 4, classes: 3 };
}

function dataOf({ samples, side, classes }: ConvNetSizes): {
  readonly x: Tensor;
  readonly labels: Tensor;
} {
  const [keyX, keyLabels] = splitKey(randomKey(8), 2);
  const x = uniform(keyX, [samples, 1, side, side]);
  return { x, labels: cast(floor(uniform(keyLabels, [samples], { max: classes })), "int32") };
}

function parametersOf({ first, second, classes }: ConvNetSizes, dtype: FloatDType): Parameter[] {
  const keys = splitKey(randomKey(9), 3);
  const drawn = (key: Tensor, shape: Shape, fanIn: number): Tensor =>
    normal(key, shape, { standardDeviation: 1 / Math.sqrt(fanIn), dtype });
  return [
    drawn(keys[0], [first, 1, 3, 3], 9),
    ones([first], { dtype }),
    zeros([first], { dtype }),
    drawn(keys[1], [second, first, 3, 3], 9 * first),
    ones([second], { dtype }),
    zeros([second], { dtype }),
    drawn(keys[2], [second, classes], second),
    zeros([classes], { dtype }),
  ].map((value) => new Parameter(value));
}

export function convProblem(size: Size): TrainingProblem {
  const sizes = sizesOf(size);
  const make = (dtype: FloatDType): Training => {
    const { x: single, labels } = dataOf(sizes);
    const x = cast(single, dtype);
    const parameters = parametersOf(sizes, dtype);
    const [kernel1, gamma1, beta1, kernel2, gamma2, beta2, weight, bias] = parameters;
    const normalized = (z: Tensor, gamma: Parameter, beta: Parameter): Tensor =>
      relu(batchNormTrain(z, gamma.value, beta.value, { axes: [0, 2, 3] }).output);
    const numbers = { x: x.toTypedArray(), labels: labels.toTypedArray() };
    return {
      parameters,
      batch: [x, labels],
      loss: (images, targets) => {
        const h1 = normalized(conv2d(images, kernel1.value, { padding: 1 }), gamma1, beta1);
        const z2 = conv2d(h1, kernel2.value, { stride: 2, padding: 1 });
        const pooled = mean(normalized(z2, gamma2, beta2), { axes: [2, 3] });
        return crossEntropy(add(matMul(pooled, weight.value), bias.value), targets);
      },
      naiveLoss: (state) => convNetLoss(state, numbers, sizes),
    };
  };
  return { name: "conv net", flops: flopsOf(sizes), make };
}

/** Convolutions only: the first forward and for its kernel, the second for its input as well. */
function flopsOf({ samples, side, first, second }: ConvNetSizes): number {
  const half = Math.ceil(side / 2);
  return 2 * 9 * samples * (2 * side * side * first + 3 * half * half * first * second);
}
