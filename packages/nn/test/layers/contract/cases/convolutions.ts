/** @file Cases of convolutions. */
import { zeros } from "@tapegrad/autograd";
import {
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
} from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

export const convolutionCases: readonly LayerCase[] = [
  layerCase({
    name: "Conv1d",
    order: 2,
    build: (making) => new Conv1d(2, 3, 2, { ...making, stride: 2, padding: 1 }),
    inputs: (making) => [drawn(making, [1, 2, 5])],
    bad: () => [zeros([1, 3, 5])],
  }),
  layerCase({
    name: "Conv2d in groups",
    order: 2,
    build: (making) => new Conv2d(2, 4, [1, 2], { ...making, groups: 2, bias: false }),
    inputs: (making) => [drawn(making, [1, 2, 2, 3])],
    bad: () => [zeros([1, 3, 2, 3])],
  }),
  layerCase({
    name: "Conv2d, padded by what is inside",
    order: 2,
    build: (making) => new Conv2d(1, 2, 3, { ...making, padding: 1, paddingMode: "reflect" }),
    inputs: (making) => [drawn(making, [1, 1, 2, 3])],
    bad: () => [zeros([1, 1, 1, 3])],
  }),
  layerCase({
    name: "Conv3d",
    order: 2,
    build: (making) => new Conv3d(1, 2, 2, making),
    inputs: (making) => [drawn(making, [1, 1, 2, 3, 2])],
    bad: () => [zeros([1, 1, 1, 3, 2])],
  }),
  layerCase({
    name: "ConvTranspose1d",
    order: 2,
    build: (making) => new ConvTranspose1d(2, 3, 2, { ...making, stride: 2, outputPadding: 1 }),
    inputs: (making) => [drawn(making, [1, 2, 3])],
    bad: () => [zeros([1, 3, 3])],
  }),
  layerCase({
    name: "ConvTranspose2d",
    order: 2,
    build: (making) => new ConvTranspose2d(2, 4, 2, { ...making, groups: 2, padding: 1 }),
    inputs: (making) => [drawn(making, [1, 2, 2, 3])],
    bad: () => [zeros([1, 3, 2, 3])],
  }),
  layerCase({
    name: "ConvTranspose3d",
    order: 2,
    build: (making) => new ConvTranspose3d(1, 2, 2, making),
    inputs: (making) => [drawn(making, [1, 1, 1, 2, 1])],
    bad: () => [zeros([1, 3, 1, 2, 1])],
  }),
];
