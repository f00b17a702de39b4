/** @file Cases of batch normalisation. */
import { tensor, zeros } from "@tapegrad/autograd";
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
  layerCase({
    name: "BatchNorm of sequences with a mask, averages corrected for bias",
    order: 3,
    build: ({ dtype }) => {
      return new BatchNorm(2, { dtype, layout: "NLC", average: "bias-corrected" });
    },
    inputs: (making) => [drawn(making, [2, 3, 2])],
    forward: (layer, [x]) => {
      const mask = tensor([
        [true, true, false],
        [true, false, false],
      ]);
      return layer.forward(x, { mode: "train", mask });
    },
    bad: () => [zeros([2, 4, 2])],
  }),
  layerCase({
    name: "BatchNorm by domain, of volumes, without β",
    order: 3,
    build: ({ dtype }) => {
      return new BatchNorm(2, { dtype, layout: "NDHWC", domains: ["a", "b"], center: false });
    },
    inputs: (making) => [drawn(making, [2, 1, 2, 1, 2])],
    forward: (layer, [x]) => layer.forward(x, { mode: "train", domain: "b" }),
    bad: () => [zeros([2, 2, 1, 2, 1])],
  }),
  layerCase({
    name: "BatchNorm without γ, without running statistics",
    order: 3,
    build: ({ dtype }) => new BatchNorm(2, { dtype, scale: false, trackRunningStats: false }),
    inputs: (making) => [drawn(making, [4, 2])],
    bad: () => [zeros([1, 2])],
  }),
];
