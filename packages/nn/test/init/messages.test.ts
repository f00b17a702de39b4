import { randomKey } from "@tapegrad/autograd";
import { init, initialize, Linear, ReLU } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

const key = randomKey(1);

describe("the messages of initialisers", () => {
  it("refuses shapes without fans", () => {
    expect(messageOf(() => init.kaimingNormal().draw(key, [3]))).toMatchInlineSnapshot(
      `"ShapeError: fanInAndFanOut: shape [3] has no axes for outputs and inputs. Use a weight [out, in, ...], or an initialiser that does not depend on them."`,
    );
  });

  it("refuses words it does not know", () => {
    // what only JavaScript code can pass
    const nonlinearity = "swish" as "relu";
    const mode = "fan_in" as "fanIn";

    expect(messageOf(() => init.calculateGain(nonlinearity))).toMatchInlineSnapshot(
      `"ValueError: calculateGain: no gain is known for "swish". Use one of linear, conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d, sigmoid, tanh, relu, leakyRelu, selu."`,
    );
    expect(messageOf(() => init.kaimingUniform({ mode }))).toMatchInlineSnapshot(
      `"ValueError: init: mode "fan_in" is not known. Use one of fanIn, fanOut, fanAverage."`,
    );
  });

  it("refuses numbers that spread nothing", () => {
    expect(messageOf(() => init.normal({ standardDeviation: -1 }))).toMatchInlineSnapshot(
      `"ValueError: init: standardDeviation is -1. Use a positive finite number."`,
    );
    expect(messageOf(() => init.xavierNormal({ gain: 0 }))).toMatchInlineSnapshot(
      `"ValueError: init: gain is 0. Use a positive finite number."`,
    );
  });

  it("refuses a scale without a variance", () => {
    expect(messageOf(() => init.varianceScaling({ scale: Infinity }))).toContain(
      "scale is Infinity",
    );
  });

  it("refuses matrices that are none", () => {
    expect(messageOf(() => init.eye().draw(key, [2]))).toMatchInlineSnapshot(
      `"ShapeError: eye: shape [2] is no matrix. Use an initialiser of single values, such as \`normal()\`."`,
    );
    expect(messageOf(() => init.orthogonal().draw(key, [2]))).toMatchInlineSnapshot(
      `"ShapeError: orthogonal: shape [2] is no matrix. Use an initialiser of single values, such as \`normal()\`."`,
    );
    expect(messageOf(() => init.sparse({ sparsity: 0.1 }).draw(key, [2, 3, 4]))).toContain(
      "ShapeError: sparse: shape [2, 3, 4] is no matrix.",
    );
  });

  it("refuses a sparsity that is no part", () => {
    expect(messageOf(() => init.sparse({ sparsity: 2 }))).toMatchInlineSnapshot(
      `"ValueError: sparse: sparsity is 2, but it is a part of each column. Use a number from 0 to 1."`,
    );
  });

  it("refuses weights that are none of a convolution", () => {
    expect(messageOf(() => init.dirac({ groups: 2 }).draw(key, [3, 1, 3]))).toMatchInlineSnapshot(
      `"ShapeError: dirac: shape [3, 1, 3] is no weight of a convolution in 2 groups. Use [out, in, ...kernel] with a kernel of 1 to 3 axes, and groups that divide out."`,
    );
    expect(messageOf(() => init.dirac().draw(key, [3, 1]))).toContain("ShapeError: dirac:");
  });

  it("refuses to initialise nothing", () => {
    const none = { where: () => false };

    expect(messageOf(() => initialize(new ReLU(), init.zeros()))).toMatchInlineSnapshot(
      `"ValueError: initialize: no parameter of the model was chosen. Choose some with \`where\`, or initialise a model that has weights of two axes or more."`,
    );
    expect(messageOf(() => initialize(new Linear(1, 1), init.zeros(), none))).toContain(
      "ValueError: initialize:",
    );
  });
});
