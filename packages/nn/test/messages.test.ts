import { cast, ones, tensor, zeros } from "@tapegrad/autograd";
import { batchNormInference, batchNormTrain, crossEntropy, type Layout } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "./oracles/refusal.ts";

// Every message of this package has been produced once, so that somebody has read it. Those of layers are in
// layers/messages.test.ts, those of the readers of files in data/, serialization/ and node/.

const x = tensor([
  [1, 2],
  [3, 4],
]);
const one = ones([2]);
const stored = { mean: zeros([2]), variance: one };
const labels = tensor([0, 1], { dtype: "int32" });

// What only JavaScript code can pass.
const asLayout = (text: string) => text as Layout;
const asReduction = (text: string) => text as "mean";

describe("the messages of the layout of batchNormTrain and batchNormInference", () => {
  it("refuses a rank that does not tell the layout", () => {
    expect(messageOf(() => batchNormTrain(zeros([2, 3, 4]), one, one))).toMatchInlineSnapshot(
      `"ValueError: batchNormTrain: shape [2, 3, 4] does not tell which axis is the channel. Pass \`layout\`, one of NC, NCL, NLC, NCHW, NHWC, NCDHW, NDHWC, or \`axes\`."`,
    );
  });

  it("refuses both axes and a layout", () => {
    expect(
      messageOf(() => batchNormTrain(x, one, one, { axes: [0], layout: "NC" })),
    ).toMatchInlineSnapshot(
      `"ValueError: batchNormTrain: both axes [0] and layout NC were given. Pass one of them."`,
    );
  });

  it("refuses a layout it does not know", () => {
    expect(
      messageOf(() => batchNormTrain(x, one, one, { layout: asLayout("NWHC") })),
    ).toMatchInlineSnapshot(
      `"ValueError: batchNormTrain: layout "NWHC" is not known. Use one of NC, NCL, NLC, NCHW, NHWC, NCDHW, NDHWC."`,
    );
  });

  it("refuses a layout of another rank", () => {
    expect(messageOf(() => batchNormTrain(x, one, one, { layout: "NCHW" }))).toMatchInlineSnapshot(
      `"ShapeError: batchNormTrain: layout NCHW has 4 axes but shape [2, 2] has 2. Choose the layout of the input, or reshape it."`,
    );
  });

  it("refuses an axis that does not exist", () => {
    expect(messageOf(() => batchNormTrain(x, one, one, { axes: [2] }))).toMatchInlineSnapshot(
      `"AxisError: batchNormTrain: axis 2 does not exist in shape [2, 2], which has rank 2. Use axes from -2 to 1."`,
    );
  });

  it("refuses an axis between two", () => {
    expect(
      messageOf(() => batchNormInference(x, one, one, { ...stored, axes: [0.5] })),
    ).toMatchInlineSnapshot(
      `"AxisError: batchNormInference: axis 0.5 does not exist in shape [2, 2], which has rank 2. Use axes from -2 to 1."`,
    );
  });

  it("refuses an axis that is named twice", () => {
    expect(messageOf(() => batchNormTrain(x, one, one, { axes: [0, -2] }))).toMatchInlineSnapshot(
      `"AxisError: batchNormTrain: axes [0, -2] name axis 0 twice. Name each axis once."`,
    );
  });
});

describe("the messages of batchNormTrain", () => {
  it("refuses integers", () => {
    expect(messageOf(() => batchNormTrain(cast(x, "int32"), one, one))).toMatchInlineSnapshot(
      `"DTypeError: batchNormTrain: x is int32, but only floating values can be normalised. Convert first: \`cast(x, "float32")\`."`,
    );
  });

  it("refuses γ of another shape", () => {
    expect(messageOf(() => batchNormTrain(x, zeros([3]), one))).toMatchInlineSnapshot(
      `"ShapeError: batchNormTrain: gamma has shape [3], but for x of shape [2, 2] it must be [2], one value per channel. Reshape it, or check the layout."`,
    );
  });

  it("refuses β of another shape", () => {
    expect(
      messageOf(() =>
        batchNormTrain(zeros([2, 3, 4, 4]), zeros([3]), zeros([4]), { layout: "NCHW" }),
      ),
    ).toMatchInlineSnapshot(
      `"ShapeError: batchNormTrain: beta has shape [4], but for x of shape [2, 3, 4, 4] it must be [3], one value per channel. Reshape it, or check the layout."`,
    );
  });

  it("refuses one value per channel", () => {
    expect(
      messageOf(() => batchNormTrain(zeros([1, 10]), zeros([10]), zeros([10]))),
    ).toMatchInlineSnapshot(
      `"ShapeError: batchNormTrain: each channel has only one value (shape [1, 10], statistics over axis 0), so every variance is 0 and the output would not depend on x. Use at least two values per channel, or \`batchNormInference\` with stored statistics."`,
    );
  });

  it("refuses one value per channel of a single pixel", () => {
    expect(
      messageOf(() => batchNormTrain(zeros([1, 2, 1, 1]), one, one, { layout: "NCHW" })),
    ).toMatchInlineSnapshot(
      `"ShapeError: batchNormTrain: each channel has only one value (shape [1, 2, 1, 1], statistics over axes 0, 2, 3), so every variance is 0 and the output would not depend on x. Use at least two values per channel, or \`batchNormInference\` with stored statistics."`,
    );
  });

  it("refuses an empty batch", () => {
    expect(messageOf(() => batchNormTrain(zeros([0, 2]), one, one))).toMatchInlineSnapshot(
      `"ShapeError: batchNormTrain: there are no values (shape [0, 2], statistics over axis 0), so there is no mean. Use at least two values per channel, or \`batchNormInference\` with stored statistics."`,
    );
  });

  it("refuses to take statistics over no axis", () => {
    expect(messageOf(() => batchNormTrain(x, x, x, { axes: [] }))).toMatchInlineSnapshot(
      `"ShapeError: batchNormTrain: each channel has only one value (shape [2, 2], statistics over no axis), so every variance is 0 and the output would not depend on x. Use at least two values per channel, or \`batchNormInference\` with stored statistics."`,
    );
  });

  it("refuses ε = 0", () => {
    expect(messageOf(() => batchNormTrain(x, one, one, { epsilon: 0 }))).toMatchInlineSnapshot(
      `"ValueError: batchNormTrain: epsilon is 0, but it must be positive and finite: it keeps a constant channel from being divided by 0. Use a small number such as 1e-5."`,
    );
  });
});

