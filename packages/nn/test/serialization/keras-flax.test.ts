import {
  conv1d,
  conv2d,
  normal,
  ones,
  randomKey,
  type Tensor,
  transpose,
  zeros,
} from "@tapegrad/autograd";
import { BatchNorm, fromFlax, fromKeras, Linear, Sequential } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

const draw = (seed: number, shape: readonly number[]): Tensor =>
  normal(randomKey(seed), shape, { dtype: "float64" });

/** Keras's Conv2D with "valid" padding, from its definition: images and kernel with channels last. */
function convolved(x: Tensor, kernel: Tensor): number[] {
  const [batch, height, width, inputs] = x.shape;
  const [kernelHeight, kernelWidth, , outputs] = kernel.shape;
  const [image, weights] = [x.toTypedArray(), kernel.toTypedArray()];
  const found: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let i = 0; i <= height - kernelHeight; i++)
      for (let j = 0; j <= width - kernelWidth; j++)
        for (let out = 0; out < outputs; out++) {
          let sum = 0;
          for (let u = 0; u < kernelHeight; u++)
            for (let v = 0; v < kernelWidth; v++)
              for (let c = 0; c < inputs; c++) {
                const pixel = ((n * height + i + u) * width + j + v) * inputs + c;
                const weight = ((u * kernelWidth + v) * inputs + c) * outputs + out;
                sum += image[pixel] * weights[weight];
              }
          found.push(sum);
        }
  return found;
}

const channelsFirst = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2]);
const channelsLast = (x: Tensor): Tensor => transpose(x, [0, 2, 3, 1]);

function expectNear(found: Tensor, expected: readonly number[]): void {
  const values = [...found.toTypedArray()];
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 12);
  });
}

describe.each([
  ["fromKeras", fromKeras],
  ["fromFlax", fromFlax],
])("%s", (_, from) => {
  it("turns a dense kernel, so that outputs come first", () => {
    const kernel = draw(1, [3, 2]);
    const x = draw(2, [4, 3]);
    const layer = new Linear(3, 2, { dtype: "float64" });

    layer.loadStateDict(from({ kernel, bias: zeros([2], { dtype: "float64" }) }));

    expectNear(layer.forward(x), [...x.matMul(kernel).toTypedArray()]);
  });

  it("turns a kernel of images, so that the result is that of its definition", () => {
    const [x, kernel] = [draw(3, [2, 4, 5, 3]), draw(4, [2, 3, 3, 4])];

    const { weight } = from({ kernel });

    expect(weight.shape).toEqual([4, 3, 2, 3]);
    expectNear(channelsLast(conv2d(channelsFirst(x), weight)), convolved(x, kernel));
  });

  it("turns a kernel of sequences", () => {
    const [x, kernel] = [draw(5, [2, 7, 3]), draw(6, [3, 3, 2])];

    const found = conv1d(transpose(x, [0, 2, 1]), from({ kernel })["weight"]);

    const image = x.reshape([2, 1, 7, 3]);
    expectNear(transpose(found, [0, 2, 1]), convolved(image, kernel.reshape([1, 3, 3, 2])));
  });
});

describe("names", () => {
  const one = ones([2]);

  it("of Keras", () => {
    const weights = { "0/kernel:0": ones([3, 2]), "0/bias:0": one, "1/gamma": one, "1/beta": one };
    const statistics = { "1/moving_mean": one, "1.moving_variance": one, "emb.embeddings": one };

    expect(Object.keys(fromKeras({ ...weights, ...statistics }))).toEqual([
      "0.weight",
      "0.bias",
      "1.weight",
      "1.bias",
      "1.runningMean",
      "1.runningVariance",
      "emb.weight",
    ]);
  });

  it("of Flax", () => {
    const names = ["kernel", "bias", "scale", "mean", "var", "embedding"];
    const variables = new Map(names.map((name, i) => [`m/${i}/${name}`, ones([2, 2])]));

    expect(Object.keys(fromFlax(variables))).toEqual([
      "m.0.weight",
      "m.1.bias",
      "m.2.weight",
      "m.3.runningMean",
      "m.4.runningVariance",
      "m.5.weight",
    ]);
  });

  it("fill a model beside what they do not have", () => {
    const model = new Sequential(new Linear(3, 2), new BatchNorm(2));
    const statistics = { "1/moving_mean": one, "1/moving_variance": one };
    const kernel = { dtype: "float32", shape: [3, 2], data: new Float32Array(6).fill(2) } as const;
    const weights = { "0/kernel": kernel, "0/bias": one, "1/gamma": one, "1/beta": one };

    model.loadStateDict({ ...model.stateDict(), ...fromKeras({ ...weights, ...statistics }) });

    expect(model.stateDict()["0.weight"].toArray()).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ]);
  });
});

describe("the messages of fromKeras and fromFlax", () => {
  const one = ones([2]);

  it("refuse names that are not known", () => {
    expect(messageOf(() => fromKeras({ "lstm/recurrent_kernel": one }))).toMatchInlineSnapshot(
      `"ValueError: fromKeras: lstm/recurrent_kernel ends in none of kernel, bias, gamma, beta, moving_mean, moving_variance, embeddings. Convert it by hand, or leave it out."`,
    );
    expect(messageOf(() => fromFlax({ gamma: one }))).toMatchInlineSnapshot(
      `"ValueError: fromFlax: gamma ends in none of kernel, bias, scale, mean, var, embedding. Convert it by hand, or leave it out."`,
    );
    expect(messageOf(() => fromFlax({ constructor: one }))).toMatch(/^ValueError: fromFlax/);
  });

  it("refuse kernels of other ranks", () => {
    expect(messageOf(() => fromKeras({ kernel: one }))).toMatchInlineSnapshot(
      `"ValueError: fromKeras: kernel has shape [2], but a kernel has 2 axes, or 3 to 5 for a convolution. Convert it by hand."`,
    );
  });

  it("refuse names that become one", () => {
    expect(messageOf(() => fromKeras({ "a/gamma": one, "a.gamma": one }))).toMatchInlineSnapshot(
      `"ValueError: fromKeras: a/gamma and a.gamma both become a.weight. Rename one of them first."`,
    );
  });
});
