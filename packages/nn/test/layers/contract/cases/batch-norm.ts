/** @file Cases of batch normalisation. */
import { zeros } from "@tapegrad/autograd";
import { BatchNorm } from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

export const batchNormCases: readonly LayerCase[] = [
  layerCase({
    name: "BatchNorm",
    order: 3,
    build: ({ dtype }) => new BatchNorm(2, { dtype }),
    inputs: (making) => [drawn(making, [4, 2])],
    bad: () => [zeros([1, 2])],
  }),
  layerCase({
    name: "BatchNorm of images, evaluated",
    order: 3,
    build: ({ dtype }) => new BatchNorm(2, { dtype, layout: "NCHW" }),
    inputs: (making) => [drawn(making, [1, 2, 3, 2])],
    forward: (layer, [x]) => layer.forward(x, { mode: "eval" }),
    bad: () => [zeros([4, 2])],
  }),
];
