import { ones, zeros } from "@tapegrad/autograd";
import { GroupNorm, InstanceNorm1d, InstanceNorm2d, LayerNorm, RMSNorm } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../oracles/refusal.ts";

// The messages of normalising layers other than BatchNorm.

describe("the messages of LayerNorm and RMSNorm", () => {
  it("refuse to normalise over nothing", () => {
    expect(messageOf(() => new LayerNorm([]))).toMatchInlineSnapshot(
      `"ValueError: LayerNorm: normalizedShape is empty. Use the length of at least one axis."`,
    );
  });

  it("refuse an axis of no length", () => {
    expect(messageOf(() => new RMSNorm([3, 0]))).toMatchInlineSnapshot(
      `"ValueError: RMSNorm: normalizedShape is 0. Use an integer above 0."`,
    );
  });

  it("refuse an ε that is not positive", () => {
    expect(messageOf(() => new LayerNorm(2, { epsilon: 0 }))).toMatchInlineSnapshot(
      `"ValueError: LayerNorm: epsilon is 0, but it must be positive and finite: it keeps a constant channel from being divided by 0. Use a small number such as 1e-5."`,
    );
  });

  it("refuse an input that does not end in the shape", () => {
    expect(messageOf(() => new LayerNorm([3, 4]).forward(ones([2, 4, 3])))).toMatchInlineSnapshot(
      `"ShapeError: layerNorm: shape [2, 4, 3] does not end in [3, 4], over which is to be normalised. Pass the last axes of the input as \`shape\`, at least one."`,
    );
  });
});

describe("the messages of GroupNorm", () => {
  it("refuse groups that do not divide the channels", () => {
    expect(messageOf(() => new GroupNorm(3, 4))).toMatchInlineSnapshot(
      `"ValueError: GroupNorm: 4 channels cannot be divided into 3 groups. Use a number of groups that divides the channels."`,
    );
  });

  it("refuse an input of other channels", () => {
    expect(messageOf(() => new GroupNorm(2, 4).forward(ones([2, 6, 3])))).toMatchInlineSnapshot(
      `"ShapeError: GroupNorm: the input has shape [2, 6, 3], but the layer takes [N, 4, …]. Move the channels to axis 1, or make the layer with the number of channels of its input."`,
    );
  });
});

describe("the messages of InstanceNorm", () => {
  it("refuse an input of another rank or of other channels", () => {
    expect(messageOf(() => new InstanceNorm2d(3).forward(zeros([2, 3, 4])))).toMatchInlineSnapshot(
      `"ShapeError: InstanceNorm2d: the input has shape [2, 3, 4], but the layer takes [N, 3, H, W] or [3, H, W]. Use the class for the number of spatial axes, made with the number of channels of its input."`,
    );
  });

  it("refuse one value for each channel of a sample", () => {
    expect(messageOf(() => new InstanceNorm1d(3).forward(zeros([2, 3, 1])))).toMatchInlineSnapshot(
      `"ShapeError: InstanceNorm1d: each channel of a sample has at most one value (shape [2, 3, 1]), so every variance is 0 and the output would not depend on x. Use larger maps, or BatchNorm or LayerNorm."`,
    );
  });

  it("refuse to guess the mode where there are running statistics", () => {
    const layer = new InstanceNorm1d(3, { trackRunningStats: true });

    expect(messageOf(() => layer.forward(zeros([2, 3, 4])))).toMatchInlineSnapshot(
      `"ValueError: InstanceNorm1d: the mode is missing, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });
});
