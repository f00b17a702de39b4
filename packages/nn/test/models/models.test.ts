import {
  compile,
  crossEntropy,
  normal,
  randomKey,
  record,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/autograd";
import {
  BasicBlock,
  BatchNorm,
  Conv2d,
  type Layer,
  Linear,
  leNet,
  type ModelOptions,
  mlp,
  ReLU,
  resNet,
  type Sequential,
  SGD,
  vgg,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

const key = randomKey(3);

const MODELS: Readonly<Record<string, (options: ModelOptions) => Sequential>> = {
  mlp: (options) => mlp({ ...options, features: 6, width: 5, depth: 2 }),
  leNet: (options) => leNet({ ...options, width: 1 }),
  vgg: (options) => vgg({ ...options, inChannels: 1, width: 3, stages: [1, 2] }),
  resNet: (options) => resNet({ ...options, inChannels: 2, width: 3, stages: [1, 1] }),
};
const INPUTS = { mlp: [4, 6], leNet: [4, 1, 28, 28], vgg: [4, 1, 4, 5], resNet: [4, 2, 4, 3] };
const NAMES = Object.keys(INPUTS) as (keyof typeof INPUTS)[];

/** The losses of steps of gradient descent on one batch. */
function losses(model: Layer, x: Tensor, isCompiled: boolean): readonly number[] {
  const labels = tensor([0, 1, 2, 0], { dtype: "int32" });
  const parameters = model.parameters();
  const optimizer = new SGD(parameters, { learningRate: 0.05, momentum: 0.9 });
  const step = (x: Tensor): Tensor => {
    const tape = record(() => crossEntropy(model.forward(x, { mode: "train" }), labels));
    optimizer.step(tape.gradient(parameters));
    return tape.output;
  };
  const run = isCompiled ? compile(step) : step;
  return Array.from({ length: 4 }, () => run(x).item());
}

describe.each(NAMES)("%s", (name) => {
  const make = MODELS[name] as (options: ModelOptions) => Sequential;

  it.each([true, false])("gives a number for every class (batch norm: %s)", (batchNorm) => {
    const model = make({ batchNorm, classes: 7, key });
    const norms = [...model.modules().values()].filter((module) => module instanceof BatchNorm);

    expect(model.forward(zeros(INPUTS[name]), { mode: "eval" }).shape).toEqual([4, 7]);
    expect(norms.length > 0).toBe(batchNorm);
  });

  it("has no bias before a batch norm, and biases without", () => {
    const biasOf = (batchNorm: boolean): readonly boolean[] => {
      return [...make({ batchNorm, key }).modules().values()]
        .filter((module) => module instanceof Linear || module instanceof Conv2d)
        .map(({ bias }) => bias !== null);
    };

    // the output layer has one
    expect(biasOf(true).filter(Boolean)).toHaveLength(1);
    expect(biasOf(false).every(Boolean)).toBe(true);
  });

  it("has layers of one dtype, and the same values for the same key", () => {
    const [a, b] = [1, 2].map(() => make({ dtype: "float64", batchNorm: true, key }));
    const floating = [...(a?.state().values() ?? [])].filter((v) => v.aval.dtype !== "int32");
    const weights = a?.parameters().filter(({ aval }) => aval.shape.length > 1) ?? [];
    const firsts = weights.map(({ value }) => value.toTypedArray()[0]);

    expect(new Set(floating.map(({ aval }) => aval.dtype))).toEqual(new Set(["float64"]));
    expect(new Set(firsts).size).toBe(weights.length);
    const [one, other] = [a, b].map((m) => m?.parameters().map(({ value }) => value.toArray()));
    expect(one).toEqual(other);
  });

  it("learns a batch, compiled as eager", () => {
    const model = (batchNorm: boolean): Sequential => {
      return make({ batchNorm, classes: 3, dtype: "float64", key });
    };
    const x = normal(key, INPUTS[name], { dtype: "float64" });

    const eager = losses(model(true), x, false);

    expect(eager[3]).toBeLessThan(0.9 * (eager[0] ?? 0));
    expectCloseToArray(losses(model(true), x, true), eager, { relativeToLargest: 1e-9 });
    // without batch norm as well, though more slowly
    const plain = losses(model(false), x, false);
    expect(plain[3]).toBeLessThan(plain[0] ?? 0);
  });
});

describe("the names of state", () => {
  it("of mlp are numbered", () => {
    const model = mlp({ features: 2, width: 2, depth: 2, activation: () => new ReLU() });
    const layers = [...model.modules().keys()];

    expect(layers.slice(1)).toEqual(["fc1", "bn1", "act1", "fc2", "bn2", "act2", "out"]);
    expect(model.modules().get("act2")).toBeInstanceOf(ReLU);
  });

  it("of mlp without hidden layers is the output", () => {
    const model = mlp({ features: 2, depth: 0, classes: 3 });

    expect([...model.state().keys()]).toEqual(["out.weight", "out.bias"]);
  });

  it("of resNet are torchvision's", () => {
    const paths = [
      ...resNet({ width: 2, stages: [1, 1] })
        .state()
        .keys(),
    ];

    expect(paths).toContain("bn1.runningMean");
    expect(paths).toContain("layer2.0.downsample.1.runningVariance");
    expect(paths.filter((path) => path.endsWith("weight"))).toEqual([
      "conv1.weight",
      "bn1.weight",
      "layer1.0.conv1.weight",
      "layer1.0.bn1.weight",
      "layer1.0.conv2.weight",
      "layer1.0.bn2.weight",
      "layer2.0.conv1.weight",
      "layer2.0.bn1.weight",
      "layer2.0.conv2.weight",
      "layer2.0.bn2.weight",
      "layer2.0.downsample.0.weight",
      "layer2.0.downsample.1.weight",
      "fc.weight",
    ]);
  });
});

describe("leNet", () => {
  it("has the sizes of 1998, but for maps that see all others and pools without weights", () => {
    const sizes = leNet()
      .parameters()
      .map(({ aval }) => aval.shape);

    expect(sizes).toEqual([
      [6, 1, 5, 5],
      [6],
      [16, 6, 5, 5],
      [16],
      [120, 16, 5, 5],
      [120],
      [84, 120],
      [84],
      [10, 84],
      [10],
    ]);
  });

  it("takes ReLU instead", () => {
    const model = leNet({ activation: "relu", batchNorm: true });

    expect(model.modules().get("act5")).toBeInstanceOf(ReLU);
    expect(model.modules().get("bn6")).toBeInstanceOf(BatchNorm);
  });
});

describe("resNet", () => {
  it("starts as its shortcuts where γ starts as 0", () => {
    const block = resNet({ inChannels: 2, width: 2, stages: [1], zeroInitResidual: true, key })
      .modules()
      .get("layer1.0") as BasicBlock;
    const x = normal(key, [1, 2, 3, 3]);

    const y = block.forward(x, { mode: "eval" });

    expect(y.toArray()).toEqual(x.relu().toArray());
    expect(block.bn1?.weight.value.toArray()).toEqual([1, 1]);
  });

  it("halves height and width at the stages behind the first", () => {
    const x = zeros([1, 2, 8, 6]);

    expect(new BasicBlock(2, 4, { stride: 2 }).forward(x, { mode: "eval" }).shape).toEqual([
      1, 4, 4, 3,
    ]);
    expect(new BasicBlock(2, 2).downsample).toBeNull();
  });

  it("starts its convolutions by what goes out of them", () => {
    const { weight } = resNet({ width: 64, stages: [], key }).modules().get("conv1") as Conv2d;
    const squares = [...weight.value.toTypedArray()].reduce((sum, w) => sum + w * w, 0);

    // 1728 draws of variance 2 / (64 · 9)
    const ratio = squares / 1728 / (2 / 576);
    expect(Math.abs(ratio - 1)).toBeLessThan(5 * Math.sqrt(2 / 1728));
  });
});
