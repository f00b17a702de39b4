/** @file Cases of activations. */
import { zeros } from "@tapegrad/autograd";
import { ReLU, Sigmoid } from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

export const activationCases: readonly LayerCase[] = [
  layerCase({
    name: "Sigmoid",
    order: 2,
    build: () => new Sigmoid(),
    inputs: (making) => [drawn(making, [3])],
    bad: () => [zeros([3], { dtype: "int32" })],
  }),
  layerCase({
    name: "ReLU",
    order: 2,
    build: () => new ReLU(),
    inputs: (making) => [drawn(making, [3])],
    bad: null,
  }),
];