describe("the messages of batchNormInference", () => {
  it("refuses a mean of another shape", () => {
    expect(
      messageOf(() => batchNormInference(x, one, one, { ...stored, mean: zeros([3]) })),
    ).toMatchInlineSnapshot(
      `"ShapeError: batchNormInference: mean has shape [3], but for x of shape [2, 2] it must be [2], one value per channel. Reshape it, or check the layout."`,
    );
  });

  it("refuses a variance of another shape", () => {
    expect(
      messageOf(() => batchNormInference(x, one, one, { ...stored, variance: zeros([]) })),
    ).toMatchInlineSnapshot(
      `"ShapeError: batchNormInference: variance has shape [], but for x of shape [2, 2] it must be [2], one value per channel. Reshape it, or check the layout."`,
    );
  });

  it("refuses a negative ε", () => {
    expect(
      messageOf(() => batchNormInference(x, one, one, { ...stored, epsilon: -1 })),
    ).toMatchInlineSnapshot(
      `"ValueError: batchNormInference: epsilon is -1, but it must be positive and finite: it keeps a constant channel from being divided by 0. Use a small number such as 1e-5."`,
    );
  });

  it("refuses an infinite ε", () => {
    expect(
      messageOf(() =>
        batchNormInference(x, one, one, { ...stored, epsilon: Number.POSITIVE_INFINITY }),
      ),
    ).toMatchInlineSnapshot(
      `"ValueError: batchNormInference: epsilon is Infinity, but it must be positive and finite: it keeps a constant channel from being divided by 0. Use a small number such as 1e-5."`,
    );
  });

  it("refuses bools", () => {
    expect(
      messageOf(() => batchNormInference(cast(x, "bool"), one, one, stored)),
    ).toMatchInlineSnapshot(
      `"DTypeError: batchNormInference: x is bool, but only floating values can be normalised. Convert first: \`cast(x, "float32")\`."`,
    );
  });
});

describe("the messages of crossEntropy", () => {
  it("refuses labels that are no integers", () => {
    expect(messageOf(() => crossEntropy(x, one))).toMatchInlineSnapshot(
      `"ShapeError: crossEntropy: scores and probabilities have shapes [2, 2] and [2]. Give them one shape."`,
    );
  });

  it("refuses logits that are integers", () => {
    expect(messageOf(() => crossEntropy(cast(x, "int32"), labels))).toMatchInlineSnapshot(
      `"DTypeError: crossEntropy: expected a floating dtype but got int32. Convert first: \`crossEntropy(cast(x, "float32"))\`."`,
    );
  });

  it("refuses shapes that do not fit", () => {
    expect(messageOf(() => crossEntropy(zeros([4, 3]), labels))).toMatchInlineSnapshot(
      `"ShapeError: crossEntropy: scores have shape [4, 3] and labels [2]. Use scores [N, classes, …] or [classes], and labels in that shape without the classes."`,
    );
  });

  it("refuses one-hot labels", () => {
    expect(messageOf(() => crossEntropy(x, cast(x, "int32")))).toMatchInlineSnapshot(
      `"ShapeError: crossEntropy: scores have shape [2, 2] and labels [2, 2]. Use scores [N, classes, …] or [classes], and labels in that shape without the classes."`,
    );
  });

  it("refuses a label out of range", () => {
    expect(
      messageOf(() => crossEntropy(x, tensor([0, 2], { dtype: "int32" }))),
    ).toMatchInlineSnapshot(
      `"ValueError: crossEntropy: label 2 of sample 1 is none of the 2 classes. Use labels from 0 to 1."`,
    );
  });

  it("refuses a negative label", () => {
    expect(
      messageOf(() => crossEntropy(x, tensor([-1, 0], { dtype: "int32" }))),
    ).toMatchInlineSnapshot(
      `"ValueError: crossEntropy: label -1 of sample 0 is none of the 2 classes. Use labels from 0 to 1."`,
    );
  });

  it("refuses logits without classes", () => {
    expect(messageOf(() => crossEntropy(zeros([2, 0]), labels))).toMatchInlineSnapshot(
      `"ShapeError: crossEntropy: shape [2, 0] has no elements along axes [1], which leaves crossEntropy without a value. Reduce axes whose size is at least 1."`,
    );
  });

  it("refuses an empty batch", () => {
    expect(
      messageOf(() => crossEntropy(zeros([0, 3]), zeros([0], { dtype: "int32" }))),
    ).toMatchInlineSnapshot(
      `"ShapeError: crossEntropy: shape [0] has no elements along axes [0], which leaves crossEntropy without a value. Reduce axes whose size is at least 1."`,
    );
  });

  it("refuses a reduction it does not know", () => {
    expect(
      messageOf(() => crossEntropy(x, labels, { reduction: asReduction("average") })),
    ).toMatchInlineSnapshot(
      `"ValueError: crossEntropy: reduction "average" is not known. Use one of mean, sum, none."`,
    );
  });
});
