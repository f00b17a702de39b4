/** B2. Normalise by the biased variance, Σ / m, store the unbiased one, Σ / (m - 1), with m = N · H · W. */
import { mul, type Tensor, variance } from "@tapegrad/autograd";
import { BatchNorm, batchNormTrain } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

/** The stored variance of one batch [N, 1, H, W]. */
type Stored = (x: Tensor) => Tensor;

const stored: Stored = (x) => {
  const layer = new BatchNorm(1, { dtype: "float64", layout: "NCHW", decay: 0 });
  layer.forward(x, { mode: "train" });
  return layer.runningVariance.value;
};

const biased: Stored = (x) => variance(x, { axes: [0, 2, 3] });

describe("B2: the running variance", () => {
  itAvoids<Stored>({
    mistake: "stores what it normalises by: of 1 and 3 the variance is 2",
    naive: biased,
    library: stored,
    check: (store) => expectCloseToArray(store(float64([1, 3], [2, 1, 1, 1])), [2], {}),
  });

  itAvoids<Stored>({
    mistake: "corrects by the number of samples instead of the values of a channel",
    naive: (x) => mul(biased(x), x.shape[0] / (x.shape[0] - 1)),
    library: stored,
    // 1, 3, 5, 7: Σ (x - 4)² is 20
    check: (store) => {
      expectCloseToArray(store(float64([1, 3, 5, 7], [2, 1, 1, 2])), [20 / 3], {
        absolute: 1e-14,
      });
    },
  });

  itAvoids<(x: Tensor) => Tensor>({
    mistake: "normalises by the unbiased variance too: ±1 becomes ±√½",
    naive: (x) => x.sub(x.mean()).div(variance(x, { correction: 1 }).sqrt()),
    library: (x) => batchNormTrain(x, null, null, { epsilon: 1e-15 }).output,
    check: (normalise) => {
      expectCloseToArray(normalise(float64([[1], [3]])), [-1, 1], { absolute: 1e-12 });
    },
  });

  itAvoids<number>({
    mistake: "has no way to store the biased variance, as Keras and Flax do",
    naive: stored(float64([1, 3], [2, 1, 1, 1])).item(),
    library: (() => {
      const layer = new BatchNorm(1, { decay: 0, runningVariance: "biased" });
      layer.forward(float64([[1], [3]]), { mode: "train" });
      return layer.runningVariance.value.item();
    })(),
    check: (value) => {
      expect(value).toBe(1);
    },
  });
});
