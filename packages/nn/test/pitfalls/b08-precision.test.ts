/** B8. Sums that lose digits in the precision of the input, and batches that poison the buffers for good. */
import { normal, randomKey, type Tensor, tensor, transaction } from "@tapegrad/autograd";
import { BatchNorm, batchNormTrain } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

const ROWS = 2 ** 17;

/** Running statistics of two batches, of which the first holds a NaN. */
type Tracking = (batches: readonly Tensor[]) => readonly number[];

const plainUpdate: Tracking = (batches) => {
  let [mean, variance] = [0, 1];
  for (const x of batches) {
    const batch = batchNormTrain(x, null, null);
    mean = 0.9 * mean + 0.1 * batch.mean.item();
    variance = 0.9 * variance + 0.1 * batch.variance.item();
  }
  return [mean, variance];
};

const valuesOf = ({ runningMean, runningVariance }: BatchNorm): readonly number[] => [
  runningMean.value.item(),
  runningVariance.value.item(),
];

const layerUpdate: Tracking = (batches) => {
  const layer = new BatchNorm(1, { dtype: "float64" });
  for (const x of batches) layer.forward(x, { mode: "train" });
  return valuesOf(layer);
};

describe("B8: precision and poisoned buffers", () => {
  itAvoids<(x: Tensor) => number>({
    mistake: "adds float32 up in float32",
    naive: (x) => {
      let sum = 0;
      for (const value of x.toTypedArray()) sum = Math.fround(sum + value);
      return sum / ROWS;
    },
    library: (x) => batchNormTrain(x, null, null).mean.item(),
    check: (meanOf) => {
      const x = normal(randomKey(8), [ROWS, 1]).mul(0.01).add(0.1);
      const exact = Float64Array.from(x.toTypedArray()).reduce((sum, value) => sum + value) / ROWS;
      expect(Math.abs(meanOf(x) - exact)).toBeLessThan(1e-6 * exact);
    },
  });

  itAvoids<Tracking>({
    mistake: "stores the statistics of a batch with NaN",
    naive: plainUpdate,
    library: layerUpdate,
    check: (track) => {
      const found = track([float64([[Number.NaN], [1]]), float64([[1], [3]])]);
      expect(found.every(Number.isFinite)).toBe(true);
    },
  });

  itAvoids<Tracking>({
    mistake: "stores a variance that has overflown",
    naive: plainUpdate,
    library: layerUpdate,
    check: (track) => {
      const found = track([tensor([[1e30], [-1e30]])]);
      expect(found.every(Number.isFinite)).toBe(true);
    },
  });

  itAvoids<(step: (layer: BatchNorm) => void, layer: BatchNorm) => void>({
    mistake: "has updated its buffers when the step is rejected for its loss",
    naive: (step, layer) => step(layer),
    library: (step, layer) => transaction(() => step(layer)),
    check: (run) => {
      const layer = new BatchNorm(1, { dtype: "float64" });
      const step = (norm: BatchNorm): void => {
        norm.forward(float64([[1], [3]]), { mode: "train" });
        throw new RangeError("the loss is not accepted");
      };
      expect(() => run(step, layer)).toThrow(RangeError);
      expect(valuesOf(layer)).toEqual([0, 1]);
    },
  });
});
