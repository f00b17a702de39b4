import { compile, record, sum, type Tensor } from "@tapegrad/autograd";
import {
  type Average,
  BatchNorm,
  type BatchNormLayerOptions,
  batchNormTrain,
  estimatePopulation,
  usePopulation,
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

describe("BatchNorm without γ or β", () => {
  it("scales by γ alone, shifts by β alone, or does neither", () => {
    const { output: xHat } = batchNormTrain(batch, null, null);
    const [scaling, shifting, neither] = [
      layerOf(2, { center: false, initialScale: 3 }),
      layerOf(2, { scale: false }),
      layerOf(2, { scale: false, center: false }),
    ];
    shifting.bias.assign(float64([5, 7]));

    const outputs = [scaling, shifting, neither].map((layer) => layer.forward(batch, TRAIN));

    expectCloseToArray(outputs[0], xHat.mul(3), { absolute: 1e-14 });
    expectCloseToArray(outputs[1], xHat.add(float64([5, 7])), { absolute: 1e-14 });
    expectCloseToArray(outputs[2], xHat, {});
    expect([scaling, shifting, neither].map((layer) => [...layer.variables().keys()][0])).toEqual([
      "weight",
      "bias",
      "runningMean",
    ]);
  });

  it("has no parameters it does not use", () => {
    expect(layerOf(2, { scale: false, center: false }).parameters()).toEqual([]);
  });

  it("starts from the γ that is asked for: 0 makes a residual branch start as nothing", () => {
    const output = layerOf(2, { initialScale: 0 }).forward(batch, TRAIN);

    expect(output.toTypedArray().every((y) => y === 0)).toBe(true);
  });
});

describe("BatchNorm without running statistics", () => {
  for (const options of [TRAIN, EVAL, {}]) {
    it(`normalises by the batch under ${JSON.stringify(options)}`, () => {
      const layer = layerOf(2, { trackRunningStats: false });

      const output = layer.forward(batch, options);

      expectCloseToArray(output, batchNormTrain(batch, null, null).output, {});
      expect([...layer.state().keys()]).toEqual(["weight", "bias"]);
    });
  }

  it("is left out of population estimates, which it could not store", () => {
    expect(() => estimatePopulation(layerOf(2, { trackRunningStats: false }), [batch])).toThrow(
      "no layer computed batch statistics",
    );
  });
});

/** Batches of one channel with means 1, 6, 3 and unbiased variances 2, 8, 18. */
const batches = [
  [0, 2],
  [4, 8],
  [0, 6],
].map(([a, b]) => float64([[a], [b]]));

/** Mean and variance after each of the batches. */
function averagesOf(options: BatchNormLayerOptions, xs: readonly Tensor[] = batches) {
  const layer = layerOf(1, options);
  return xs.map((x) => {
    layer.forward(x, TRAIN);
    return [layer.runningMean.value.item(), layer.runningVariance.value.item()];
  });
}

describe("the averages of BatchNorm", () => {
  it("cumulative: all batches so far weigh alike, and the initial values do not", () => {
    const found = averagesOf({ average: "cumulative" });

    expectCloseToArray(found.flat(), [1, 2, 3.5, 5, 10 / 3, 28 / 3], { absolute: 1e-14 });
  });

  it("bias-corrected: as Adam's moments, the exponential average divided by the sum of its weights", () => {
    const decay = 0.75;
    const found = averagesOf({ average: "bias-corrected", decay });

    let [mean, variance] = [0, 0];
    const statistics = [
      [1, 2],
      [6, 8],
      [3, 18],
    ];
    const expected = statistics.flatMap(([mu, v], i) => {
      mean = decay * mean + (1 - decay) * mu;
      variance = decay * variance + (1 - decay) * v;
      const correction = 1 - decay ** (i + 1);
      return [mean / correction, variance / correction];
    });
    expectCloseToArray(found.flat(), expected, { absolute: 1e-14 });
  });

  it("bias-corrected at decay 0: the last batch alone", () => {
    const found = averagesOf({ average: "bias-corrected", decay: 0 });

    expectCloseToArray(found.flat(), [1, 2, 6, 8, 3, 18], { absolute: 1e-14 });
  });

  for (const average of ["cumulative", "bias-corrected"] as const) {
    it(`${average}: evaluates by mean 0 and variance 1 before the first batch, without a division by 0`, () => {
      const layer = layerOf(1, { average, epsilon: 3 });

      expect(layer.forward(float64([[4]]), EVAL).toArray()).toEqual([[2]]);
    });

    it(`${average}: leaves out a batch that is not finite, as if it had not been there`, () => {
      const bad = float64([[Number.NaN], [1]]);
      const found = averagesOf({ average }, [bad, batches[0], bad, batches[1]]);

      const [, first, kept, second] = found;
      expect(found[0]).toEqual([0, 1]);
      expectCloseToArray(
        [first, kept, second].flat(),
        [averagesOf({ average })[0], first, averagesOf({ average })[1]].flat(),
        {},
      );
    });

    it(`${average}: moves alike in a compiled step`, () => {
      const [eager, compiled] = [layerOf(1, { average }), layerOf(1, { average })];
      const step = compile((x: Tensor) => compiled.forward(x, TRAIN));

      for (const x of batches) {
        eager.forward(x, TRAIN);
        step(x);
        for (const [name, value] of Object.entries(eager.stateDict())) {
          expectCloseToArray(compiled.stateDict()[name], value, { relativeToLargest: 1e-14 });
        }
      }
    });
  }

  it("exponential: an average of float32 with a decay near 1 is corrected without cancellation", () => {
    const average: Average = "bias-corrected";
    const layer = new BatchNorm(1, { average, decay: 1 - 1e-6 });

    layer.forward(batches[1], TRAIN);

    expectCloseToArray(layer.runningMean.value, [6], { relativeToLargest: 1e-6 });
  });
});

describe("a BatchNorm frozen in part", () => {
  it("keeps its statistics and trains γ and β", () => {
    const layer = layerOf(2).freeze("statistics");
    const before = snapshot(layer);
    const tape = record(() => sum(layer.forward(batch, TRAIN).square()));

    const gradients = tape.gradient([layer.weight, layer.bias]);

    expect(snapshot(layer)).toEqual(before);
    expect([layer.frozen, layer.statisticsFrozen, layer.parametersFrozen]).toEqual([
      false,
      true,
      false,
    ]);
    expect(gradients.every((g) => g.toTypedArray().every((v) => v !== 0))).toBe(true);
  });

  it("keeps γ and β and moves its statistics", () => {
    const layer = layerOf(2).freeze("parameters");
    layer.bias.assign(float64([1, 1]));
    const tape = record(() => sum(layer.forward(batch, TRAIN).square()));

    const gradients = tape.gradient([layer.weight, layer.bias]);

    expect(layer.numBatchesTracked.value.item()).toBe(1);
    expect(gradients.every((g) => g.toTypedArray().every((v) => v === 0))).toBe(true);
  });

  it("thaws part by part", () => {
    const layer = layerOf(2).freeze();

    layer.unfreeze("statistics");

    expect([layer.statisticsFrozen, layer.parametersFrozen]).toEqual([false, true]);
  });
});

describe("the domains of BatchNorm", () => {
  const [real, fake] = [
    batch,
    float64([
      [10, 10],
      [20, 30],
    ]),
  ];

  it("have statistics of their own, and share γ and β", () => {
    const layer = layerOf(2, { domains: ["real", "fake"], decay: 0 });

    layer.forward(real, { ...TRAIN, domain: "real" });
    layer.forward(fake, { ...TRAIN, domain: "fake" });

    expectCloseToArray(layer.statistics("real").runningMean.value, [2, -1], { absolute: 1e-14 });
    expectCloseToArray(layer.statistics("fake").runningMean.value, [15, 20], { absolute: 1e-14 });
    expect([...layer.state().keys()]).toEqual([
      "weight",
      "bias",
      "domains.real.runningMean",
      "domains.real.runningVariance",
      "domains.real.numBatchesTracked",
      "domains.fake.runningMean",
      "domains.fake.runningVariance",
      "domains.fake.numBatchesTracked",
    ]);
  });

  it("evaluate by the statistics of the domain that is named", () => {
    const layer = layerOf(2, { domains: ["real", "fake"], decay: 0 });
    const alone = layerOf(2, { decay: 0 });
    layer.forward(real, { ...TRAIN, domain: "real" });
    layer.forward(fake, { ...TRAIN, domain: "fake" });
    alone.forward(fake, TRAIN);

    const output = layer.forward(batch, { ...EVAL, domain: "fake" });

    expectCloseToArray(output, alone.forward(batch, EVAL), {});
  });

  it("have population statistics of their own", () => {
    const layer = layerOf(2, { domains: ["real", "fake"] });

    usePopulation(estimatePopulation(layer, [fake], { domain: "fake" }), "pooled");

    expectCloseToArray(layer.statistics("fake").runningMean.value, [15, 20], { absolute: 1e-14 });
    expect(layer.statistics("real").runningMean.value.toArray()).toEqual([0, 0]);
  });
});

describe("the further layouts of BatchNorm", () => {
  const volumes = float64(
    Float64Array.from({ length: 48 }, (_, i) => (i * 7) % 11),
    [2, 3, 2, 2, 2],
  );

  it("agree between NCDHW and NDHWC, running statistics included", () => {
    const [first, last] = [layerOf(3, { layout: "NCDHW" }), layerOf(3, { layout: "NDHWC" })];

    const a = first.forward(volumes, TRAIN);
    const b = last.forward(volumes.transpose([0, 2, 3, 4, 1]), TRAIN);

    expectCloseToArray(a, b.transpose([0, 4, 1, 2, 3]), { absolute: 1e-14 });
    expectCloseToArray(last.runningVariance.value, first.runningVariance.value, {
      absolute: 1e-14,
    });
  });

  it("agree between NCL and NLC", () => {
    const lines = volumes.reshape([2, 3, 8]);
    const [first, last] = [layerOf(3, { layout: "NCL" }), layerOf(3, { layout: "NLC" })];

    const a = first.forward(lines, TRAIN);
    const b = last.forward(lines.transpose([0, 2, 1]), TRAIN);

    expectCloseToArray(a, b.transpose([0, 2, 1]), { absolute: 1e-14 });
  });
});
