/** B15. Padding that is counted, averages that divide by 0, initial values that are wrong, buffers under vmap. */
import { moments, normal, randomKey, type Tensor, tensor, vmap } from "@tapegrad/autograd";
import {
  averageWeights,
  BatchNorm,
  batchNormTrain,
  Linear,
  Sequential,
  type WeightAverage,
} from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

/** Sequences of lengths 3 and 1, padded with 0. */
const padded = float64([4, 5, 9, 6, 0, 0], [2, 3, 1]);
const mask = tensor([
  [true, true, true],
  [true, false, false],
]);

/** Mean 4. */
const x4 = float64([[2], [3], [7]]);

const layerOf = (): BatchNorm =>
  new BatchNorm(1, { dtype: "float64", average: "bias-corrected", decay: 0.99 });

/** The corrected average after batches with the given means. */
type Corrected = (means: readonly number[]) => number;

describe("B15: padding, averages and initial values", () => {
  itAvoids<(x: Tensor, mask: Tensor) => Tensor>({
    mistake: "counts padding among the values of a channel",
    naive: (x) => moments(x, { axes: [0, 1] }).mean,
    library: (x, m) => batchNormTrain(x, null, null, { layout: "NLC", mask: m }).mean,
    check: (meanOf) => {
      expectCloseToArray(meanOf(padded, mask), [6], { absolute: 1e-14 });
    },
  });

  itAvoids<(x: Tensor, mask: Tensor) => Tensor>({
    mistake: "sums without padding, and divides by the number of all positions",
    naive: (x) => x.sum({ axes: [0, 1] }).div(6),
    library: (x, m) => batchNormTrain(x, null, null, { layout: "NLC", mask: m }).mean,
    check: (meanOf) => {
      expectCloseToArray(meanOf(padded, mask), [6], { absolute: 1e-14 });
    },
  });

  itAvoids<Corrected>({
    mistake: "corrects an average of no batches: 0 / 0",
    naive: (means) => {
      const sum = means.reduce((average, mean) => 0.99 * average + 0.01 * mean, 0);
      return sum / (1 - 0.99 ** means.length);
    },
    library: (means) => {
      const layer = layerOf();
      for (const m of means) layer.forward(float64([[m - 1], [m + 1]]), { mode: "train" });
      return layer.runningMean.value.item();
    },
    check: (corrected) => {
      expect(corrected([5])).toBeCloseTo(5, 12);
      expect(corrected([5, 8])).toBeCloseTo((0.99 * 5 + 8) / 1.99, 12);
      expect(corrected([])).toBe(0);
    },
  });

  itAvoids<(x: Tensor) => Tensor>({
    mistake: "starts from a running variance of 0: evaluation multiplies by 1 / √ε",
    naive: (x) => {
      const layer = new BatchNorm(1, { dtype: "float64" });
      layer.runningVariance.assign(float64([0]));
      return layer.forward(x, { mode: "eval" });
    },
    library: (x) => layerOf().forward(x, { mode: "eval" }),
    check: (evaluate) => {
      expectCloseToArray(evaluate(float64([[3]])), [3], { absolute: 1e-4 });
    },
  });

  itAvoids<(average: WeightAverage<Sequential>) => void>({
    mistake: "evaluates averaged weights by the statistics of other weights",
    naive: (average) => average.swapIn({ statistics: "keep" }),
    library: (average) => {
      average.swapIn();
      average.refresh([x4]);
    },
    check: (swapIn) => {
      const linear = new Linear(1, 1, { bias: false, dtype: "float64" });
      const model = new Sequential(linear, new BatchNorm(1, { dtype: "float64" }));
      const average = averageWeights(model);
      for (const weight of [1, 9]) {
        linear.weight.assign(float64([[weight]]));
        model.forward(x4, { mode: "train" });
        average.update();
      }

      swapIn(average);

      // weight 5, mean 20
      expectCloseToArray(model.forward(float64([[4]]), { mode: "eval" }), [0], { absolute: 1e-12 });
    },
  });

  itAvoids<(average: WeightAverage<Sequential>) => Tensor>({
    mistake: "lets stale statistics be read",
    naive: (average) => {
      average.swapIn({ statistics: "keep" });
      return average.model.forward(x4, { mode: "eval" });
    },
    library: (average) => {
      average.swapIn();
      return average.model.forward(x4, { mode: "eval" });
    },
    check: (evaluate) => {
      const average = averageWeights(new Sequential(new BatchNorm(1, { dtype: "float64" })));
      average.update();
      expect(() => evaluate(average)).toThrow("refresh");
    },
  });

  itAvoids<(x: Tensor) => Tensor>({
    mistake: "takes the statistics of all members of a vmap together",
    naive: (x) => batchNormTrain(x, null, null, { axes: [0, 1] }).output,
    library: (x) => vmap((u: Tensor) => batchNormTrain(u, null, null).output)(x),
    check: (normalise) => {
      const x = normal(randomKey(15), [3, 4, 2], { dtype: "float64" });
      const each = [0, 1, 2].map((i) => {
        const member = x.slice({ starts: [i, 0, 0], sizes: [1, 4, 2] }).reshape([4, 2]);
        return Array.from(batchNormTrain(member, null, null).output.toTypedArray());
      });
      expectCloseToArray(normalise(x).flatten(), each.flat(), { absolute: 1e-12 });
    },
  });
});
