/** @file whitenedNetwork: a network with some normalisation before each nonlinearity, and what a step of it costs. */
import { flopsOf, randomKey, record, type Tensor, zeros } from "@tapegrad/autograd";
import {
  BatchNorm,
  crossEntropy,
  DecorrelatedBatchNorm,
  IterNorm,
  type Layer,
  Linear,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { PIXELS } from "./image-data.ts";

/** `groups` is how many groups of units are whitened, each by itself. */
export type Whitener =
  | { readonly kind: "none" | "BN" }
  | { readonly kind: "decorrelated BN"; readonly groups: number }
  | { readonly kind: "IterNorm"; readonly groups: number; readonly iterations: number };

const UNITS = 64;
/** Operations for the eigenvectors of an n × n matrix, by n³ (Golub & Van Loan, 2013, section 8.3). */
const EIGENVECTORS = 9;

/** 784-64-64-10 with ReLU. */
export function whitenedNetwork(whitener: Whitener): Sequential {
  const hidden = (inputs: number): readonly Layer[] => [
    new Linear(inputs, UNITS, { bias: whitener.kind === "none", key: randomKey(0) }),
    ...layersOf(whitener),
    new ReLU(),
  ];
  return new Sequential(
    ...hidden(PIXELS),
    ...hidden(UNITS),
    new Linear(UNITS, 10, { key: randomKey(0) }),
  );
}

function layersOf(whitener: Whitener): readonly Layer[] {
  switch (whitener.kind) {
    case "none":
      return [];
    case "BN":
      return [new BatchNorm(UNITS)];
    case "decorrelated BN":
      return [new DecorrelatedBatchNorm(UNITS, { groups: whitener.groups })];
    case "IterNorm":
      return [new IterNorm(UNITS, { groups: whitener.groups, iterations: whitener.iterations })];
  }
}

/** Floating-point operations of a loss on `batch` examples and its gradient. */
export function operationsOfStep(model: Sequential, whitener: Whitener, batch: number): number {
  const images = zeros([batch, PIXELS]);
  const labels = zeros([batch], { dtype: "int32" });
  const step = record((): readonly Tensor[] => {
    const tape = record(() => crossEntropy(model.forward(images, { mode: "train" }), labels));
    return tape.gradient(model.parameters());
  });
  const { flops, uncounted } = flopsOf(step);
  if (whitener.kind !== "decorrelated BN") return flops;
  const size = UNITS / whitener.groups;
  return flops + uncounted * whitener.groups * EIGENVECTORS * size ** 3;
}
