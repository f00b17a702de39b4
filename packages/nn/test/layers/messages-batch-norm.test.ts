import { cast, ones, tensor, zeros } from "@tapegrad/autograd";
import { BatchNorm, batchNormTrain, combineMoments, type Layout } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

// The messages of BatchNorm's further options: see messages.test.ts.

const TRAIN = { mode: "train" } as const;
const x = tensor([
  [1, 2],
  [3, 4],
]);
const mask = tensor([true, false]);

// What only JavaScript code can pass.
const as = <T>(text: string) => text as T;

describe("the messages of BatchNorm's averages and presets", () => {
  it("refuses a preset it does not know", () => {
    expect(messageOf(() => new BatchNorm(2, { preset: as<"mlx">("caffe") }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: preset "caffe" is not known. Use one of paper, pytorch, keras, flax, mlx."`,
    );
  });

  it("refuses momentum, which means two things", () => {
    const options = { momentum: 0.1 };
    expect(messageOf(() => new BatchNorm(2, options as object))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: momentum is 0.1, but libraries mean opposite things by it. Use \`update\` for the weight of the new value, as PyTorch, or \`decay\` for that of the old one, as Keras."`,
    );
  });

  it("refuses an average it does not know", () => {
    expect(
      messageOf(() => new BatchNorm(2, { average: as<"cumulative">("mean") })),
    ).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: average is "mean". Use "exponential", "cumulative" or "bias-corrected"."`,
    );
  });

  it("refuses a weight of an average without any", () => {
    expect(
      messageOf(() => new BatchNorm(2, { average: "cumulative", update: 0.1 })),
    ).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: update is 0.1, but the cumulative average weighs all batches alike. Leave it out, or choose another \`average\`."`,
    );
  });

  it("refuses a bias-corrected average that never moves", () => {
    expect(
      messageOf(() => new BatchNorm(2, { average: "bias-corrected", decay: 1 })),
    ).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: decay is 1, and a bias-corrected average needs new values. Use a decay from 0 to below 1."`,
    );
  });
});

describe("the messages of what a BatchNorm lacks", () => {
  it("refuses to give a γ it has not", () => {
    expect(messageOf(() => new BatchNorm(2, { scale: false }).weight)).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: the layer has no weight: it was made with \`scale: false\`. Leave that option out, or read it only where \`hasScale\` is true."`,
    );
  });

  it("refuses to give a β it has not", () => {
    expect(messageOf(() => new BatchNorm(2, { center: false }).bias)).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: the layer has no bias: it was made with \`center: false\`. Leave that option out, or read it only where \`hasCenter\` is true."`,
    );
  });

  it("refuses to start from a γ that is not finite", () => {
    expect(messageOf(() => new BatchNorm(2, { initialScale: Number.NaN }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: initialScale is NaN, from which γ cannot be trained. Use a finite number, 1 or 0."`,
    );
  });

  it("refuses to give running statistics it has not", () => {
    const layer = new BatchNorm(2, { trackRunningStats: false });
    expect(messageOf(() => layer.runningMean)).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: the layer has no running statistics: it was made with \`trackRunningStats: false\`. Leave that option out, or read it only where \`tracksRunningStats\` is true."`,
    );
  });

  it("refuses to freeze statistics it has not", () => {
    const layer = new BatchNorm(2, { trackRunningStats: false });
    expect(messageOf(() => layer.freeze())).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: there are no running statistics to freeze. Use \`freeze("parameters")\`, or leave \`trackRunningStats: false\` out."`,
    );
  });

  it("refuses to freeze a part it does not know", () => {
    expect(
      messageOf(() => new BatchNorm(2).freeze(as<"statistics">("gamma"))),
    ).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: there is no part "gamma" to freeze. Use "statistics", "parameters" or "all"."`,
    );
  });
});

describe("the messages of BatchNorm's domains", () => {
  const layer = new BatchNorm(2, { domains: ["real", "fake"] });

  it("refuses to guess the domain", () => {
    expect(messageOf(() => layer.forward(x, TRAIN))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: the domain is missing, and every domain has statistics of its own. Use one of real, fake."`,
    );
  });

  it("refuses a domain it does not know", () => {
    expect(messageOf(() => layer.forward(x, { ...TRAIN, domain: "false" }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: there is no domain "false", and every domain has statistics of its own. Use one of real, fake."`,
    );
  });

  it("refuses a domain where there is one set of statistics", () => {
    expect(
      messageOf(() => new BatchNorm(2).forward(x, { ...TRAIN, domain: "fake" })),
    ).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: there is no domain "fake": the layer has one set of statistics. Make it with \`domains\`, or leave the domain out."`,
    );
  });

  it("refuses domains without a name, or with one twice", () => {
    expect(messageOf(() => new BatchNorm(2, { domains: ["real", "real"] }))).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: domains are [real, real]. Give at least one, each once, by a name without a dot."`,
    );
  });

  it("refuses domains without running statistics", () => {
    expect(
      messageOf(() => new BatchNorm(2, { domains: ["real"], trackRunningStats: false })),
    ).toMatchInlineSnapshot(
      `"ValueError: BatchNorm: domains were given, but they differ in their running statistics only, and there are none. Leave one of the two options out."`,
    );
  });
});

describe("the messages of masks and parts", () => {
  const train = (shape: readonly number[], layout: Layout) =>
    batchNormTrain(zeros(shape), ones([3]), zeros([3]), { layout, mask });

  it("refuses a mask that is not bool", () => {
    expect(
      messageOf(() => batchNormTrain(x, null, null, { mask: cast(mask, "int32") })),
    ).toMatchInlineSnapshot(
      `"DTypeError: batchNormTrain: the mask is int32, but it must be bool, true where a value counts. Compare first: \`notEqual(mask, 0)\`."`,
    );
  });

  it("refuses a mask that does not fit", () => {
    expect(messageOf(() => train([4, 5, 3], "NLC"))).toMatchInlineSnapshot(
      `"ShapeError: batchNormTrain: the mask has shape [2], but for x of shape [4, 5, 3] it must be [4, 5] or broadcast to it, one value for all channels. Reshape it, or check the layout."`,
    );
  });

  it("refuses to combine nothing", () => {
    expect(messageOf(() => combineMoments([]))).toMatchInlineSnapshot(
      `"ValueError: combineMoments: there are no parts. Pass at least one, which may be empty."`,
    );
  });
});
