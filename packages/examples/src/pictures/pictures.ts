/**
 * @file The pictures of the documents: what they show, drawn. Those of docs/tape.md are tapes.
 */
import {
  add,
  div,
  matMul,
  mean,
  mul,
  record,
  recordWith,
  sigmoid,
  sqrt,
  sub,
  type Tensor,
  tapeToSvg,
  tensor,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import { crossEntropy } from "@tapegrad/nn";
import { lifeOfAnOperation } from "./life-of-an-operation.ts";

/** Batch normalisation of three rows and two channels, as the README has it. */
function batchNorm(): string {
  const f = ({ x, gamma, beta }: { x: Tensor; gamma: Tensor; beta: Tensor }): Tensor => {
    const mu = mean(x, { axes: 0 });
    const centered = sub(x, mu);
    const sigmaSquared = mean(mul(centered, centered), { axes: 0 });
    const sigma = sqrt(add(sigmaSquared, 1e-5));
    const xHat = div(centered, sigma);
    return add(mul(xHat, gamma), beta);
  };
  return tapeToSvg(record(f, { x: zeros([3, 2]), gamma: zeros([2]), beta: zeros([2]) }));
}

/** A step of gradient descent for two layers, forward and backward. */
function trainingStep(): string {
  const variable = (name: string, shape: readonly number[]): Variable =>
    new Variable(zeros(shape), { name });
  const [w1, b1, w2, b2] = [
    variable("w1", [784, 100]),
    variable("b1", [100]),
    variable("w2", [100, 10]),
    variable("b2", [10]),
  ];
  const loss = (images: Tensor, labels: Tensor): Tensor => {
    const hidden = sigmoid(add(matMul(images, w1.value), b1.value));
    return crossEntropy(add(matMul(hidden, w2.value), b2.value), labels);
  };
  const step = (images: Tensor, labels: Tensor): unknown => {
    const tape = record(() => loss(images, labels));
    const gradients = tape.gradient({ w1, b1, w2, b2 });
    const next = (name: keyof typeof gradients, { value }: Variable): Tensor =>
      sub(value, mul(gradients[name], 0.1));
    return {
      loss: tape.output,
      w1: next("w1", w1),
      b1: next("b1", b1),
      w2: next("w2", w2),
      b2: next("b2", b2),
    };
  };
  const labels = tensor(new Array<number>(60).fill(0), { dtype: "int32" });
  // lines, for the colour of derivatives; without the folder of whoever draws
  const tape = recordWith({ sourceLines: true }, step, zeros([60, 784]), labels);
  return tapeToSvg(tape).replaceAll(/\S*\/(?=packages\/examples\/)/g, "");
}

/** By the name of the file in docs/pictures. */
export const PICTURES: Readonly<Record<string, () => string>> = {
  "batch-norm.svg": batchNorm,
  "life-of-an-operation.svg": lifeOfAnOperation,
  "training-step.svg": trainingStep,
};
