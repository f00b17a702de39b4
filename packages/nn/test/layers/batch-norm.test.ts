import { record, sum, type Tensor, tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  type BatchNormLayerOptions,
  batchNormInference,
  batchNormTrain,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

const layerOf = (channels: number, options: BatchNormLayerOptions = {}): BatchNorm =>
  new BatchNorm(channels, { dtype: "float64", ...options });

const TRAIN = { mode: "train" } as const;
const EVAL = { mode: "eval" } as const;

/** Means 2 and -1; biased variances 2/3 and 6, unbiased 1 and 9. */
const batch = float64([
  [1, -4],
  [2, -1],
  [3, 2],
]);

const snapshot = (layer: BatchNorm) =>
  Object.fromEntries(Object.entries(layer.stateDict()).map(([k, v]) => [k, v.toArray()]));

describe("BatchNorm in training", () => {
  it("normalises by the batch and keeps a tenth of its statistics, the variance unbiased", () => {
    const layer = layerOf(2);

    const output = layer.forward(batch, TRAIN);

    expectCloseToArray(
      output,
      batchNormTrain(batch, layer.weight.value, layer.bias.value).output,
      {},
    );
    expectCloseToArray(layer.runningMean.value, [0.2, -0.1], { absolute: 1e-15 });
    expectCloseToArray(layer.runningVariance.value, [0.9 + 0.1, 0.9 + 0.9], { absolute: 1e-15 });
    expect(layer.numBatchesTracked.value.item()).toBe(1);
  });

  it("takes decay as the weight of the old value", () => {
    const layer = layerOf(2, { decay: 0.75 });

    layer.forward(batch, TRAIN);

    expect(layer.runningMean.value.toArray()).toEqual([0.5, -0.25]);
    expect(layer.runningVariance.value.toArray()).toEqual([1, 3]);
  });

  it("takes update as the weight of the new value, which is 1 - decay", () => {
    const [byUpdate, byDecay] = [layerOf(2, { update: 0.25 }), layerOf(2, { decay: 0.75 })];

    for (const layer of [byUpdate, byDecay]) layer.forward(batch, TRAIN);

    expect(byUpdate.decay).toBe(0.75);
    expect(snapshot(byUpdate)).toEqual(snapshot(byDecay));
  });

  it("keeps the old values at decay 1, and the last batch alone at decay 0", () => {
    const [never, always] = [layerOf(2, { decay: 1 }), layerOf(2, { decay: 0 })];

    for (const layer of [never, always]) layer.forward(batch, TRAIN);

    expect(never.runningMean.value.toArray()).toEqual([0, 0]);
    expect(never.runningVariance.value.toArray()).toEqual([1, 1]);
    expectCloseToArray(always.runningMean.value, [2, -1], { absolute: 1e-15 });
    expectCloseToArray(always.runningVariance.value, [1, 9], { absolute: 1e-14 });
  });

  it("stores the biased variance where asked to", () => {
    const layer = layerOf(2, { decay: 0, runningVariance: "biased" });

    layer.forward(batch, TRAIN);

    expectCloseToArray(layer.runningVariance.value, [2 / 3, 6], { absolute: 1e-14 });
  });

  it("corrects by m' / (m' - 1) with m' = m · p · q for maps", () => {
    // One channel, 2 samples of 1 × 2: values 1, 3, 5, 7 with biased variance 5, unbiased 20/3.
    const layer = layerOf(1, { decay: 0, layout: "NCHW" });

    layer.forward(float64([1, 3, 5, 7], [2, 1, 1, 2]), TRAIN);

    expectCloseToArray(layer.runningMean.value, [4], { absolute: 1e-15 });
    expectCloseToArray(layer.runningVariance.value, [20 / 3], { absolute: 1e-14 });
  });

  it("moves the statistics of successive batches one after another", () => {
    const layer = layerOf(1, { decay: 0.5 });

    layer.forward(float64([[0], [2]]), TRAIN); // mean 1, variance 2
    layer.forward(float64([[4], [8]]), TRAIN); // mean 6, variance 8

    expect(layer.runningMean.value.item()).toBe((0 + 1) / 4 + 6 / 2);
    expectCloseToArray(layer.runningVariance.value, [(1 + 2) / 4 + 8 / 2], { absolute: 1e-14 });
    expect(layer.numBatchesTracked.value.item()).toBe(2);
  });

  it("leaves the statistics of a channel alone where its batch is not finite", () => {
    const layer = layerOf(3, { decay: 0.5 });
    const x = float64([
      [1, Number.NaN, Number.POSITIVE_INFINITY],
      [3, 2, 2],
    ]);

    layer.forward(x, TRAIN);

    expect(layer.runningMean.value.toArray()).toEqual([1, 0, 0]);
    expect(layer.runningVariance.value.toArray()).toEqual([1.5, 1, 1]);
  });

  it("leaves both statistics of a channel alone where only its variance overflows", () => {
    const layer = new BatchNorm(1);

    layer.forward(tensor([[1e30], [-1e30]]), TRAIN);

    expect(layer.runningMean.value.item()).toBe(0);
    expect(layer.runningVariance.value.item()).toBe(1);
  });

  it("keeps float32 statistics of a float64 input, and none that overflow float32", () => {
    const layer = new BatchNorm(2, { decay: 0 });
    const x = float64([
      [1, 1e30],
      [3, -1e30],
    ]);

    const output = layer.forward(x, TRAIN);

    expect(output.dtype).toBe("float64");
    expect(layer.runningMean.value.dtype).toBe("float32");
    expect(layer.runningMean.value.toArray()).toEqual([2, 0]);
    expect(layer.runningVariance.value.toArray()).toEqual([2, 1]);
  });

  it("keeps the running statistics out of the gradient: those read after a batch are constants", () => {
    const layer = layerOf(2);
    const tape = record((x: Tensor) => {
      layer.forward(x, TRAIN);
      return sum(layer.runningMean.value.add(layer.runningVariance.value));
    }, batch);

    const [xBar] = tape.gradient(tape.inputs);

    expect(xBar.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });
});

describe("BatchNorm in evaluation", () => {
  it("normalises by the running statistics and changes none of them", () => {
    const layer = layerOf(2);
    layer.forward(batch, TRAIN);
    const before = snapshot(layer);
    const { weight, bias, runningMean, runningVariance } = layer;

    const output = layer.forward(batch, EVAL);

    const statistics = { mean: runningMean.value, variance: runningVariance.value };
    expectCloseToArray(output, batchNormInference(batch, weight.value, bias.value, statistics), {});
    expect(snapshot(layer)).toEqual(before);
  });

  it("uses mean 0 and variance 1 before the first batch", () => {
    const output = layerOf(1, { epsilon: 3 }).forward(float64([[4]]), EVAL);

    expect(output.toArray()).toEqual([[2]]);
  });

  it("gives a sample the same output whatever stands beside it", () => {
    const layer = layerOf(2);
    layer.forward(batch, TRAIN);
    const other = float64([
      [1, -4],
      [200, Number.NaN],
    ]);

    const alone = layer.forward(float64([[1, -4]]), EVAL).toTypedArray();
    const beside = layer.forward(other, EVAL).toTypedArray().subarray(0, 2);

    expect(beside).toEqual(alone);
  });

  it("still trains γ and β", () => {
    const layer = layerOf(2, { epsilon: 1e-12 });
    const tape = record(() => sum(layer.forward(batch, EVAL)));

    const [weightBar, biasBar] = tape.gradient([layer.weight, layer.bias]);

    expectCloseToArray(weightBar, [6, -3], { absolute: 1e-11 });
    expect(biasBar.toArray()).toEqual([3, 3]);
  });
});
