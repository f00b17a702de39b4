import { normal, randomKey, record, slice, sum, type Tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  DecorrelatedBatchNorm,
  decorrelatedBatchNormTrain,
  IterNorm,
  type Module,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray, largestOf } from "../../oracles/close-to-array.ts";
import { float64 } from "../../oracles/float64.ts";

const WIDE = { dtype: "float64" } as const;
const TRAIN = { mode: "train" } as const;
const EVAL = { mode: "eval" } as const;

const drawn = (seed: number, shape: readonly number[]) =>
  normal(randomKey(seed), shape, { dtype: "float64" });

const rows = (x: Tensor, start: number, size: number): Tensor =>
  slice(x, { starts: [start, 0], sizes: [size, x.shape[1]] });

const snapshot = (layer: Module) =>
  Object.fromEntries(Object.entries(layer.stateDict()).map(([k, v]) => [k, v.toArray()]));

describe("DecorrelatedBatchNorm", () => {
  const x = drawn(11, [6, 4]);
  const layerOf = (options = {}) =>
    new DecorrelatedBatchNorm(4, { ...WIDE, groups: 2, ...options });

  it("keeps the mean and the unbiased covariance of every group", () => {
    const layer = layerOf({ decay: 0 });

    layer.forward(x, TRAIN);

    const one = layer.weight.value;
    const batch = decorrelatedBatchNormTrain(x, one, layer.bias.value, { groups: 2 });
    expectCloseToArray(layer.runningMean.value, batch.mean, { absolute: 1e-14 });
    const unbiased = batch.covariance.mul(6 / 5);
    expectCloseToArray(layer.runningCovariance.value, unbiased, { absolute: 1e-14 });
    expect(layer.numBatchesTracked.value.item()).toBe(1);
  });

  it("starts with mean 0 and the identity, so that evaluation changes next to nothing", () => {
    const layer = layerOf({ epsilon: 1e-12 });

    expectCloseToArray(layer.forward(x, EVAL), x, { absolute: 1e-11 });
  });

  it("evaluates a sample without the others", () => {
    const layer = layerOf({ update: 0.5 });
    layer.forward(x, TRAIN);

    const single = layer.forward(rows(x, 2, 1), EVAL);

    expectCloseToArray(single, rows(layer.forward(x, EVAL), 2, 1), { absolute: 1e-14 });
  });

  it("keeps what it has where a batch is not finite, or its recording throws", () => {
    const layer = layerOf();
    layer.forward(x, TRAIN);
    const { runningMean, runningCovariance } = snapshot(layer);

    layer.forward(x.mul(float64([1, 1, 1, Number.NaN])), TRAIN);
    expect(() =>
      record(() => {
        layer.forward(x, TRAIN);
        throw new Error("not accepted");
      }),
    ).toThrow("not accepted");

    expect(snapshot(layer)).toMatchObject({ runningMean, runningCovariance });
  });

  it("is frozen in every mode by freeze, γ and β included", () => {
    const layer = layerOf();
    layer.forward(x, TRAIN);
    const evaluated = layer.forward(x, EVAL);
    const before = snapshot(layer);

    const tape = record(() => sum(layer.freeze().forward(x, TRAIN)));
    const gradients = tape.gradient(layer.parameters());

    expect(layer.freeze().forward(x, TRAIN).toArray()).toEqual(evaluated.toArray());
    expect(gradients.map((g) => largestOf(g))).toEqual([0, 0]);
    expect(snapshot(layer)).toEqual(before);
    expect(layer.frozen).toBe(true);
    expect(layer.unfreeze().frozen).toBe(false);
  });

  it("tells of mean and variance of the channels, as BatchNorm does", () => {
    const heard: Tensor[] = [];
    const listen = { onStatistics: (_: unknown, s: { mean: Tensor; variance: Tensor }) => heard.push(s.mean, s.variance) }; // biome-ignore format: one object
    new BatchNorm(4, WIDE).forward(x, { ...TRAIN, ...listen });
    layerOf().forward(x, { ...TRAIN, ...listen });

    expectCloseToArray(heard[2], heard[0], { absolute: 1e-14 });
    expectCloseToArray(heard[3], heard[1], { absolute: 1e-14 });
  });
});

describe("IterNorm", () => {
  it("makes its iterations in training and in evaluation", () => {
    const x = drawn(12, [6, 2]);
    const layer = new IterNorm(2, { ...WIDE, iterations: 3, decay: 0 });
    const [one, zero] = [layer.weight.value, layer.bias.value];

    const output = layer.forward(x, TRAIN);

    const batch = decorrelatedBatchNormTrain(x, one, zero, { iterations: 3 });
    expectCloseToArray(output, batch.output, { absolute: 1e-14 });
    const exact = new DecorrelatedBatchNorm(2, WIDE).forward(x, TRAIN);
    expect(largestOf(output.sub(exact))).toBeGreaterThan(1e-3);
    // Σ unbiased is Σ biased · 6/5, and the iteration is homogeneous but for ε
    const scaled = layer.forward(x, EVAL).mul(Math.sqrt(6 / 5));
    expectCloseToArray(scaled, output, { absolute: 1e-4 });
  });
});
