import { record, sum, type Tensor, transaction } from "@tapegrad/autograd";
import { BatchNorm, type BatchNormLayerOptions } from "@tapegrad/nn";
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

describe("a frozen BatchNorm", () => {
  for (const options of [TRAIN, EVAL, {}]) {
    it(`evaluates and keeps its statistics under ${JSON.stringify(options)}`, () => {
      const layer = layerOf(2);
      layer.forward(batch, TRAIN);
      const expected = layer.forward(batch, EVAL);
      const before = snapshot(layer);

      const output = layer.freeze().forward(batch, options);

      expect(layer.frozen).toBe(true);
      expectCloseToArray(output, expected, {});
      expect(snapshot(layer)).toEqual(before);
    });
  }

  it("has no gradient for γ and β, and passes that of its input on", () => {
    const layer = layerOf(2, { epsilon: 1e-12 }).freeze();
    const tape = record((x: Tensor) => sum(layer.forward(x, TRAIN)), batch);
    const [x] = tape.inputs;

    const gradients = tape.gradient([layer.weight, layer.bias, x]);

    expect(gradients.slice(0, 2).map((g) => g.toArray())).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expectCloseToArray(gradients[2], [1, 1, 1, 1, 1, 1], { absolute: 1e-11 });
  });

  it("stays frozen through changes of mode, until it is unfrozen", () => {
    const layer = layerOf(2).freeze();
    for (const options of [TRAIN, EVAL, TRAIN]) layer.forward(batch, options);
    expect(layer.numBatchesTracked.value.item()).toBe(0);

    layer.unfreeze().forward(batch, TRAIN);

    expect(layer.frozen).toBe(false);
    expect(layer.numBatchesTracked.value.item()).toBe(1);
  });

  it("tells nobody about batch statistics", () => {
    const heard: unknown[] = [];
    const layer = layerOf(2).freeze();

    layer.forward(batch, { ...TRAIN, onStatistics: (...statistics) => heard.push(statistics) });

    expect(heard).toEqual([]);
  });
});

describe("the state of BatchNorm", () => {
  it("has PyTorch's names in camelCase, in PyTorch's order", () => {
    expect(Object.keys(layerOf(2).stateDict())).toEqual([
      "weight",
      "bias",
      "runningMean",
      "runningVariance",
      "numBatchesTracked",
    ]);
  });

  it("starts with γ = 1, β = 0, mean 0, variance 1", () => {
    const { weight, bias, runningMean, runningVariance, numBatchesTracked } = snapshot(layerOf(1));

    expect([weight, bias, runningMean, runningVariance]).toEqual([[1], [0], [0], [1]]);
    expect(numBatchesTracked).toBe(0);
  });

  it("trains γ and β only", () => {
    const layer = layerOf(2);

    expect(layer.parameters()).toEqual([layer.weight, layer.bias]);
  });

  it("is a snapshot: later batches do not change what was read", () => {
    const layer = layerOf(2);
    const before = layer.runningMean.value;

    layer.forward(batch, TRAIN);

    expect(before.toArray()).toEqual([0, 0]);
  });
});

describe("running statistics inside a scope", () => {
  const scopes = {
    transaction: (body: () => Tensor) => transaction(body),
    record: (body: () => Tensor) => record(body),
  };
  for (const [name, scope] of Object.entries(scopes)) {
    it(`are not committed by ${name} if it throws after the layer has run`, () => {
      const layer = layerOf(2);
      const before = snapshot(layer);

      const act = () =>
        scope(() => {
          layer.forward(batch, TRAIN);
          throw new Error("the loss was not accepted");
        });

      expect(act).toThrow("the loss was not accepted");
      expect(snapshot(layer)).toEqual(before);
    });
  }

  it("read as new inside the recording, and are committed when it returns", () => {
    const layer = layerOf(2, { decay: 0.5 });
    const seen: unknown[] = [];

    record(() => {
      layer.forward(batch, TRAIN);
      seen.push(layer.runningMean.value.toArray());
      layer.forward(batch, TRAIN);
      return layer.runningMean.value;
    });

    expect(seen).toEqual([[1, -0.5]]);
    expect(layer.runningMean.value.toArray()).toEqual([1.5, -0.75]);
    expect(layer.numBatchesTracked.value.item()).toBe(2);
  });

  it("are not moved by replaying a recording", () => {
    const layer = layerOf(2);
    const tape = record((x: Tensor) => sum(layer.forward(x, TRAIN)), batch);
    const after = snapshot(layer);

    tape.replay(batch);

    expect(snapshot(layer)).toEqual(after);
  });
});

describe("the layouts of BatchNorm", () => {
  const maps = float64(
    Float64Array.from({ length: 24 }, (_, i) => (i * 7) % 11),
    [2, 3, 2, 2],
  );

  it("agree between NCHW and NHWC, running statistics included", () => {
    const [first, last] = [layerOf(3, { layout: "NCHW" }), layerOf(3, { layout: "NHWC" })];

    const a = first.forward(maps, TRAIN);
    const b = last.forward(maps.transpose([0, 2, 3, 1]), TRAIN).transpose([0, 3, 1, 2]);

    expectCloseToArray(a, b, { absolute: 1e-14 });
    for (const [name, value] of Object.entries(first.stateDict())) {
      expectCloseToArray(last.stateDict()[name], value, { absolute: 1e-14 });
    }
  });

  it("treat NCL as NCHW with one row", () => {
    const [line, rows] = [layerOf(3, { layout: "NCL" }), layerOf(3, { layout: "NCHW" })];

    const a = line.forward(maps.reshape([2, 3, 4]), TRAIN);
    const b = rows.forward(maps.reshape([2, 3, 1, 4]), TRAIN);

    expect(a.toTypedArray()).toEqual(b.toTypedArray());
  });

  it("accept a single sample of maps, whose channels hold several values", () => {
    const layer = layerOf(3, { layout: "NCHW", decay: 0 });

    layer.forward(maps.slice({ starts: [0, 0, 0, 0], sizes: [1, 3, 2, 2] }), TRAIN);

    // 0 7 3 10 | 6 2 9 5 | 1 8 4 0
    expectCloseToArray(layer.runningMean.value, [5, 5.5, 3.25], { absolute: 1e-14 });
  });
});
