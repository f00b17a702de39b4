import { cast, ones, type Tensor, tensor, vjp, zeros } from "@tapegrad/autograd";
import { batchNormInference, batchNormTrain } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

describe("batchNormTrain", () => {
  it("normalises a column by hand: (1, 3, 8) has mean 4 and variance 26/3", () => {
    const x = float64([[1], [3], [8]]);

    const { output, mean, variance, count } = batchNormTrain(x, float64([2]), float64([10]), {
      epsilon: 1 / 3,
    });

    // √(26/3 + 1/3) = 3
    expectCloseToArray(output, float64([[8], [10 - 2 / 3], [10 + 8 / 3]]), { absolute: 1e-14 });
    expectCloseToArray(mean, float64([4]), { absolute: 1e-15 });
    expectCloseToArray(variance, float64([26 / 3]), { absolute: 1e-14 });
    expect(count).toBe(3);
  });

  it("has ε = 1e-5 by default, inside the root", () => {
    const { output } = batchNormTrain(float64([[-1], [1]]), float64([1]), float64([0]));

    expectCloseToArray(output, float64([[-1], [1]]), { absolute: 5.1e-6 });
    expectCloseToArray(output, [-1 / Math.sqrt(1 + 1e-5), 1 / Math.sqrt(1 + 1e-5)], {
      absolute: 1e-15,
    });
  });

  it("counts m · p · q values in each of the channels of a convolution", () => {
    const shape = [2, 3, 4, 5];
    const x = float64(
      Float64Array.from({ length: 120 }, (_, i) => i),
      shape,
    );

    const { mean, count } = batchNormTrain(x, ones([3]), zeros([3]), { layout: "NCHW" });

    expect(count).toBe(40);
    // Channel c of sample n holds 60 n + 20 c + (0 … 19).
    expectCloseToArray(mean, float64([39.5, 59.5, 79.5]), { absolute: 1e-13 });
  });

  it("takes axes instead of a layout, negative ones too: each sample by itself", () => {
    const x = float64([
      [0, 2],
      [5, 9],
    ]);
    const [gamma, beta] = [ones([2], { dtype: "float64" }), zeros([2], { dtype: "float64" })];

    const { output, mean } = batchNormTrain(x, gamma, beta, { axes: [-1], epsilon: 1e-12 });

    expect(mean.toArray()).toEqual([1, 7]);
    expectCloseToArray(output, [-1, 1, -1, 1], { absolute: 1e-11 });
  });

  it("takes several channel axes: γ and β have the shape that is left", () => {
    const x = float64([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [4, 5],
        [6, 9],
      ],
    ]);
    const [gamma, beta] = [ones([2, 2], { dtype: "float64" }), zeros([2, 2], { dtype: "float64" })];

    const { mean, variance, count } = batchNormTrain(x, gamma, beta, { axes: [0] });

    expect(mean.toArray()).toEqual([
      [2, 3],
      [4, 6],
    ]);
    expect(variance.toArray()).toEqual([
      [4, 4],
      [4, 9],
    ]);
    expect(count).toBe(2);
  });

  it("normalises one sample of maps, since each channel still has several values", () => {
    const x = float64([0, 2, 4, 6], [1, 2, 1, 2]);

    const { output } = batchNormTrain(x, float64([1, 1]), float64([0, 0]), {
      layout: "NCHW",
      epsilon: 1e-12,
    });

    expectCloseToArray(output, float64([-1, 1, -1, 1], [1, 2, 1, 2]), { absolute: 1e-11 });
  });

  it("keeps a NaN within its channel", () => {
    const x = float64([
      [Number.NaN, 1],
      [2, 3],
    ]);

    const { output } = batchNormTrain(x, float64([1, 1]), float64([0, 0]), { epsilon: 1e-12 });

    const [a, b, c, d] = output.toTypedArray();
    expect([a, c]).toEqual([Number.NaN, Number.NaN]);
    expectCloseToArray([b, d], [-1, 1], { absolute: 1e-11 });
  });

  it("has an output in the dtype in which x, γ and β meet, and statistics in that of x", () => {
    const x = tensor([[1], [2]]);
    const [gamma, beta] = [ones([1]), zeros([1])];

    const narrow = batchNormTrain(x, gamma, beta);
    const wide = batchNormTrain(x, cast(gamma, "float64"), beta);

    expect([narrow.output.dtype, narrow.mean.dtype]).toEqual(["float32", "float32"]);
    expect([wide.output.dtype, wide.mean.dtype]).toEqual(["float64", "float32"]);
  });
});

describe("batchNormInference", () => {
  const stored = { mean: float64([1, -2]), variance: float64([3, 8]), epsilon: 1 };

  it("is the linear map γ/√(variance + ε) · x + (β - γ mean/√(variance + ε))", () => {
    const x = float64([
      [1, 1],
      [5, -2],
    ]);

    const output = batchNormInference(x, float64([2, 3]), float64([10, 20]), stored);

    expectCloseToArray(
      output,
      float64([
        [10, 23],
        [14, 20],
      ]),
      { absolute: 1e-14 },
    );
  });

  it("treats every sample by itself: x̄ is γ/√(variance + ε) · ȳ", () => {
    const [gamma, beta] = [float64([2, 3]), float64([10, 20])];
    const x = float64([
      [1, 1],
      [5, -2],
    ]);
    const { pullback } = vjp((u: Tensor) => batchNormInference(u, gamma, beta, stored), x);

    const [xBar] = pullback(
      float64([
        [1, 0.5],
        [-2, 0],
      ]),
    );

    expectCloseToArray(
      xBar,
      float64([
        [1, 0.5],
        [-2, 0],
      ]),
      { absolute: 1e-15 },
    );
  });

  it("accepts one value per channel, and ε = 0", () => {
    const x = float64([[3]]);
    const [one, zero] = [float64([1]), float64([0])];

    const output = batchNormInference(x, one, zero, {
      mean: float64([1]),
      variance: float64([4]),
      epsilon: 0,
    });

    expect(output.toArray()).toEqual([[1]]);
  });

  it("applies one map to all places of a feature map", () => {
    const x = float64([1, 3, -2, 6], [1, 2, 1, 2]);

    const output = batchNormInference(x, float64([1, 1]), float64([0, 0]), {
      ...stored,
      layout: "NCHW",
    });

    expectCloseToArray(output, float64([0, 1, 0, 8 / 3], [1, 2, 1, 2]), { absolute: 1e-15 });
  });
});
