/** B11. Derivatives that are right at first order and wrong at second, or wrong at once. */
import { add, div, mean, mul, sqrt, stopGradient, sub, type Tensor } from "@tapegrad/autograd";
import { gradcheck } from "@tapegrad/autograd/testing";
import { batchNormTrain } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

type Normalise = (x: Tensor) => Tensor;

const x = float64([0.1, 1.9, 1.2, 0.3, 2.3, 1.1, 2.9, 4.2], [4, 2]);
const EPSILON = 1e-2;

const library: Normalise = (u) => batchNormTrain(u, null, null, { epsilon: EPSILON }).output;

/** Algorithm 1 with something that is treated as a constant. */
const detached =
  (detach: { readonly mean?: boolean; readonly variance?: boolean }): Normalise =>
  (u) => {
    const mu = mean(u, { axes: 0 });
    const centered = sub(u, detach.mean === true ? stopGradient(mu) : mu);
    const variance = mean(mul(centered, centered), { axes: 0 });
    const used = detach.variance === true ? stopGradient(variance) : variance;
    return div(sub(u, mu), sqrt(add(used, EPSILON)));
  };

const hasDerivatives =
  (order: 1 | 2 | 3) =>
  (normalise: Normalise): void => {
    expect(gradcheck(normalise, [x], { order, seed: 11, method: "directional" }).ok).toBe(true);
  };

describe("B11: derivatives of higher order", () => {
  itAvoids<Normalise>({
    mistake: "detaches the mean in the variance: ∂σ²/∂μ is 0, its derivative is not",
    naive: detached({ mean: true }),
    library,
    check: hasDerivatives(3),
  });

  itAvoids<Normalise>({
    mistake: "treats the saved variance as a constant",
    naive: detached({ variance: true }),
    library,
    check: hasDerivatives(1),
  });

  itAvoids<(normalise: Normalise) => void>({
    mistake: "is checked to first order only: the detached mean passes that",
    naive: (normalise) => hasDerivatives(1)(normalise),
    library: (normalise) => hasDerivatives(2)(normalise),
    check: (checks) => {
      expect(() => checks(detached({ mean: true }))).toThrow("expected false to be true");
    },
  });
});
