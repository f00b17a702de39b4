import { normal, randomKey, type Tensor, zeros } from "@tapegrad/autograd";
import {
  AdamW,
  BatchNorm,
  Conv2d,
  type DecayedGroup,
  DecorrelatedBatchNorm,
  Dropout,
  estimatePopulation,
  type Finding,
  type ForwardOptions,
  GroupNorm,
  InstanceNorm2d,
  type Layer,
  LayerNorm,
  Linear,
  type LintOptions,
  type LintRule,
  lintModel,
  Module,
  NoisyBatchNorm,
  parameterGroups,
  ReLU,
  Sequential,
  SGD,
  Sigmoid,
  usePopulation,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";

const key = randomKey(1);
const x = normal(randomKey(2), [8, 3]);
const images = normal(randomKey(3), [4, 2, 5, 5]);
const TRAIN = { mode: "train" } as const;
const EVAL = { mode: "eval" } as const;

/** The findings of one rule as `path: message`. */
function heard(rule: LintRule, model: Layer, sample: Tensor, options: LintOptions = {}): string[] {
  const found = lintModel(model, sample, options).filter((finding) => finding.rule === rule);
  return found.map(({ path, message }) => `${path}: ${message}`);
}

const withNorm = (options = {}): Sequential =>
  new Sequential(
    new Linear(3, 4, { key, bias: false }),
    new BatchNorm(4, options),
    new ReLU(),
    new Linear(4, 2, { key }),
  );

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

describe("training-mode-at-evaluation", () => {
  const rule = "training-mode-at-evaluation";

  it("fires where evaluation moves running statistics or draws", () => {
    const model = withNorm();
    const drops = new Sequential(new Linear(3, 2, { key }), new Dropout(0.5, { key }));

    expect(heard(rule, model, x, { evaluate: (x) => model.forward(x, TRAIN) })).toEqual([
      "1.runningMean: evaluation changes this variable",
      "1.runningVariance: evaluation changes this variable",
      "1.numBatchesTracked: evaluation changes this variable",
    ]);
    expect(heard(rule, drops, x, { evaluate: (x) => drops.forward(x, TRAIN) })).toHaveLength(1);
  });

  it("fires where the output for a sample depends on its batch", () => {
    const model = withNorm({ trackRunningStats: false });

    expect(heard(rule, model, x, { evaluate: (x) => model.forward(x, EVAL) })).toEqual([
      ": in evaluation the output for a sample depends on the other samples of its batch",
    ]);
  });

  it("is silent for evaluation, and where it is not told how that is done", () => {
    const model = withNorm();
    model.forward(x, TRAIN);

    expect(heard(rule, model, x, { evaluate: (x) => model.forward(x, EVAL) })).toEqual([]);
    expect(heard(rule, model, x)).toEqual([]);
  });
});

describe("short-last-batch", () => {
  const rule = "short-last-batch";

  it("fires for a remainder of one sample, which throws, and for a small one, which skews", () => {
    expect(heard(rule, withNorm(), x, { data: { size: 17 } })).toEqual([
      ": 17 samples in batches of 8 leave a last batch of 1: a normalisation has one value for each channel then, and throws",
    ]);
    expect(heard(rule, withNorm(), x, { data: { size: 66, batchSize: 64 } })).toEqual([
      ": 66 samples in batches of 64 leave a last batch of 2: its statistics move the running ones as much as those of a full batch",
    ]);
    const maps = new BatchNorm(2, { layout: "NCHW" });
    expect(heard(rule, maps, images, { data: { size: 5 } })[0]).toContain("of 1: its statistics");
  });

  it("is silent for no remainder, a large one, one that is merged or dropped, and without batch statistics", () => {
    expect(heard(rule, withNorm(), x, { data: { size: 64 } })).toEqual([]);
    expect(heard(rule, withNorm(), x, { data: { size: 70 } })).toEqual([]);
    expect(heard(rule, withNorm(), x, { data: { size: 17, remainder: "merge" } })).toEqual([]);
    expect(heard(rule, withNorm(), x, { data: { size: 17, remainder: "drop" } })).toEqual([]);
    expect(heard(rule, new LayerNorm(3), x, { data: { size: 17 } })).toEqual([]);
    expect(heard(rule, withNorm(), x)).toEqual([]);
  });
});

describe("no-population-statistics", () => {
  const rule = "no-population-statistics";
  const evaluating = (model: Layer): LintOptions => ({ evaluate: (x) => model.forward(x, EVAL) });

  it("fires where none are kept, where they never move, and where evaluation uses initial ones", () => {
    expect(heard(rule, withNorm({ trackRunningStats: false }), x)).toEqual([
      "1: batch statistics are used, and no running ones are kept",
    ]);
    expect(heard(rule, withNorm({ decay: 1 }), x)).toEqual([
      "1: decay is 1: the running statistics never move",
    ]);
    const untrained = withNorm();
    expect(heard(rule, untrained, x, evaluating(untrained))).toEqual([
      "1: evaluation uses running statistics that are still 0 and 1: no batch has moved them",
    ]);
  });

  it("is silent for a model that has trained, or whose population was estimated, or that does not evaluate yet", () => {
    const [trained, estimated] = [withNorm(), withNorm()];
    trained.forward(x, TRAIN);
    usePopulation(estimatePopulation(estimated, [x]), "pooled");

    expect(heard(rule, trained, x, evaluating(trained))).toEqual([]);
    expect(heard(rule, estimated, x, evaluating(estimated))).toEqual([]);
    expect(heard(rule, withNorm(), x)).toEqual([]);
  });
});

describe("two-values-per-channel", () => {
  const rule = "two-values-per-channel";
  const two = normal(randomKey(4), [2, 3]);

  it("fires for two samples of features, and for one sample of two positions", () => {
    const line = new BatchNorm(3, { layout: "NCL" });

    expect(heard(rule, withNorm(), two)[0]).toContain("1: there are two values for each channel");
    expect(heard(rule, line, normal(randomKey(5), [1, 3, 2]))).toHaveLength(1);
  });

  it("is silent for more, and for norms of each sample", () => {
    expect(heard(rule, withNorm(), normal(randomKey(6), [3, 3]))).toEqual([]);
    expect(heard(rule, new BatchNorm(2, { layout: "NCHW" }), images)).toEqual([]);
    expect(heard(rule, new LayerNorm(3), two)).toEqual([]);
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
