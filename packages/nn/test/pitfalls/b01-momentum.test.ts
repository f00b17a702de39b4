/** B1. Momentum means two opposite things: the weight of the new value, or of the old one. */
import { BatchNorm, type BatchNormLayerOptions } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

/** A batch of mean 10. */
const x = float64([[8], [12]]);

/** The running mean after it, 0 before, as a library's own number 0.1 or 0.99 is carried over. */
type Carry = (library: "pytorch" | "keras", momentum: number) => number;

const runningMean = (options: BatchNormLayerOptions): number => {
  const layer = new BatchNorm(1, { dtype: "float64", ...options });
  layer.forward(x, { mode: "train" });
  return layer.runningMean.value.item();
};

/** PyTorch: 0.9 · 0 + 0.1 · 10. Keras: 0.99 · 0 + 0.01 · 10. */
const movesAsItsLibrary = (carry: Carry): void => {
  expect(carry("pytorch", 0.1)).toBeCloseTo(1, 12);
  expect(carry("keras", 0.99)).toBeCloseTo(0.1, 12);
};

describe("B1: momentum", () => {
  itAvoids<Carry>({
    mistake: "has one `momentum`, and takes it as the weight of the old value",
    naive: (_, momentum) => (1 - momentum) * 10,
    library: (name, value) =>
      runningMean(name === "pytorch" ? { update: value } : { decay: value }),
    check: movesAsItsLibrary,
  });

  itAvoids<Carry>({
    mistake: "has one `momentum`, and takes it as the weight of the new value",
    naive: (_, momentum) => momentum * 10,
    library: (preset) => runningMean({ preset }),
    check: movesAsItsLibrary,
  });

  itAvoids<(options: object) => unknown>({
    mistake: "passes over an option called momentum",
    naive: () => new BatchNorm(1),
    library: (options) => new BatchNorm(1, options),
    check: (make) => {
      expect(() => make({ momentum: 0 })).toThrow(/`update`.*`decay`/);
    },
  });
});
