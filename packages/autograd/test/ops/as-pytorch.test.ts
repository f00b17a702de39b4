/** Functions that exist for their PyTorch name, where no other function here is the same. */
import {
  expandAs,
  fill,
  grad,
  nativeBatchNorm,
  nativeLayerNorm,
  reshapeAs,
  std,
  stdMean,
  sum,
  type Tensor,
  tensor,
  var as unbiasedVariance,
  varMean,
  zeros,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";

const x = tensor([[1, 2], [3, 6]], { dtype: "float64" }); // biome-ignore format: rows

describe("var and std", () => {
  it("are unbiased unless told otherwise", () => {
    expect(unbiasedVariance(x).item()).toBeCloseTo(14 / 3, 14);
    expect(unbiasedVariance(x, { correction: 0 }).item()).toBe(3.5);
    expect(distance(std(x, { axes: 0 }), [Math.SQRT2, Math.sqrt(8)])).toBeLessThan(1e-15);
    expect(x.var({ axes: 1, keepDims: true }).toArray()).toEqual([[0.5], [4.5]]);
  });

  it("come with the mean over the same axes", () => {
    const [variance, mean] = varMean(x, { axes: 1 });
    const [deviation, sameMean] = stdMean(x, { axes: 1 });

    expect([variance, mean].map((y) => y.toArray())).toEqual([[0.5, 4.5], [1.5, 4.5]]); // biome-ignore format: short
    expect(distance(deviation, [Math.sqrt(0.5), Math.sqrt(4.5)])).toBeLessThan(1e-15);
    expect(sameMean.toArray()).toEqual(mean.toArray());
  });
});

describe("a shape from another tensor", () => {
  it("is broadcast to, or taken on", () => {
    expect(expandAs(tensor([1, 2]), x).toArray()).toEqual([[1, 2], [1, 2]]); // biome-ignore format: short
    expect(reshapeAs(tensor([1, 2, 3, 4]), x).toArray()).toEqual([[1, 2], [3, 4]]); // biome-ignore format: short
  });

  it("is filled in the dtype of the tensor, with a derivative for the value alone", () => {
    const value = tensor(2.5);

    const filled = fill(zeros([2], { dtype: "int32" }), value);
    const byValue = grad((v: Tensor) => sum(fill(x, v)))(value);
    const byShape = grad((y: Tensor) => sum(fill(y, value)).add(sum(y)))(x);

    expect([filled.dtype, filled.toArray()]).toEqual(["int32", [2, 2]]);
    expect(byValue.item()).toBe(4);
    expect(byShape.toArray()).toEqual([[1, 1], [1, 1]]); // biome-ignore format: short
  });
});

describe("native normalisations", () => {
  it("return the statistics of the batch, and none in evaluation", () => {
    const [runningMean, runningVariance] = [zeros([2], { dtype: "float64" }), x.slice({ starts: [0, 0], sizes: [1, 2] }).reshape([2])]; // biome-ignore format: two buffers

    const trained = nativeBatchNorm(x, { training: true, epsilon: 0 });
    const evaluated = nativeBatchNorm(x, { runningMean, runningVariance });

    expect(trained.mean.toArray()).toEqual([2, 4]);
    expect(trained.inverseDeviation.toArray()).toEqual([1, 0.5]);
    expect(trained.output.toArray()).toEqual([[-1, -1], [1, 1]]); // biome-ignore format: short
    expect([evaluated.mean.shape, evaluated.inverseDeviation.shape]).toEqual([[0], [0]]);
  });

  it("of layers keep the axes", () => {
    const { output, mean, inverseDeviation } = nativeLayerNorm(x, { epsilon: 0 });

    expect(mean.toArray()).toEqual([[1.5], [4.5]]);
    expect(inverseDeviation.toArray()).toEqual([[2], [1 / 1.5]]);
    expect(output.toArray()).toEqual([[-1, 1], [-1, 1]]); // biome-ignore format: short
  });
});
