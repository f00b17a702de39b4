import { record, sum, type Tensor, tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  batchNormInference,
  estimatePopulation,
  Linear,
  Sequential,
  Sigmoid,
  usePopulation,
} from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { refusalOf } from "../oracles/refusal.ts";

const layerOf = (channels: number): BatchNorm => new BatchNorm(channels, { dtype: "float64" });

/** Biased mean and variance of the columns of a [rows, 2] matrix. */
function momentsOf(values: ArrayLike<number>): { means: number[]; variances: number[] } {
  const columns = [0, 1].map((c) => Array.from(values).filter((_, i) => i % 2 === c));
  const means = columns.map((column) => column.reduce((s, v) => s + v, 0) / column.length);
  const variances = columns.map((column, c) => {
    return column.reduce((s, v) => s + (v - means[c]) ** 2, 0) / column.length;
  });
  return { means, variances };
}

/** Batches [m, 2] with m from 2 to 5; |x| <= 10. */
const batchLists = fc.array(
  fc.integer({ min: 2, max: 5 }).chain((rows) => vectors(2 * rows, 10)),
  { minLength: 1, maxLength: 5 },
);

const tensorsOf = (batches: readonly Float64Array[]): Tensor[] =>
  batches.map((values) => tensor(values, { shape: [values.length / 2, 2] }));

const snapshot = (model: Sequential) =>
  Object.entries(model.stateDict()).map(([name, value]) => [name, value.toArray()]);

describe("estimatePopulation", () => {
  it("computes algorithm 2: E[x] = E_B[μ_B], Var[x] = E_B[m / (m - 1) · σ²_B]", () => {
    fc.assert(
      fc.property(batchLists, (batches) => {
        const [{ algorithm2, ...estimate }] = estimatePopulation(layerOf(2), tensorsOf(batches));

        const [mean, variance] = [
          [0, 0],
          [0, 0],
        ];
        for (const batch of batches) {
          const m = batch.length / 2;
          const { means, variances } = momentsOf(batch);
          for (const c of [0, 1]) {
            mean[c] += means[c] / batches.length;
            variance[c] += ((m / (m - 1)) * variances[c]) / batches.length;
          }
        }
        expectCloseToArray(algorithm2.mean, mean, { absolute: 1e-13 });
        expectCloseToArray(algorithm2.variance, variance, { relativeToLargest: 1e-13 });
        expect(estimate.batches).toBe(batches.length);
        expect(estimate.count).toBe(batches.reduce((n, batch) => n + batch.length / 2, 0));
      }),
      { numRuns: 100 },
    );
  });

  it("pools to the moments of all values as one sample, however they are batched", () => {
    fc.assert(
      fc.property(batchLists, (batches) => {
        const [{ pooled, count }] = estimatePopulation(layerOf(2), tensorsOf(batches));

        const all = momentsOf(batches.flatMap((batch) => Array.from(batch)));
        const unbiased = all.variances.map((v) => (v * count) / (count - 1));
        expectCloseToArray(pooled.mean, all.means, { absolute: 1e-12 });
        expectCloseToArray(pooled.variance, unbiased, { relativeToLargest: 1e-12 });
      }),
      { numRuns: 100 },
    );
  });

  it("pools values far from 0 without cancellation", () => {
    const batches = [float64([[1e8], [1e8 + 2]]), float64([[1e8 + 4], [1e8 + 6], [1e8 + 8]])];

    const [{ pooled }] = estimatePopulation(layerOf(1), batches);

    expect([pooled.mean.item(), pooled.variance.item()]).toEqual([1e8 + 4, 10]);
  });

  it("counts the places of maps: m' = m · p · q", () => {
    const layer = new BatchNorm(1, { dtype: "float64", layout: "NCHW" });

    const [{ count, algorithm2 }] = estimatePopulation(layer, [
      float64([1, 3, 5, 7], [1, 1, 2, 2]),
    ]);

    expect(count).toBe(4);
    expectCloseToArray(algorithm2.variance, [20 / 3], { absolute: 1e-14 });
  });

  it("counts no padding where a batch comes with its mask", () => {
    const masked = { x: float64([[1], [100], [3]]), mask: tensor([true, false, true]) };

    const [{ count, algorithm2, pooled }] = estimatePopulation(layerOf(1), [
      masked,
      float64([[4], [8]]),
    ]);

    expect(count).toBe(4);
    expect([algorithm2.mean.item(), algorithm2.variance.item()]).toEqual([4, 5]);
    // 1 3 4 8: squares about 4 are 9 1 0 16
    expectCloseToArray(pooled.variance, [26 / 3], { absolute: 1e-14 });
  });

  it("reads a generator once, and lets it be long", () => {
    function* batches() {
      for (let i = 0; i < 3; i++) yield float64([[i], [i + 2]]);
    }

    const [{ algorithm2, pooled }] = estimatePopulation(layerOf(1), batches());

    expect(algorithm2.mean.item()).toBe(2);
    expect(algorithm2.variance.item()).toBe(2);
    // 0 2 1 3 2 4: squares about 2 are 4 0 1 1 0 4.
    expect(pooled.variance.item()).toBe(2);
  });

  it("estimates every layer behind the ones before it, and names it", () => {
    const model = new Sequential(layerOf(1), new Sigmoid(), new Sequential(layerOf(1)));

    const estimates = estimatePopulation(model, [float64([[1], [3]])]);

    expect(estimates.map(({ name }) => name)).toEqual(["0", "2.0"]);
    const [first, second] = estimates;
    expect(first.algorithm2.mean.item()).toBe(2);
    expectCloseToArray(second.algorithm2.mean, [0.5], { absolute: 1e-15 });
  });

  it("changes nothing in the model", () => {
    const model = new Sequential(new Linear(2, 3, { dtype: "float64" }), layerOf(3));
    const before = snapshot(model);

    estimatePopulation(model, [
      float64([
        [1, 2],
        [3, 5],
      ]),
      float64([
        [0, 1],
        [2, 2],
      ]),
    ]);

    expect(snapshot(model)).toEqual(before);
  });

  it("changes nothing where a later batch fails, and hands on the error", () => {
    const model = new Sequential(layerOf(2));
    const before = snapshot(model);

    const error = refusalOf(() =>
      estimatePopulation(model, [
        float64([
          [1, 2],
          [3, 5],
        ]),
        float64([[1, 2, 3]]),
      ]),
    );

    expect(error.op).toBe("BatchNorm");
    expect(snapshot(model)).toEqual(before);
  });

  it("skips frozen layers", () => {
    const [frozen, free] = [layerOf(1).freeze(), layerOf(1)];

    const estimates = estimatePopulation(new Sequential(frozen, free), [float64([[1], [3]])]);

    expect(estimates.map(({ layer }) => layer)).toEqual([free]);
  });

  it("counts a layer that is used twice with both of its inputs", () => {
    const layer = layerOf(1);

    const [{ batches, count }] = estimatePopulation(new Sequential(layer, layer), [
      float64([[1], [3]]),
    ]);

    expect([batches, count]).toEqual([2, 4]);
  });

  it("works inside a recording, and leaves no assignment behind there either", () => {
    const layer = layerOf(1);

    record(() => {
      estimatePopulation(layer, [float64([[1], [3]])]);
      return sum(layer.runningMean.value);
    });

    expect(layer.runningMean.value.item()).toBe(0);
    expect(layer.numBatchesTracked.value.item()).toBe(0);
  });

  it("keeps a float32 model's statistics in float64", () => {
    const [{ pooled }] = estimatePopulation(new BatchNorm(1), [tensor([[1], [2]])]);

    expect([pooled.mean.dtype, pooled.variance.dtype]).toEqual(["float64", "float64"]);
  });
});

