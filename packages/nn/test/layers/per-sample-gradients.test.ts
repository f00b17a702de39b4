/**
 * @file The gradient of every sample of a network with batch normalisation in mode "eval", at once. In mode
 * "train" there is none: the statistics of a batch tie its samples together.
 */
import {
  grad,
  matMul,
  normal,
  randomKey,
  record,
  sigmoid,
  splitKey,
  stack,
  type Tensor,
  tensor,
  uniform,
  ValueError,
  vmap,
} from "@tapegrad/autograd";
import {
  BatchNorm,
  batchNormInference,
  crossEntropy,
  Linear,
  Sequential,
  Sigmoid,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { refusalOf } from "../oracles/refusal.ts";

const SAMPLES = 5;
const [dataKey, firstKey, secondKey, meanKey, varianceKey] = splitKey(randomKey(4), 5);
const FLOAT64 = { dtype: "float64" } as const;

const images = normal(dataKey, [SAMPLES, 6], FLOAT64);
const labels = tensor([0, 2, 1, 1, 0], { dtype: "int32" });
const mean = normal(meanKey, [4], FLOAT64);
const variance = uniform(varianceKey, [4], { ...FLOAT64, min: 0.5, max: 2 });

/** Of one sample, as a batch of one. */
const rowOf = (x: Tensor): Tensor => x.reshape([1, -1]);

function expectSame(found: readonly Tensor[], expected: readonly (readonly Tensor[])[]): void {
  found.forEach((gradient, k) => {
    // sums are taken in another order
    expectCloseToArray(gradient, stack(expected.map((one) => one[k])), {
      relativeToLargest: 1e-14,
    });
  });
}

describe("the gradient of every sample", () => {
  it("is that of a loop, for a network of plain operations", () => {
    const parameters = [
      normal(firstKey, [6, 4], FLOAT64),
      normal(secondKey, [4, 3], FLOAT64),
      tensor([1, 0.5, -1, 2], FLOAT64),
      tensor([0.1, 0, -0.2, 0.3], FLOAT64),
    ];
    const loss = (
      [first, second, gamma, beta]: readonly Tensor[],
      x: Tensor,
      label: Tensor,
    ): Tensor => {
      const normalised = batchNormInference(matMul(rowOf(x), first), gamma, beta, {
        mean,
        variance,
      });
      return crossEntropy(matMul(sigmoid(normalised), second), label.reshape([1]));
    };

    const found = vmap(grad(loss), { inAxes: [null, 0, 0] })(parameters, images, labels);

    const expected = Array.from({ length: SAMPLES }, (_, i) => {
      return grad(loss)(parameters, images.at(i).get(), labels.at(i).get());
    });
    expect(found.map(({ shape }) => shape)).toEqual([[5, 6, 4], [5, 4, 3], [5, 4], [5, 4]]); // biome-ignore format: a row
    expectSame(found, expected);
  });

  it("is that of a loop, for layers", () => {
    const norm = new BatchNorm(4, FLOAT64);
    const model = new Sequential(
      new Linear(6, 4, { key: firstKey, bias: false, ...FLOAT64 }),
      norm,
      new Sigmoid(),
      new Linear(4, 3, { key: secondKey, ...FLOAT64 }),
    );
    norm.runningMean.assign(mean);
    norm.runningVariance.assign(variance);
    const gradients = (x: Tensor, label: Tensor): readonly Tensor[] => {
      const tape = record(() => {
        return crossEntropy(model.forward(rowOf(x), { mode: "eval" }), label.reshape([1]));
      });
      return tape.gradient(model.parameters());
    };

    const found = vmap(gradients)(images, labels);

    const expected = Array.from({ length: SAMPLES }, (_, i) => {
      return gradients(images.at(i).get(), labels.at(i).get());
    });
    expect(found).toHaveLength(model.parameters().length);
    expectSame(found, expected);
  });

  it("is not asked for in mode train: running statistics cannot follow every member", () => {
    const norm = new BatchNorm(6, FLOAT64);
    const before = norm.runningMean.value.toArray();
    const pairs = stack([images, images]);

    const train = vmap((x: Tensor) => norm.forward(x, { mode: "train" }));

    expect(refusalOf(() => train(pairs))).toBeInstanceOf(ValueError);
    expect(norm.runningMean.value.toArray()).toEqual(before);
  });
});
