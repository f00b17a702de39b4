import { arange, ones, randomKey, splitKey, tensor, zeros } from "@tapegrad/autograd";
import {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  Flatten,
  GlobalAvgPool,
  GlobalMaxPool,
  Identity,
  type Layer,
  Linear,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  PixelShuffle,
  PixelUnshuffle,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReLU,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  Residual,
  Sequential,
  Unflatten,
  Upsample,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { float64 } from "../oracles/float64.ts";

/** [1, 1, 4]: 1 to 4. */
const signal = float64([1, 2, 3, 4], [1, 1, 4]);
/** [1, 1, 2, 4]: 1 to 8. */
const image = float64([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 4]);
/** [1, 1, 2, 2, 2]: 1 to 8. */
const volume = float64([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 2, 2]);

const numbers = (layer: Layer, x: typeof signal): readonly number[] => {
  return [...layer.forward(x).toTypedArray()];
};

describe("the pooling layers", () => {
  it.each([
    ["MaxPool1d", new MaxPool1d(2), signal, [2, 4]],
    ["MaxPool1d, overlapping", new MaxPool1d(2, { stride: 1 }), signal, [2, 3, 4]],
    ["MaxPool1d, dilated", new MaxPool1d(2, { stride: 1, dilation: 2 }), signal, [3, 4]],
    ["MaxPool2d", new MaxPool2d(2), image, [6, 8]],
    ["MaxPool2d of rows", new MaxPool2d([1, 4]), image, [4, 8]],
    ["MaxPool3d", new MaxPool3d(2), volume, [8]],
    ["AvgPool1d", new AvgPool1d(2), signal, [1.5, 3.5]],
    ["AvgPool1d, padded", new AvgPool1d(2, { padding: 1 }), signal, [0.5, 2.5, 2]],
    ["AvgPool2d", new AvgPool2d(2), image, [3.5, 5.5]],
    ["AvgPool2d by a divisor", new AvgPool2d(2, { divisor: 1 }), image, [14, 22]],
    ["AvgPool3d", new AvgPool3d(2), volume, [4.5]],
    ["AdaptiveAvgPool1d", new AdaptiveAvgPool1d(2), signal, [1.5, 3.5]],
    ["AdaptiveAvgPool2d", new AdaptiveAvgPool2d([1, null]), image, [3, 4, 5, 6]],
    ["AdaptiveAvgPool3d", new AdaptiveAvgPool3d(1), volume, [4.5]],
    ["AdaptiveMaxPool1d", new AdaptiveMaxPool1d(3), signal, [2, 3, 4]],
    ["AdaptiveMaxPool2d", new AdaptiveMaxPool2d(1), image, [8]],
    ["GlobalAvgPool", new GlobalAvgPool(), image, [4.5]],
    ["GlobalMaxPool", new GlobalMaxPool(), volume, [8]],
  ] as const)("%s", (_, layer, x, expected) => {
    expect(numbers(layer, x)).toEqual(expected);
  });

  it("pools every example and channel by itself when it pools globally", () => {
    const x = zeros([2, 3, 4, 5]);

    expect(new GlobalAvgPool().forward(x).shape).toEqual([2, 3]);
    expect(new GlobalMaxPool().forward(x).shape).toEqual([2, 3]);
  });
});

describe("the padding layers", () => {
  it.each([
    ["ZeroPad1d", new ZeroPad1d([1, 2]), signal, [0, 1, 2, 3, 4, 0, 0]],
    ["ConstantPad1d", new ConstantPad1d(1, 9), signal, [9, 1, 2, 3, 4, 9]],
    ["ConstantPad1d that cuts", new ConstantPad1d([-1, 1], 9), signal, [2, 3, 4, 9]],
    ["ReflectionPad1d", new ReflectionPad1d(2), signal, [3, 2, 1, 2, 3, 4, 3, 2]],
    ["ReplicationPad1d", new ReplicationPad1d([2, 0]), signal, [1, 1, 1, 2, 3, 4]],
    ["CircularPad1d", new CircularPad1d([1, 2]), signal, [4, 1, 2, 3, 4, 1, 2]],
    // left, right, top, bottom
    [
      "ZeroPad2d",
      new ZeroPad2d([1, 0, 0, 1]),
      image,
      [0, 1, 2, 3, 4, 0, 5, 6, 7, 8, 0, 0, 0, 0, 0],
    ],
    [
      "ConstantPad2d",
      new ConstantPad2d([0, 0, 1, 0], 7),
      image,
      [7, 7, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8],
    ],
    [
      "ReflectionPad2d",
      new ReflectionPad2d([0, 0, 1, 0]),
      image,
      [5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8],
    ],
    ["ReplicationPad2d", new ReplicationPad2d([0, -3, 1, 0]), image, [1, 1, 5]],
    ["CircularPad2d", new CircularPad2d([0, -3, 0, 1]), image, [1, 5, 1]],
  ] as const)("%s", (_, layer, x, expected) => {
    expect(numbers(layer, x)).toEqual(expected);
  });

  it.each([
    [new ZeroPad3d(1), [0, 0]],
    [new ConstantPad3d(1, 5), [5, 5]],
    [new ReflectionPad3d(1), [8, 7]],
    [new ReplicationPad3d(1), [1, 1]],
    [new CircularPad3d(1), [8, 7]],
  ] as const)("go around volumes too", (layer, first) => {
    const y = layer.forward(volume);

    expect(y.shape).toEqual([1, 1, 4, 4, 4]);
    expect([...y.toTypedArray()].slice(0, 2)).toEqual(first);
  });
});

describe("the layers of shapes", () => {
  it("Identity gives what it is given", () => {
    expect(new Identity().forward(signal)).toBe(signal);
  });

  it("Flatten leaves the examples apart, and Unflatten takes it back", () => {
    const x = zeros([2, 3, 4, 5]);

    expect(new Flatten().forward(x).shape).toEqual([2, 60]);
    expect(new Flatten({ start: 0, end: 1 }).forward(x).shape).toEqual([6, 4, 5]);
    expect(new Unflatten(1, [3, -1]).forward(zeros([2, 12])).shape).toEqual([2, 3, 4]);
  });

  it("PixelShuffle turns channels into places, and PixelUnshuffle back", () => {
    const x = arange(0, 16).reshape([1, 4, 2, 2]);
    const y = new PixelShuffle(2).forward(x);

    expect(y.toArray()).toEqual([
      [
        [
          [0, 4, 1, 5],
          [8, 12, 9, 13],
          [2, 6, 3, 7],
          [10, 14, 11, 15],
        ],
      ],
    ]);
    expect(new PixelUnshuffle(2).forward(y).toArray()).toEqual(x.toArray());
  });

  it("Upsample repeats, or interpolates", () => {
    expect(numbers(new Upsample({ scaleFactor: 2 }), float64([[[1, 2]]]))).toEqual([1, 1, 2, 2]);
    const between = new Upsample({ size: 3, mode: "linear", alignCorners: true });
    expect(numbers(between, float64([[[1, 2]]]))).toEqual([1, 1.5, 2]);
  });
});

describe("Residual", () => {
  it("adds x to its body", () => {
    const x = tensor([-1, 2]);

    expect(new Residual(new ReLU()).forward(x).toArray()).toEqual([-1, 4]);
  });

  it("projects x where there is a shortcut, and applies the activation to the sum", () => {
    const [body, shortcut] = splitKey(randomKey(1)).map((key) => new Linear(2, 3, { key }));
    const [x, activation] = [tensor([[1, -2]]), new ReLU()];
    const sum = body?.forward(x).add(shortcut?.forward(x) ?? 0);

    const block = new Residual(body as Linear, { shortcut: shortcut as Linear, activation });

    expect(block.forward(x).toArray()).toEqual(sum?.relu().toArray());
    expect([...block.state().keys()]).toEqual([
      "body.weight",
      "body.bias",
      "shortcut.weight",
      "shortcut.bias",
    ]);
  });
});

describe("Sequential.named", () => {
  it("names state by the names it is given, in their order", () => {
    const model = Sequential.named({
      fc2: new Linear(2, 3),
      relu: new ReLU(),
      fc1: new Linear(3, 1),
    });

    expect([...model.state().keys()]).toEqual(["fc2.weight", "fc2.bias", "fc1.weight", "fc1.bias"]);
    expect([...model.modules().keys()]).toEqual(["", "fc2", "relu", "fc1"]);
    expect(model.forward(ones([5, 2])).shape).toEqual([5, 1]);
  });

  it("stands inside of one with positions", () => {
    const model = new Sequential(Sequential.named({ fc: new Linear(1, 1, { bias: false }) }));

    expect([...model.state().keys()]).toEqual(["0.fc.weight"]);
  });
});
