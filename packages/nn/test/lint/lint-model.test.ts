import { type Tensor, zeros } from "@tapegrad/autograd";
import {
  AdamW,
  BatchNorm,
  Conv2d,
  type DecayedGroup,
  DecorrelatedBatchNorm,
  Dropout,
  type Finding,
  type ForwardOptions,
  GroupNorm,
  InstanceNorm2d,
  LayerNorm,
  Linear,
  lintModel,
  Module,
  NoisyBatchNorm,
  parameterGroups,
  Sequential,
  SGD,
  Sigmoid,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { EVAL, heard, images, key, TRAIN, withNorm, x } from "./heard.ts";

describe("bias-before-norm", () => {
  const rule = "bias-before-norm";

  it("fires for a layer in front of a norm, at any depth and for any architecture", () => {
    class Block extends Module {
      readonly conv: Conv2d = new Conv2d(2, 3, 3, { key });
      readonly norm: BatchNorm = new BatchNorm(3, { layout: "NCHW" });

      forward(x: Tensor, options?: ForwardOptions): Tensor {
        return this.norm.forward(this.conv.forward(x), options);
      }
    }
    const text =
      "in training the output does not depend on this bias: a normalisation subtracts it";
    const linear = new Sequential(new Linear(3, 4, { key }), new BatchNorm(4));

    expect(heard(rule, linear, x)).toEqual([`0.bias: ${text}`]);
    expect(heard(rule, new Sequential(new Block()), images)).toEqual([`0.conv.bias: ${text}`]);
    const whitened = new Sequential(new Linear(3, 2, { key }), new DecorrelatedBatchNorm(2));
    expect(heard(rule, whitened, x)).toHaveLength(1);
    const perSample = new Sequential(new Conv2d(2, 3, 3, { key }), new InstanceNorm2d(3));
    expect(heard(rule, perSample, images)).toHaveLength(1);
  });

  it("is silent for biases that count: before other layers, behind the norm, before norms of more than a channel", () => {
    expect(heard(rule, withNorm(), x)).toEqual([]);
    const activated = new Sequential(new Linear(3, 4, { key }), new Sigmoid(), new BatchNorm(4));
    expect(heard(rule, activated, x)).toEqual([]);
    const sample = new Sequential(new Linear(3, 4, { key }), new LayerNorm(4));
    expect(heard(rule, sample, x)).toEqual([]);
    const groups = new Sequential(new Conv2d(2, 4, 3, { key }), new GroupNorm(2, 4));
    expect(heard(rule, groups, images)).toEqual([]);
  });

  it("is silent for a layer that is not used at all", () => {
    class Unused extends Module {
      readonly spare: Linear = new Linear(3, 3, { key });
      readonly norm: BatchNorm = new BatchNorm(3);

      forward(x: Tensor, options?: ForwardOptions): Tensor {
        return this.norm.forward(x, options);
      }
    }

    expect(heard(rule, new Unused(), x)).toEqual([]);
  });

  it("is not misled by layers that draw", () => {
    const draws = [new Dropout(0.5, { key }), new NoisyBatchNorm(4, { key })];
    const model = new Sequential(new Linear(3, 4, { key }), ...draws, new Linear(4, 1, { key }));

    expect(heard(rule, model, x)).toEqual([]);
  });
});

describe("decay-of-norm", () => {
  const rule = "decay-of-norm";

  it("fires for γ and β of every norm whose group decays", () => {
    const model = withNorm();
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1, weightDecay: 5e-4 });
    const message = "this parameter of a normalisation has weight decay 0.0005";

    expect(heard(rule, model, x, { optimizer })).toEqual([
      `1.weight: ${message}`,
      `1.bias: ${message}`,
    ]);
    const sample = new Sequential(new LayerNorm(3), new Linear(3, 1, { key }));
    const groups: readonly DecayedGroup[] = [{ parameters: sample.parameters(), weightDecay: 0.1 }];
    expect(heard(rule, sample, x, { optimizer: groups })).toHaveLength(2);
  });

  it("is silent for groups that leave norms out, for no decay, and without an optimiser", () => {
    const model = withNorm();
    const grouped = new AdamW(parameterGroups(model, { weightDecay: 0.05 }));
    const plain = new SGD(model.parameters(), { learningRate: 0.1 });

    expect(heard(rule, model, x, { optimizer: grouped })).toEqual([]);
    expect(heard(rule, model, x, { optimizer: plain })).toEqual([]);
    expect(heard(rule, model, x)).toEqual([]);
  });
});

