/** @file The normalisation layers of PyTorch, as they are built and called here. */
import { BatchNorm, type Layout } from "@tapegrad/nn";
import type { LayerBuilder } from "./layer-case.ts";

const LAYOUTS: readonly Layout[] = ["NC", "NCL", "NCHW"];

const batchNorm: LayerBuilder = ({ config }, dtype, { inputs }) => {
  const layer = new BatchNorm(Number(config["num_features"]), {
    epsilon: Number(config["eps"]),
    update: Number(config["momentum"]),
    layout: LAYOUTS[inputs["x"].shape.length - 2],
    dtype,
  });
  return { module: layer, forward: ({ x }, mode) => [layer.forward(x, { mode })] };
};

export const NORMS: Readonly<Record<string, LayerBuilder>> = {
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
};
