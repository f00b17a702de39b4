import { record, sum, type Tensor, tensor } from "@tapegrad/autograd";
import {
  GroupNorm,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  LayerNorm,
  LocalResponseNorm,
  RMSNorm,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../../oracles/close-to-array.ts";
import { float64 } from "../../oracles/float64.ts";

const WIDE = { dtype: "float64" } as const;
const TRAIN = { mode: "train" } as const;
const EVAL = { mode: "eval" } as const;

/** Mean and biased deviation of some numbers, and their standard scores for ε = 0. */
function scores(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return values.map((v) => (v - mean) / Math.sqrt(variance));
}

describe("LayerNorm", () => {
  it("normalises every sample over its last axes, then applies γ and β", () => {
    const layer = new LayerNorm([2, 2], { ...WIDE, epsilon: 1e-12 });
    layer.weight?.assign(float64([[1, 2], [3, 4]])); // biome-ignore format: a matrix
    layer.bias?.assign(float64([[0, 0], [1, 1]])); // biome-ignore format: a matrix
    const x = [3, 1, 4, 1];

    const y = layer.forward(float64([...x, 5, 9, 2, 6], [2, 2, 2]));

    const [a, b, c, d] = scores(x);
    const [e, f, g, h] = scores([5, 9, 2, 6]);
    const expected = [a, 2 * b, 3 * c + 1, 4 * d + 1, e, 2 * f, 3 * g + 1, 4 * h + 1];
    expectCloseToArray(y, float64(expected, [2, 2, 2]), { absolute: 1e-11 });
  });

  it("has γ and β unless told otherwise", () => {
    expect(Object.keys(new LayerNorm(3).stateDict())).toEqual(["weight", "bias"]);
    expect(Object.keys(new LayerNorm(3, { bias: false }).stateDict())).toEqual(["weight"]);
    expect(new LayerNorm(3, { elementwiseAffine: false }).stateDict()).toEqual({});
  });

  it("gives β for a constant sample, whatever its size", () => {
    const y = new LayerNorm(3).forward(tensor([[1e4, 1e4, 1e4], [0.1, 0.1, 0.1]])); // biome-ignore format: a matrix

    expect(y.toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it("loses no digits to a large mean in float32", () => {
    const offsets = Float64Array.from({ length: 64 }, (_, i) =>
      Math.fround(1e4 + ((i * 37) % 64) / 256),
    );

    const y = new LayerNorm(64).forward(tensor(offsets, { dtype: "float32", shape: [1, 64] }));

    const exact = new LayerNorm(64, WIDE).forward(float64(offsets, [1, 64]));
    expectCloseToArray(y.toTypedArray(), exact.toTypedArray(), { relativeToLargest: 1e-5 });
  });
});

describe("RMSNorm", () => {
  it("divides by the root of the mean square, without centring", () => {
    const layer = new RMSNorm(2, { ...WIDE, epsilon: 2 });
    layer.weight?.assign(float64([1, 10]));

    // the mean square is 14, with ε 16
    expectCloseToArray(layer.forward(float64([[2, Math.sqrt(24)]])), [0.5, 2.5 * Math.sqrt(24)], {
      absolute: 1e-14,
    });
  });

  it("takes the machine epsilon of the dtype of its input by default", () => {
    const layer = new RMSNorm(1, { elementwiseAffine: false });

    // x² = ε: the output is 1 / √2
    expect(layer.forward(tensor([2 ** -11.5])).item()).toBeCloseTo(Math.SQRT1_2, 6);
    expect(layer.forward(float64([2 ** -26])).item()).toBeCloseTo(Math.SQRT1_2, 12);
    expect(layer.stateDict()).toEqual({});
  });
});

describe("GroupNorm", () => {
  it("normalises the channels of each group together, with γ and β for each channel", () => {
    const layer = new GroupNorm(2, 4, { ...WIDE, epsilon: 1e-12 });
    layer.weight?.assign(float64([1, 2, 3, 4]));
    layer.bias?.assign(float64([0, 1, 0, 1]));

    const y = layer.forward(float64([3, 1, 4, 1, 5, 9, 2, 6], [1, 4, 2]));

    const [a, b, c, d] = scores([3, 1, 4, 1]);
    const [e, f, g, h] = scores([5, 9, 2, 6]);
    const expected = [a, b, 2 * c + 1, 2 * d + 1, 3 * e, 3 * f, 4 * g + 1, 4 * h + 1];
    expectCloseToArray(y, expected, { absolute: 1e-11 });
  });

  it("is LayerNorm for one group and InstanceNorm for as many as there are channels", () => {
    const x = float64(
      Float64Array.from({ length: 24 }, (_, i) => (i * 7) % 11),
      [2, 3, 4],
    );
    const plain = { ...WIDE, affine: false };
    const layerNorm = new LayerNorm([3, 4], { ...WIDE, elementwiseAffine: false });

    const one = new GroupNorm(1, 3, plain).forward(x);
    const three = new GroupNorm(3, 3, plain).forward(x);

    expectCloseToArray(one, layerNorm.forward(x), { absolute: 1e-14 });
    expectCloseToArray(three, new InstanceNorm1d(3, plain).forward(x), { absolute: 1e-14 });
  });
});

describe("InstanceNorm", () => {
  it("normalises every channel of every sample by itself, and one sample without its axis", () => {
    const layer = new InstanceNorm2d(2, { ...WIDE, epsilon: 1e-12 });
    const values = [3, 1, 4, 1, 5, 9, 2, 6];

    const batch = layer.forward(float64(values, [1, 2, 2, 2]));
    const single = layer.forward(float64(values, [2, 2, 2]));

    const expected = [...scores(values.slice(0, 4)), ...scores(values.slice(4))];
    expectCloseToArray(batch, expected, { absolute: 1e-11 });
    expect(single.shape).toEqual([2, 2, 2]);
    expect(single.toTypedArray()).toEqual(batch.toTypedArray());
  });

  it("treats maps of one row as one spatial axis, and of one plane as two", () => {
    const values = Float64Array.from({ length: 24 }, (_, i) => (i * 7) % 11);

    const [line, plane, solid] = [
      new InstanceNorm1d(3, WIDE).forward(float64(values, [2, 3, 4])),
      new InstanceNorm2d(3, WIDE).forward(float64(values, [2, 3, 2, 2])),
      new InstanceNorm3d(3, WIDE).forward(float64(values, [2, 3, 1, 2, 2])),
    ];

    expect(plane.toTypedArray()).toEqual(line.toTypedArray());
    expect(solid.toTypedArray()).toEqual(line.toTypedArray());
  });

  it("has no state by default, and needs no mode", () => {
    expect(new InstanceNorm1d(3).stateDict()).toEqual({});
    expect(new InstanceNorm1d(1).forward(tensor([[1, 3]])).shape).toEqual([1, 2]);
  });
});

describe("InstanceNorm with running statistics", () => {
  const tracking = (decay: number) =>
    new InstanceNorm1d(1, { ...WIDE, trackRunningStats: true, decay, epsilon: 1e-12 });
  /** Means 2 and 8, unbiased variances 2 and 8. */
  const batch = float64([1, 3, 6, 10], [2, 1, 2]);

  it("keeps the mean over the samples of their means and unbiased variances", () => {
    const layer = tracking(0);

    layer.forward(batch, TRAIN);

    expectCloseToArray(layer.runningMean?.value ?? [], [5], { absolute: 1e-14 });
    expectCloseToArray(layer.runningVariance?.value ?? [], [5], { absolute: 1e-14 });
    expect(layer.numBatchesTracked?.value.item()).toBe(0);
  });

  it("evaluates by them, one sample independent of the other", () => {
    const layer = tracking(0);
    layer.forward(batch, TRAIN);

    const y = layer.forward(float64([5, 5, 5 + Math.sqrt(5), 0], [2, 1, 2]), EVAL);

    expectCloseToArray(y, [0, 0, 1, -Math.sqrt(5)], { absolute: 1e-10 });
  });

  it("keeps what it has of a channel whose new statistics are not finite", () => {
    const layer = new InstanceNorm1d(2, { ...WIDE, trackRunningStats: true, update: 1 });

    layer.forward(float64([1, 3, Number.NaN, 2], [1, 2, 2]), TRAIN);

    expectCloseToArray(layer.runningMean?.value ?? [], [2, 0], { absolute: 1e-14 });
    expectCloseToArray(layer.runningVariance?.value ?? [], [2, 1], { absolute: 1e-14 });
  });

  it("commits nothing of a recording that throws", () => {
    const layer = tracking(0);
    const act = () =>
      record(() => {
        layer.forward(batch, TRAIN);
        throw new Error("not accepted");
      });

    expect(act).toThrow("not accepted");
    expect(layer.runningMean?.value.toArray()).toEqual([0]);
  });

  it("is frozen in every mode by freeze, γ and β included", () => {
    const layer = new InstanceNorm1d(1, { ...WIDE, affine: true, trackRunningStats: true });
    layer.forward(batch, TRAIN);
    const evaluated = layer.forward(batch, EVAL);

    const tape = record(() => layer.freeze().forward(batch, TRAIN));
    const gradients = tape.gradient(layer.parameters(), { cotangent: evaluated });

    expect(tape.output.toArray()).toEqual(evaluated.toArray());
    expect(gradients.map((g) => g.toArray())).toEqual([[0], [0]]);
    expect(layer.unfreeze().frozen).toBe(false);
  });

  it("passes no gradient to its running statistics", () => {
    const layer = tracking(0.5);
    const tape = record((x: Tensor) => {
      layer.forward(x, TRAIN);
      const { runningMean } = layer;
      return runningMean === null ? x : sum(runningMean.value);
    }, batch);

    expect(tape.gradient(tape.inputs)[0].toTypedArray()).toEqual(new Float64Array(4));
  });
});

describe("LocalResponseNorm", () => {
  it("divides by a power of the sum of squares of neighbouring channels", () => {
    const layer = new LocalResponseNorm(3, { alpha: 3, beta: 0.5, k: 0 });

    // sums of squares of channels 0..1, 0..2 and 1..2, times α / size = 1
    const y = layer.forward(float64([[3, 4, 12]]));

    expectCloseToArray(y, [3 / 5, 4 / 13, 12 / Math.sqrt(160)], { absolute: 1e-14 });
  });

  it("has PyTorch's defaults", () => {
    const { size, alpha, beta, k } = new LocalResponseNorm(5);

    expect([size, alpha, beta, k]).toEqual([5, 1e-4, 0.75, 1]);
  });
});
