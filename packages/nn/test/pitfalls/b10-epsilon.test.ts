/** B10. ε differs from library to library, and stands in different places. */
import { add, div, moments, sqrt, sub, type Tensor } from "@tapegrad/autograd";
import { BatchNorm, batchNormTrain } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

type Normalise = (x: Tensor, epsilon: number) => Tensor;

const library: Normalise = (x, epsilon) => batchNormTrain(x, null, null, { epsilon }).output;

/** ±0.003: variance 9e-6. */
const x = float64([[-0.003], [0.003]]);

describe("B10: epsilon", () => {
  itAvoids<Normalise>({
    mistake: "adds ε to the root: √v + ε",
    naive: (u, epsilon) => {
      const { mean, variance } = moments(u, { axes: 0 });
      return div(sub(u, mean), add(sqrt(variance), epsilon));
    },
    library,
    // √(9e-6 + 1.6e-5) = 0.005
    check: (normalise) => {
      expectCloseToArray(normalise(x, 1.6e-5), [-0.6, 0.6], { absolute: 1e-12 });
    },
  });

  itAvoids<(library: "pytorch" | "keras") => Tensor>({
    mistake: "evaluates weights of Keras with PyTorch's ε",
    naive: () => new BatchNorm(1).forward(x, { mode: "train" }),
    library: (preset) => new BatchNorm(1, { preset }).forward(x, { mode: "train" }),
    check: (normalise) => {
      expectCloseToArray(normalise("pytorch"), [-0.6882472, 0.6882472], { absolute: 1e-6 });
      expectCloseToArray(normalise("keras"), [-0.0944434, 0.0944434], { absolute: 1e-6 });
    },
  });

  itAvoids<Normalise>({
    mistake: "accepts ε = 0, and divides a constant channel by 0",
    naive: (u, epsilon) => {
      const { mean, variance } = moments(u, { axes: 0 });
      return div(sub(u, mean), sqrt(add(variance, epsilon)));
    },
    library,
    check: (normalise) => {
      expect(() => normalise(float64([[1], [1]]), 0)).toThrow("must be positive");
    },
  });
});
