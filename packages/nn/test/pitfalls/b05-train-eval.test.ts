/** B5. Evaluation that depends on the batch, and running statistics that lag behind the weights. */
import type { Tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  batchNormTrain,
  estimatePopulation,
  Linear,
  Sequential,
  usePopulation,
} from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

const batches = [float64([[1], [3]]), float64([[6], [2], [4]])];

function trained(): BatchNorm {
  const layer = new BatchNorm(1, { dtype: "float64" });
  for (const x of batches) layer.forward(x, { mode: "train" });
  return layer;
}

/** The mean that evaluation uses, after the layer before it has changed: inputs are ten times as large. */
function meanAfterChange(refresh: (model: Sequential) => void): number {
  const norm = new BatchNorm(1, { dtype: "float64" });
  const linear = new Linear(1, 1, { bias: false, dtype: "float64" });
  const model = new Sequential(linear, norm);
  linear.weight.assign(float64([[1]]));
  for (const x of batches) model.forward(x, { mode: "train" });
  linear.weight.assign(float64([[10]]));
  refresh(model);
  return norm.runningMean.value.item();
}

describe("B5: training and evaluation", () => {
  itAvoids<(x: Tensor) => Tensor>({
    mistake: "evaluates by the batch: a sample's output depends on the one beside it",
    naive: (x) => batchNormTrain(x, null, null).output,
    library: (x) => trained().forward(x, { mode: "eval" }),
    check: (evaluate) => {
      const [here, there] = [100, -5].map((other) => evaluate(float64([[2], [other]])));
      expect(here.toTypedArray()[0]).toBe(there.toTypedArray()[0]);
    },
  });

  itAvoids<(x: Tensor) => unknown>({
    mistake: "trains where nobody said so, because that is its default",
    naive: (x) => trained().forward(x, { mode: "train" }),
    library: (x) => trained().forward(x),
    check: (call) => {
      expect(() => call(batches[0])).toThrow("the mode is missing");
    },
  });

  itAvoids<(model: Sequential) => void>({
    mistake: "waits for a moving average to follow the weights",
    naive: (model) => {
      for (const x of batches) model.forward(x, { mode: "train" });
    },
    library: (model) => usePopulation(estimatePopulation(model, batches), "pooled"),
    // (1 + 3 + 6 + 2 + 4) / 5 = 3.2, times 10
    check: (refresh) => expectCloseToArray([meanAfterChange(refresh)], [32], { absolute: 1e-12 }),
  });
});
