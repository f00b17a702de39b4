/** B4. The last, short batch of an epoch crashes the layer, or counts as much as a full one. */
import { randomKey, type Tensor, uniform } from "@tapegrad/autograd";
import { BatchNorm, DataLoader, estimatePopulation } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { itAvoids } from "./pitfall.ts";

const rows = (start: number, count: number): Tensor =>
  samples.slice({ starts: [start, 0], sizes: [count, 1] });

const samples = uniform(randomKey(4), [65, 1], { dtype: "float64" });

describe("B4: the last batch", () => {
  itAvoids<(batchSize: number) => Iterable<Tensor>>({
    mistake: "cuts an epoch into slices, the last of one sample",
    naive: (size) =>
      [0, 1, 2].map((i) => rows(i * size, Math.min(size, samples.shape[0] - i * size))),
    library: (batchSize) => new DataLoader(samples, { batchSize }),
    check: (batchesOf) => {
      const batches = [...batchesOf(32)];
      const layer = new BatchNorm(1, { dtype: "float64" });

      expect(batches.map((x) => x.shape[0]).reduce((a, b) => a + b)).toBe(65);
      expect(Math.min(...batches.map((x) => x.shape[0]))).toBeGreaterThan(1);
      for (const x of batches) layer.forward(x, { mode: "train" });
      expect(layer.numBatchesTracked.value.item()).toBe(batches.length);
    },
  });

  itAvoids<(batches: readonly Tensor[]) => Tensor>({
    mistake: "weighs a batch of 5 as much as one of 60",
    naive: (batches) => {
      const means = batches.map((x) => x.mean());
      return means.reduce((a, b) => a.add(b)).div(means.length);
    },
    library: (batches) => {
      const [estimate] = estimatePopulation(new BatchNorm(1, { dtype: "float64" }), batches);
      return estimate.pooled.mean;
    },
    check: (meanOf) => {
      const found = meanOf([rows(0, 60), rows(60, 5)]).reshape([1]);
      expectCloseToArray(found, samples.mean({ axes: 0 }), { absolute: 1e-14 });
    },
  });
});
