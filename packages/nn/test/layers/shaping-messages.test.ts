import { randomKey, tensor, zeros } from "@tapegrad/autograd";
import {
  Dropout,
  Dropout2d,
  dropout,
  GlobalAvgPool,
  Linear,
  PReLU,
  ReLU,
  Residual,
  Sequential,
  ZeroPad1d,
  ZeroPad2d,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

describe("the messages of dropout", () => {
  it("refuses a rate that is no probability", () => {
    expect(messageOf(() => new Dropout(1.5))).toMatchInlineSnapshot(
      `"ValueError: Dropout: rate is 1.5, but it is a probability. Use a number from 0 to 1."`,
    );
    expect(
      messageOf(() => dropout(zeros([1]), { rate: Number.NaN, key: randomKey(1) })),
    ).toMatchInlineSnapshot(
      `"ValueError: dropout: rate is NaN, but it is a probability. Use a number from 0 to 1."`,
    );
  });

  it("needs a mode", () => {
    expect(messageOf(() => new Dropout().forward(zeros([1])))).toMatchInlineSnapshot(
      `"ValueError: Dropout: the mode is missing, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });

  it("refuses maps of an input that has none", () => {
    const train = () => new Dropout2d().forward(zeros([3]), { mode: "train" });

    expect(messageOf(train)).toMatchInlineSnapshot(
      `"ValueError: dropout: the last 2 axes are to be dropped as a whole, but the input has shape [3]. Use an integer from 0 to its rank, or an input with more axes."`,
    );
    const wholeAxes = -1;
    const options = { rate: 0.5, key: randomKey(1), wholeAxes };
    expect(messageOf(() => dropout(zeros([2]), options))).toMatchInlineSnapshot(
      `"ValueError: dropout: the last -1 axes are to be dropped as a whole, but the input has shape [2]. Use an integer from 0 to its rank, or an input with more axes."`,
    );
  });
});

describe("the messages of layers of shapes", () => {
  it("refuses global pooling of what has no axes behind the channels", () => {
    expect(messageOf(() => new GlobalAvgPool().forward(zeros([2, 3])))).toMatchInlineSnapshot(
      `"ShapeError: GlobalAvgPool: the input has shape [2, 3], in which nothing lies behind the channels. Use [examples, channels, ...] with one axis more at least."`,
    );
  });

  it("refuses sides that are no pairs", () => {
    expect(messageOf(() => new ZeroPad1d([1, 2, 3]))).toMatchInlineSnapshot(
      `"ValueError: ZeroPad1d: padding is [1, 2, 3], but one axis has 2 sides. Give one number, or before and after each axis, the last one first."`,
    );
    expect(messageOf(() => new ZeroPad2d([1, 2]))).toMatchInlineSnapshot(
      `"ValueError: ZeroPad2d: padding is [1, 2], but 2 axes have 4 sides. Give one number, or before and after each axis, the last one first."`,
    );
  });

  it("refuses slopes without number", () => {
    expect(messageOf(() => new PReLU(0))).toMatchInlineSnapshot(
      `"ValueError: PReLU: numParameters is 0. Use an integer above 0."`,
    );
  });
});

describe("the messages of containers", () => {
  it("refuses to add what differs in shape", () => {
    const block = new Residual(new Linear(2, 1));

    expect(messageOf(() => block.forward(tensor([[1, 2]])))).toMatchInlineSnapshot(
      `"ShapeError: Residual: the body gives shape [1, 1] and the shortcut [1, 2], which cannot be added. Give a \`shortcut\` that projects x to the shape of the body."`,
    );
  });

  it.each(["", "a.b", "0"])("refuses the name %j", (name) => {
    expect(messageOf(() => Sequential.named({ [name]: new ReLU() }))).toBe(
      `ValueError: Sequential.named: "${name}" cannot be the name of a layer. Use a word without dots; for positions as names, call \`new Sequential(…)\`.`,
    );
  });
});
