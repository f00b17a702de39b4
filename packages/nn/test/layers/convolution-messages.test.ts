import { zeros } from "@tapegrad/autograd";
import { Bilinear, Conv1d, Conv2d, ConvTranspose2d, Embedding } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

describe("the messages of convolutions", () => {
  it("refuses channels and groups that are no counts, or do not fit", () => {
    expect(messageOf(() => new Conv2d(0, 1, 3))).toMatchInlineSnapshot(
      `"ValueError: Conv2d: inChannels is 0. Use an integer above 0."`,
    );
    expect(messageOf(() => new Conv2d(4, 6, 3, { groups: 4 }))).toMatchInlineSnapshot(
      `"ValueError: Conv2d: 4 groups do not divide 4 input and 6 output channels. Use a number that divides both."`,
    );
    expect(messageOf(() => new ConvTranspose2d(1, 1, 3, { groups: 0.5 }))).toMatchInlineSnapshot(
      `"ValueError: ConvTranspose2d: groups is 0.5. Use an integer above 0."`,
    );
  });

  it("refuses sizes that are none", () => {
    expect(messageOf(() => new Conv1d(1, 1, 0))).toMatchInlineSnapshot(
      `"ValueError: Conv1d: kernelSize is 0. Use an integer of 1 or more."`,
    );
    expect(messageOf(() => new Conv2d(1, 1, [3, 3, 3]))).toMatchInlineSnapshot(
      `"ValueError: Conv2d: kernelSize is [3,3,3]. Use an integer of 1 or more, or 2 of them."`,
    );
    expect(messageOf(() => new Conv2d(1, 1, 3, { padding: -1 }))).toMatchInlineSnapshot(
      `"ValueError: Conv2d: padding is -1. Use an integer of 0 or more, or 2 of them."`,
    );
  });

  it("refuses to keep lengths with a stride", () => {
    const make = () => new Conv2d(1, 1, 3, { stride: 2, padding: "same" });

    expect(messageOf(make)).toMatchInlineSnapshot(
      `"ValueError: Conv2d: padding is "same", but stride 2, 2 does not keep the lengths. Use stride 1, or numbers as padding."`,
    );
  });

  it("refuses a padding it does not know", () => {
    const paddingMode = "mirror" as "reflect"; // what only JavaScript code can pass

    expect(messageOf(() => new Conv2d(1, 1, 3, { paddingMode }))).toMatchInlineSnapshot(
      `"ValueError: Conv2d: paddingMode "mirror" is not known. Use one of zeros, reflect, replicate, circular."`,
    );
  });

  it("refuses a dtype that cannot be trained", () => {
    expect(messageOf(() => new Conv2d(1, 1, 3, { dtype: "int32" }))).toMatchInlineSnapshot(
      `"DTypeError: Conv2d: dtype is int32, in which nothing can be trained. Use float32 or float64."`,
    );
  });

  it("leaves inputs that do not fit to the function", () => {
    expect(messageOf(() => new Conv2d(3, 1, 1).forward(zeros([1, 2, 4, 4])))).toContain(
      "ShapeError: conv2d:",
    );
    expect(messageOf(() => new Bilinear(2, 2, 1).forward(zeros([2]), zeros([3])))).toContain(
      "ShapeError: bilinear:",
    );
  });
});

describe("the messages of Embedding", () => {
  it("refuses a padding that is no row", () => {
    expect(messageOf(() => new Embedding(3, 2, { paddingIdx: 3 }))).toMatchInlineSnapshot(
      `"ValueError: Embedding: paddingIdx 3 is none of the 3 rows. Use an integer from -3 to 2."`,
    );
  });

  it("refuses norms that are none", () => {
    expect(messageOf(() => new Embedding(3, 2, { maxNorm: 0 }))).toMatchInlineSnapshot(
      `"ValueError: Embedding: maxNorm is 0. Use a number above 0."`,
    );
    expect(messageOf(() => new Embedding(3, 2, { normType: -1 }))).toMatchInlineSnapshot(
      `"ValueError: Embedding: normType is -1. Use a number above 0."`,
    );
  });
});
