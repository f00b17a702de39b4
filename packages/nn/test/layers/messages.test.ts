import { cast, ones, type Tensor, tensor, zeros } from "@tapegrad/autograd";
import {
  BatchNorm,
  estimatePopulation,
  type Layout,
  Linear,
  type Mode,
  Parameter,
  Sequential,
  SGD,
  usePopulation,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

// The messages of layers and of what works on them: see messages.test.ts.

const TRAIN = { mode: "train" } as const;
const x = tensor([
  [1, 2],
  [3, 4],
]);
const one = ones([2]);
const p = new Parameter(zeros([3]), { name: "bias" });

// What only JavaScript code can pass.
const asLayout = (text: string) => text as Layout;
const asMode = (text: string) => text as Mode;
const asVariance = (text: string) => text as "biased";
const asWhich = (text: string) => text as "pooled";
const asTensor = (value: unknown) => value as Tensor;

describe("the messages of BatchNorm", () => {
  it("refuses a number of channels that is none", () => {
    expect(messageOf(() => new BatchNorm(0))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: channels is 0. Use an integer above 0."`,
    );
  });

  it("refuses a dtype that cannot be trained", () => {
    expect(messageOf(() => new BatchNorm(2, { dtype: "int32" }))).toMatchInlineSnapshot(
      `"DTypeError: BatchNorm: dtype is int32, in which nothing can be trained. Use float32 or float64."`,
    );
  });

  it("refuses a layout it does not know", () => {
    expect(messageOf(() => new BatchNorm(2, { layout: asLayout("CN") }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: layout "CN" is not known. Use one of NC, NCL, NLC, NCHW, NHWC, NCDHW, NDHWC."`,
    );
  });

  it("refuses ε = 0", () => {
    expect(messageOf(() => new BatchNorm(2, { epsilon: 0 }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: epsilon is 0, but it must be positive and finite: it keeps a constant channel from being divided by 0. Use a small number such as 1e-5."`,
    );
  });

  it("refuses decay and update together", () => {
    expect(messageOf(() => new BatchNorm(2, { decay: 0.9, update: 0.1 }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: both decay 0.9 and update 0.1 were given, and each is 1 minus the other. Give one of them."`,
    );
  });

  it("refuses a decay out of range", () => {
    expect(messageOf(() => new BatchNorm(2, { decay: 1.5 }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: decay is 1.5, but it is a weight. Use a number from 0 to 1."`,
    );
  });

  it("refuses an update out of range", () => {
    expect(messageOf(() => new BatchNorm(2, { update: Number.NaN }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: update is NaN, but it is a weight. Use a number from 0 to 1."`,
    );
  });

  it("refuses a kind of variance it does not know", () => {
    expect(
      messageOf(() => new BatchNorm(2, { runningVariance: asVariance("sample") })),
    ).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: runningVariance is "sample". Use "unbiased" or "biased"."`,
    );
  });

  it("refuses to guess the mode", () => {
    expect(messageOf(() => new BatchNorm(2).forward(x))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: the mode is missing, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });

  it("refuses a mode it does not know", () => {
    expect(
      messageOf(() => new BatchNorm(2).forward(x, { mode: asMode("test") })),
    ).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: "test" is no mode, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });

  it("refuses another number of channels", () => {
    expect(messageOf(() => new BatchNorm(3).forward(x, TRAIN))).toMatchInlineSnapshot(
      `"ShapeError: BatchNorm: the input has shape [2, 2], which has 2 channels on axis 1 of layout NC, but the layer has 3. Make the layer with 2 channels, or check the layout."`,
    );
  });

  it("refuses another layout of the same rank", () => {
    expect(
      messageOf(() => new BatchNorm(3, { layout: "NCHW" }).forward(zeros([2, 8, 8, 3]), TRAIN)),
    ).toMatchInlineSnapshot(
      `"ShapeError: BatchNorm: the input has shape [2, 8, 8, 3], which has 8 channels on axis 1 of layout NCHW, but the layer has 3. Make the layer with 8 channels, or check the layout."`,
    );
  });

  it("refuses another rank", () => {
    expect(
      messageOf(() => new BatchNorm(2).forward(zeros([4, 2, 8, 8]), TRAIN)),
    ).toMatchInlineSnapshot(
      `"ShapeError: BatchNorm: the input has shape [4, 2, 8, 8], but layout NC has 2 axes. Make the layer with the \`layout\` of its input."`,
    );
  });

  it("refuses to train on one value per channel", () => {
    expect(messageOf(() => new BatchNorm(2).forward(zeros([1, 2]), TRAIN))).toMatchInlineSnapshot(
      `"ShapeError: BatchNorm: each channel has only one value (shape [1, 2], statistics over axis 0), so every variance is 0 and the output would not depend on x. Use a larger batch (drop or merge a last batch of one), evaluate with \`{ mode: "eval" }\`, or \`freeze()\` the layer."`,
    );
  });

  it("refuses integers", () => {
    expect(
      messageOf(() => new BatchNorm(2).forward(cast(x, "int32"), TRAIN)),
    ).toMatchInlineSnapshot(
      `"DTypeError: batchNormTrain: x is int32, but only floating values can be normalised. Convert first: \`cast(x, "float32")\`."`,
    );
  });
});

describe("the messages of Linear", () => {
  it("refuses a number of features that is none", () => {
    expect(messageOf(() => new Linear(0, 2))).toMatchInlineSnapshot(
      `"ValueError: Linear: inFeatures is 0. Use an integer above 0."`,
    );
  });

  it("refuses a fraction of a feature", () => {
    expect(messageOf(() => new Linear(2, 2.5))).toMatchInlineSnapshot(
      `"ValueError: Linear: outFeatures is 2.5. Use an integer above 0."`,
    );
  });

  it("refuses a dtype that cannot be trained", () => {
    expect(messageOf(() => new Linear(2, 2, { dtype: "bool" }))).toMatchInlineSnapshot(
      `"DTypeError: Linear: dtype is bool, in which nothing can be trained. Use float32 or float64."`,
    );
  });

  it("refuses another number of features", () => {
    expect(messageOf(() => new Linear(784, 10).forward(zeros([4, 28, 28])))).toMatchInlineSnapshot(
      `"ShapeError: Linear: the input has shape [4, 28, 28], but the layer takes [..., 784]. Reshape the input, or make the layer with its number of features."`,
    );
  });

  it("refuses a scalar", () => {
    expect(messageOf(() => new Linear(1, 1).forward(tensor(1)))).toMatchInlineSnapshot(
      `"ShapeError: Linear: the input has shape [], but the layer takes [..., 1]. Reshape the input, or make the layer with its number of features."`,
    );
  });
});

describe("the messages of loadStateDict", () => {
  it("refuses names that are missing and names that are unknown", () => {
    expect(
      messageOf(() => new Linear(2, 1).loadStateDict({ weight: zeros([1, 2]), beta: one })),
    ).toMatchInlineSnapshot(
      `"ValueError: loadStateDict: the names do not fit the model: missing bias; unknown beta. Rename the entries, or build the model they belong to."`,
    );
  });

  it("refuses another shape", () => {
    expect(
      messageOf(() => new Linear(2, 1).loadStateDict({ weight: zeros([2, 1]), bias: zeros([1]) })),
    ).toMatchInlineSnapshot(
      `"ShapeError: loadStateDict: weight is float32[1,2] in the model but float32[2,1] in the given values. Build the model that these values belong to, or convert them first."`,
    );
  });

  it("refuses another dtype", () => {
    expect(
      messageOf(() =>
        new Linear(2, 1).loadStateDict({
          weight: cast(zeros([1, 2]), "float64"),
          bias: zeros([1]),
        }),
      ),
    ).toMatchInlineSnapshot(
      `"ShapeError: loadStateDict: weight is float32[1,2] in the model but float64[1,2] in the given values. Build the model that these values belong to, or convert them first."`,
    );
  });

  it("refuses what is no tensor", () => {
    expect(
      messageOf(() =>
        new Linear(2, 1).loadStateDict({ weight: asTensor([[1, 2]]), bias: zeros([1]) }),
      ),
    ).toMatchInlineSnapshot(
      `"DTypeError: loadStateDict: weight is not a tensor. Make one with \`tensor(…)\`."`,
    );
  });
});

describe("the messages of SGD", () => {
  it("refuses a learning rate of 0", () => {
    expect(messageOf(() => new SGD([], { learningRate: 0 }))).toMatchInlineSnapshot(
      `"ValueError: SGD: learningRate is 0. Use a positive number."`,
    );
  });

  it("refuses an infinite learning rate", () => {
    expect(
      messageOf(() => new SGD([], { learningRate: Number.POSITIVE_INFINITY })),
    ).toMatchInlineSnapshot(`"ValueError: SGD: learningRate is Infinity. Use a positive number."`);
  });

  it("refuses a momentum of 1", () => {
    expect(messageOf(() => new SGD([], { learningRate: 1, momentum: 1 }))).toMatchInlineSnapshot(
      `"ValueError: SGD: momentum is 1. Use a number from 0 to below 1."`,
    );
  });

  it("refuses another number of gradients", () => {
    expect(messageOf(() => new SGD([p], { learningRate: 1 }).step([]))).toMatchInlineSnapshot(
      `"GradientError: SGD.step: got 0 gradients for 1 parameters. Pass \`tape.gradient(optimizer.parameters)\`."`,
    );
  });

  it("refuses a gradient of another shape", () => {
    expect(
      messageOf(() => new SGD([p], { learningRate: 1 }).step([zeros([1])])),
    ).toMatchInlineSnapshot(
      `"GradientError: SGD.step: gradient 0 is float32[1], but its parameter bias is float32[3]. Pass one gradient for each parameter, in their order."`,
    );
  });

  it("refuses a gradient that is no tensor", () => {
    expect(
      messageOf(() => new SGD([p], { learningRate: 1 }).step([asTensor(undefined)])),
    ).toMatchInlineSnapshot(
      `"GradientError: SGD.step: gradient 0 is no tensor, but its parameter bias is float32[3]. Pass one gradient for each parameter, in their order."`,
    );
  });
});

describe("the messages of estimatePopulation and usePopulation", () => {
  it("refuse to estimate from no batches", () => {
    expect(messageOf(() => estimatePopulation(new BatchNorm(2), []))).toMatchInlineSnapshot(
      `"ValueError: estimatePopulation: there are no batches. Pass at least one; a generator can be read only once."`,
    );
  });

  it("refuse a model without batch normalisation", () => {
    expect(messageOf(() => estimatePopulation(new Linear(2, 2), [x]))).toMatchInlineSnapshot(
      `"ValueError: estimatePopulation: no layer computed batch statistics. Pass a model with a BatchNorm layer that is not frozen."`,
    );
  });

  it("refuse an estimate they do not know", () => {
    expect(messageOf(() => usePopulation([], asWhich("best")))).toMatchInlineSnapshot(
      `"ValueError: usePopulation: there is no estimate "best". Use "algorithm2" or "pooled"."`,
    );
  });

  it("refuse statistics that are not finite", () => {
    const broken = tensor([
      [1, Number.NaN],
      [2, 3],
    ]);
    const model = new Sequential(new BatchNorm(2));
    const estimates = estimatePopulation(model, [broken]);

    expect(messageOf(() => usePopulation(estimates, "pooled"))).toMatchInlineSnapshot(
      `"ValueError: usePopulation: the statistics of channel 1 of layer 0 are not finite. Look for NaN and Infinity in the batches, and estimate again."`,
    );
  });
});
