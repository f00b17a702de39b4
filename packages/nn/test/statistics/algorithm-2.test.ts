import { normal, randomKey, splitKey } from "@tapegrad/autograd";
import { BatchNorm, estimatePopulation } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

const layerOf = (channels: number): BatchNorm => new BatchNorm(channels, { dtype: "float64" });

describe("the statistics of algorithm 2", () => {
  /** 20,000 times m = 4 values of N(0, 1): 40 batches of 500 channels. */
  const m = 4;
  const count = 20_000;
  const x = normal(randomKey(2015), [m, count], { dtype: "float64" });
  const batches = Array.from({ length: 40 }, (_, i) =>
    x.slice({ starts: [0, (i * count) / 40], sizes: [m, count / 40] }),
  );
  const biased = batches.flatMap((batch) => {
    const values = batch.toTypedArray();
    const width = count / 40;
    return Array.from({ length: width }, (_, c) => {
      const column = Array.from({ length: m }, (_, row) => values[row * width + c]);
      const mean = column.reduce((s, v) => s + v, 0) / m;
      return column.reduce((s, v) => s + (v - mean) ** 2, 0) / m;
    });
  });
  const average = (values: readonly number[]): number =>
    values.reduce((s, v) => s + v, 0) / values.length;

  it("need the factor m / (m - 1): at m = 4 the average biased variance is 3/4 of the true one", () => {
    const layer = layerOf(count / 40);
    const [{ algorithm2 }] = estimatePopulation(layer, batches);

    const corrected = average(Array.from(algorithm2.variance.toTypedArray()));

    // The standard deviation of the average is √(2/(m - 1) / count) · (m - 1)/m = 0.0043.
    expect(Math.abs(average(biased) - 0.75)).toBeLessThan(0.02);
    expect(Math.abs(corrected - 1)).toBeLessThan(0.025);
    expectCloseToArray([corrected], [(average(biased) * m) / (m - 1)], { absolute: 1e-12 });
  });

  it("average variances: standard deviations would give less (Jensen), 0.80² = 0.64", () => {
    const deviation = average(biased.map(Math.sqrt));

    expect(deviation ** 2).toBeLessThan(average(biased));
    // E[s] of four normal values, biased, is √(2/m) · Γ(m/2) / Γ((m-1)/2) = 0.7979.
    expect(Math.abs(deviation - 0.7979)).toBeLessThan(0.02);
  });

  it("do not see how batches differ: 1.0 where the pooled variance is about 5", () => {
    const [noiseKey, meanKey] = splitKey(randomKey(5));
    const groups = 400;
    const means = normal(meanKey, [groups], { dtype: "float64", standardDeviation: 2 });
    const noise = normal(noiseKey, [groups, 32, 1], { dtype: "float64" });
    const grouped = Array.from({ length: groups }, (_, i) => {
      const batch = noise.slice({ starts: [i, 0, 0], sizes: [1, 32, 1] }).reshape([32, 1]);
      return batch.add(means.slice({ starts: [i], sizes: [1] }));
    });

    const [{ algorithm2, pooled }] = estimatePopulation(layerOf(1), grouped);

    // Within batches 1; between them 2² more, of which 400 draws know a tenth.
    expect(Math.abs(algorithm2.variance.item() - 1)).toBeLessThan(0.06);
    expect(Math.abs(pooled.variance.item() - 5)).toBeLessThan(1.2);
  });
});
