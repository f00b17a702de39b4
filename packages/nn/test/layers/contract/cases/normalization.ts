/** @file Cases of normalisations other than batch normalisation, and of layers with a computed weight. */
import { full, zeros } from "@tapegrad/autograd";
import {
  BatchRenorm,
  Conv2d,
  DecorrelatedBatchNorm,
  GhostBatchNorm,
  GroupNorm,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  IterNorm,
  LayerNorm,
  Linear,
  LocalResponseNorm,
  NoisyBatchNorm,
  RMSNorm,
  SpectralNorm,
  WeightNorm,
  WeightStandardization,
} from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

const sampleCases: readonly LayerCase[] = [
  layerCase({
    name: "LayerNorm",
    order: 3,
    build: ({ dtype }) => new LayerNorm([2, 3], { dtype }),
    inputs: (making) => [drawn(making, [2, 2, 3])],
    bad: () => [zeros([2, 3, 2])],
  }),
  layerCase({
    name: "RMSNorm",
    order: 3,
    build: ({ dtype }) => new RMSNorm(4, { dtype }),
    inputs: (making) => [drawn(making, [2, 4])],
    bad: () => [zeros([4, 2])],
  }),
  layerCase({
    name: "GroupNorm",
    order: 3,
    build: ({ dtype }) => new GroupNorm(2, 4, { dtype }),
    inputs: (making) => [drawn(making, [1, 4, 3])],
    bad: () => [zeros([1, 3, 4])],
  }),
  layerCase({
    name: "InstanceNorm1d",
    order: 3,
    build: ({ dtype }) => new InstanceNorm1d(2, { dtype }),
    inputs: (making) => [drawn(making, [1, 2, 4])],
    bad: () => [zeros([1, 4, 2])],
  }),
  layerCase({
    name: "InstanceNorm2d with γ, β and running statistics",
    order: 3,
    build: ({ dtype }) => new InstanceNorm2d(2, { dtype, affine: true, trackRunningStats: true }),
    inputs: (making) => [drawn(making, [2, 2, 1, 3])],
    bad: () => [zeros([2, 2, 1, 1])],
  }),
  layerCase({
    name: "InstanceNorm3d, evaluated",
    order: 3,
    build: ({ dtype }) => new InstanceNorm3d(2, { dtype, trackRunningStats: true }),
    inputs: (making) => [drawn(making, [2, 1, 3, 1])],
    forward: (layer, [x]) => layer.forward(x, { mode: "eval" }),
    bad: () => [zeros([2, 1, 3])],
  }),
  layerCase({
    name: "LocalResponseNorm",
    order: 3,
    build: () => new LocalResponseNorm(2, { alpha: 0.5 }),
    inputs: (making) => [drawn(making, [1, 3, 1])],
    bad: () => [zeros([3])],
  }),
];

const batchCases: readonly LayerCase[] = [
  layerCase({
    name: "GhostBatchNorm with a shorter last ghost batch",
    order: 3,
    build: ({ dtype }) => new GhostBatchNorm(1, 3, { dtype }),
    inputs: (making) => [drawn(making, [5, 1])],
    bad: () => [zeros([1, 1])],
  }),
  layerCase({
    name: "BatchRenorm at its limits: within them r and d follow x, which the derivative leaves out",
    order: 3,
    build: ({ dtype }) => {
      const layer = new BatchRenorm(1, { dtype, rMax: 3, dMax: 0.25 });
      // far from what is drawn: r is 1/3 and d -1/4, whatever that is
      layer.runningMean.assign(full([1], 50, { dtype }));
      layer.runningVariance.assign(full([1], 1e4, { dtype }));
      return layer;
    },
    inputs: (making) => [drawn(making, [4, 1])],
    bad: () => [zeros([1, 1])],
  }),
  layerCase({
    name: "NoisyBatchNorm",
    order: 3,
    build: ({ dtype, key }) => new NoisyBatchNorm(1, { dtype, key }),
    inputs: (making) => [drawn(making, [4, 1])],
    bad: () => [zeros([1, 1])],
  }),
  layerCase({
    name: "DecorrelatedBatchNorm",
    order: 3,
    build: ({ dtype }) => new DecorrelatedBatchNorm(2, { dtype }),
    inputs: (making) => [drawn(making, [5, 2])],
    bad: () => [zeros([1, 2])],
  }),
  layerCase({
    name: "DecorrelatedBatchNorm of images in groups, evaluated",
    order: 3,
    build: ({ dtype }) => new DecorrelatedBatchNorm(4, { dtype, groups: 2, layout: "NHWC" }),
    inputs: (making) => [drawn(making, [1, 1, 2, 4])],
    forward: (layer, [x]) => layer.forward(x, { mode: "eval" }),
    bad: () => [zeros([1, 4, 1, 2])],
  }),
  layerCase({
    name: "IterNorm",
    order: 3,
    build: ({ dtype }) => new IterNorm(2, { dtype, iterations: 2 }),
    inputs: (making) => [drawn(making, [5, 2])],
    bad: () => [zeros([1, 2])],
  }),
];

const weightCases: readonly LayerCase[] = [
  layerCase({
    name: "WeightNorm of Linear",
    order: 3,
    build: (making) => new WeightNorm(new Linear(2, 2, making)),
    inputs: (making) => [drawn(making, [1, 2])],
    bad: () => [zeros([1, 3])],
  }),
  layerCase({
    name: "SpectralNorm of Linear, evaluated: training holds u and v fixed, which differences do not",
    order: 3,
    build: (making) => new SpectralNorm(new Linear(3, 2, making), { key: making.key }),
    inputs: (making) => [drawn(making, [1, 3])],
    forward: (layer, [x]) => layer.forward(x, { mode: "eval" }),
    bad: () => [zeros([1, 2])],
  }),
  layerCase({
    name: "WeightNorm of Conv2d with one length for all",
    order: 2,
    build: (making) => new WeightNorm(new Conv2d(1, 2, 2, making), { axis: null }),
    inputs: (making) => [drawn(making, [1, 1, 2, 3])],
    bad: () => [zeros([1, 2, 2, 3])],
  }),
  layerCase({
    name: "WeightStandardization of Linear",
    order: 3,
    build: (making) => new WeightStandardization(new Linear(3, 2, making)),
    inputs: (making) => [drawn(making, [1, 3])],
    bad: () => [zeros([1, 2])],
  }),
];

export const normalizationCases: readonly LayerCase[] = [
  ...sampleCases,
  ...batchCases,
  ...weightCases,
];
