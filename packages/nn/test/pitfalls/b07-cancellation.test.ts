/** B7. E[x²] - E[x]² cancels: negative variances, NaN, or a wrong scale. */
import {
  add,
  cast,
  div,
  mean,
  mul,
  normal,
  randomKey,
  sqrt,
  square,
  sub,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { batchNormTrain } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

type Normalise = (x: Tensor) => Tensor;

const naive: Normalise = (x) => {
  const over = { axes: 0, keepDims: true };
  const mu = mean(x, over);
  const variance = sub(mean(square(x), over), square(mu));
  return div(sub(x, mu), sqrt(add(variance, 1e-5)));
};

const library: Normalise = (x) => batchNormTrain(x, null, null).output;

describe("B7: variances that cancel", () => {
  itAvoids<Normalise>({
    mistake: "subtracts squares: N(1e4, 0.1) of float32 is not normalised",
    naive,
    library,
    check: (normalise) => {
      const x = cast(
        mul(normal(randomKey(7), [256, 1], { dtype: "float64" }), 0.1).add(1e4),
        "float32",
      );
      const exact = library(cast(x, "float64"));
      expectCloseToArray(normalise(x), exact.toTypedArray(), { absolute: 1e-5 });
    },
  });

  itAvoids<Normalise>({
    mistake: "has a mean that is off by a rounding: a constant channel is not exactly 0",
    naive: (x) => div(sub(x, mean(x, { axes: 0 })), Math.sqrt(1e-5)),
    library,
    check: (normalise) => {
      const output = normalise(float64([[0.1], [0.1], [0.1]])).toTypedArray();
      expect(output.every((y) => y === 0)).toBe(true);
    },
  });

  itAvoids<(x: Tensor) => Tensor>({
    mistake: "has variances below 0",
    naive: (x) => sub(mean(square(x)), square(mean(x))),
    library: (x) => batchNormTrain(x, null, null).variance,
    check: (varianceOf) => {
      for (let k = 0; k < 20; k++) {
        const x = tensor([[1000 + k / 7], [1000 + k / 7 + 1e-4], [1000 + k / 7]]);
        expect(varianceOf(x).item()).toBeGreaterThanOrEqual(0);
      }
    },
  });
});
