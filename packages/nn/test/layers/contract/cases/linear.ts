/** @file Cases of linear layers. */
import { zeros } from "@tapegrad/autograd";
import { Bilinear, Linear } from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

const bad = (): readonly [ReturnType<typeof zeros>] => [zeros([2, 4])];

export const linearCases: readonly LayerCase[] = [
  layerCase({
    name: "Linear",
    order: 2,
    build: (making) => new Linear(3, 2, making),
    inputs: (making) => [drawn(making, [2, 3])],
    bad,
  }),
  layerCase({
    name: "Linear without a bias",
    order: 2,
    build: (making) => new Linear(3, 2, { ...making, bias: false }),
    inputs: (making) => [drawn(making, [1, 2, 3])],
    bad,
  }),
  layerCase({
    name: "Bilinear",
    order: 2,
    build: (making) => new Bilinear(2, 3, 4, making),
    inputs: (making) => [drawn(making, [1, 2]), drawn(making, [1, 3])],
    bad: () => [zeros([1, 2]), zeros([1, 2])],
  }),
];