describe("decay-below-half", () => {
  const rule = "decay-below-half";

  it("fires where a momentum of PyTorch was taken for a decay, or one of Keras for an update", () => {
    expect(heard(rule, withNorm({ decay: 0.1 }), x)).toEqual([
      "1: decay is 0.1, the weight of the old running value, so that of the new one is above 0.5",
    ]);
    expect(heard(rule, withNorm({ update: 0.99 }), x)[0]).toContain("decay is 0.01,");
    const instance = new InstanceNorm2d(2, { trackRunningStats: true, decay: 0.01 });
    expect(heard(rule, instance, images)).toHaveLength(1);
  });

  it("is silent for usual averages, and where there is none", () => {
    const options = [{}, { decay: 0.5 }, { update: 0.1 }, { average: "cumulative" }] as const;

    for (const option of options) expect(heard(rule, withNorm(option), x)).toEqual([]);
    expect(heard(rule, withNorm({ trackRunningStats: false, decay: 0.1 }), x)).toEqual([]);
    expect(heard(rule, new InstanceNorm2d(2, { decay: 0.1 }), images)).toEqual([]);
  });
});

describe("frozen-but-updating", () => {
  const rule = "frozen-but-updating";
  const normOf = (model: Sequential): BatchNorm => model.layers[1] as BatchNorm;

  it("fires where γ and β are frozen and the running statistics are not", () => {
    const model = withNorm();
    normOf(model).freeze("parameters");

    expect(heard(rule, model, x)).toEqual([
      "1: γ and β are frozen, but training still moves the running statistics",
    ]);
  });

  it("fires where the optimiser does not have them", () => {
    const model = withNorm();
    const optimizer = new SGD(model.layers[3].parameters(), { learningRate: 0.1 });

    expect(heard(rule, model, x, { optimizer })).toEqual([
      "1: γ and β are not among the parameters of the optimiser, but training still moves the running statistics",
    ]);
  });

  it("is silent for layers that are trained, or frozen altogether", () => {
    const [model, frozen] = [withNorm(), withNorm()];
    normOf(frozen).freeze();
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });

    expect(heard(rule, model, x, { optimizer })).toEqual([]);
    expect(heard(rule, model, x)).toEqual([]);
    const last = new SGD(frozen.layers[3].parameters(), { learningRate: 0.1 });
    expect(heard(rule, frozen, x, { optimizer: last })).toEqual([]);
  });
});

describe("lintModel", () => {
  it("finds nothing in a sound model, with everything told", () => {
    const model = withNorm();
    model.forward(x, TRAIN);
    const optimizer = new AdamW(parameterGroups(model, { weightDecay: 0.05 }));

    const findings = lintModel(model, x, {
      optimizer,
      data: { size: 4_001, remainder: "merge" },
      evaluate: (x) => model.forward(x, EVAL),
    });

    expect(findings).toEqual([]);
  });

  it("changes nothing of the model", () => {
    const model = new Sequential(new Linear(3, 4, { key }), new NoisyBatchNorm(4, { key }));
    const values = () => [...model.variables().values()].map(({ value }) => value.toArray());
    const before = values();

    lintModel(model, x, { evaluate: (x) => model.forward(x, TRAIN), data: { size: 9 } });

    expect(values()).toEqual(before);
  });

  it("says of every finding what would be right", () => {
    const model = withNorm({ decay: 0.1 });
    const [finding]: readonly Finding[] = lintModel(model, x);

    expect(finding).toEqual({
      rule: "decay-below-half",
      path: "1",
      message:
        "decay is 0.1, the weight of the old running value, so that of the new one is above 0.5",
      remedy:
        "Check whose momentum was meant: PyTorch's is `update`, that of Keras and Flax is `decay`.",
    });
  });

  it("knows layers with statistics by domain", () => {
    const model = new BatchNorm(3, { domains: ["real", "fake"], decay: 0.1 });

    expect(lintModel(model, x, { domain: "real" })).toHaveLength(1);
    expect(() => lintModel(model, x)).toThrow("the domain is missing");
  });

  it("passes on what forward throws", () => {
    expect(() => lintModel(withNorm(), zeros([2, 5]))).toThrow(
      "Linear: the input has shape [2, 5]",
    );
  });
});
