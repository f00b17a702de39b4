/** @file Cases of dropout, in mode "train": the numbers that are drawn are the same at every call. */
import { zeros } from "@tapegrad/autograd";
import { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d } from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

/** Small: hardly any seed drops everything, which would leave a gradient of 0. */
const RATE = 0.1;

export const dropoutCases: readonly LayerCase[] = [
  layerCase({
    name: "Dropout",
    order: 2,
    build: ({ key }) => new Dropout(RATE, { key }),
    inputs: (making) => [drawn(making, [12])],
    bad: null,
  }),
  layerCase({
    name: "Dropout1d",
    order: 2,
    build: ({ key }) => new Dropout1d(RATE, { key }),
    inputs: (making) => [drawn(making, [3, 4, 2])],
    bad: () => [zeros([])],
  }),
  layerCase({
    name: "Dropout2d",
    order: 2,
    build: ({ key }) => new Dropout2d(RATE, { key }),
    inputs: (making) => [drawn(making, [3, 4, 1, 2])],
    bad: () => [zeros([2])],
  }),
  layerCase({
    name: "Dropout3d",
    order: 2,
    build: ({ key }) => new Dropout3d(RATE, { key }),
    inputs: (making) => [drawn(making, [3, 4, 1, 1, 2])],
    bad: () => [zeros([2, 3])],
  }),
  layerCase({
    name: "AlphaDropout",
    order: 2,
    build: ({ key }) => new AlphaDropout(RATE, { key }),
    inputs: (making) => [drawn(making, [12])],
    bad: null,
  }),
];