describe("usePopulation", () => {
  const batches = [
    float64([
      [1, -2],
      [3, 0],
    ]),
    float64([
      [8, 1],
      [2, 5],
      [5, 4],
    ]),
  ];

  for (const which of ["algorithm2", "pooled"] as const) {
    it(`makes evaluation normalise by the statistics called ${which}`, () => {
      const layer = layerOf(2);
      const estimates = estimatePopulation(layer, batches);

      usePopulation(estimates, which);

      const x = float64([[4, 7]]);
      const output = layer.forward(x, { mode: "eval" });
      const { mean, variance } = estimates[0][which];
      const stored = { mean, variance, epsilon: layer.epsilon };
      const expected = batchNormInference(x, layer.weight.value, layer.bias.value, stored);
      expectCloseToArray(output, expected, {});
    });
  }

  it("stores in the dtype of the layer", () => {
    const layer = new BatchNorm(1);

    usePopulation(estimatePopulation(layer, [tensor([[1], [4]])]), "pooled");

    expect(layer.runningVariance.value.dtype).toBe("float32");
    expect(layer.runningVariance.value.item()).toBe(4.5);
  });

  it("stores nothing at all where one statistic is not finite", () => {
    const [first, second] = [layerOf(1), layerOf(1)];
    const estimates = [
      ...estimatePopulation(first, [float64([[1], [3]])]),
      ...estimatePopulation(second, [float64([[1], [Number.NaN]])]),
    ];

    const error = refusalOf(() => usePopulation(estimates, "algorithm2"));

    expect(error.details).toEqual({ name: "", channel: 0 });
    expect(first.runningMean.value.item()).toBe(0);
    expect(second.runningMean.value.item()).toBe(0);
  });
});
