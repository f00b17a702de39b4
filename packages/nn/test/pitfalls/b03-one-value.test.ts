/** B3. One value per channel: variance 0, output β, m / (m - 1) infinite. */
import { add, div, full, moments, mul, sqrt, sub, type Tensor } from "@tapegrad/autograd";
import { BatchNorm } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

/** Trains on [1, 2, 1, 1], and gives the running variance. */
type Training = (x: Tensor) => Tensor;

const layerOf = (): BatchNorm =>
  new BatchNorm(2, { dtype: "float64", layout: "NCHW", name: "stem" });

describe("B3: one value per channel", () => {
  itAvoids<Training>({
    mistake: "normalises a single value, and multiplies a variance of 0 by 1 / 0",
    naive: (x) => {
      const { mean, variance } = moments(x, { axes: [0, 2, 3], keepDims: true });
      const output = div(sub(x, mean), sqrt(add(variance, 1e-5)));
      expect(output.toTypedArray()).toEqual(new Float64Array(2));
      return mul(variance, full([], 1 / 0, { dtype: "float64" }));
    },
    library: (x) => {
      const layer = layerOf();
      try {
        layer.forward(x, { mode: "train" });
      } catch (error) {
        expect(String(error)).toMatch(
          /BatchNorm stem: each channel has only one value \(shape \[1, 2, 1, 1\].*larger batch.*"eval".*freeze/,
        );
      }
      return layer.runningVariance.value;
    },
    check: (train) => {
      const values = train(float64([3, 4], [1, 2, 1, 1])).toTypedArray();
      expect(values.every(Number.isFinite)).toBe(true);
    },
  });

  itAvoids<Training>({
    mistake: "refuses every batch of one, although its maps have several values",
    naive: (x) => {
      expect(x.shape[0], "too few samples").toBeGreaterThan(1);
      return x;
    },
    library: (x) => layerOf().forward(x, { mode: "train" }),
    check: (train) => {
      expect(train(float64([1, 3, 2, 8], [1, 2, 1, 2])).shape).toEqual([1, 2, 1, 2]);
    },
  });

  it("two values per channel train, but their gradient is ε / (σ² + ε) of what it would be", () => {
    // see docs/batch-norm.md: the layer accepts m = 2, and hardly teaches the layers before it
    const layer = new BatchNorm(1, { dtype: "float64" });

    expect(layer.forward(float64([[0], [2]]), { mode: "train" }).shape).toEqual([2, 1]);
  });
});
