/** @file The normalisation layers of PyTorch, as they are built and called here. */
import { BatchNorm, type Layout } from "@tapegrad/nn";
import type { LayerBuilder } from "./layer-case.ts";

const LAYOUTS: readonly Layout[] = ["NC", "NCL", "NCHW", "NCDHW"];

const batchNorm: LayerBuilder = ({ config }, dtype, { inputs }) => {
  const { num_features, eps = 1e-5, momentum = 0.1 } = config;
  const { affine = true, track_running_stats: tracks = true } = config;
  const layer = new BatchNorm(Number(num_features), {
    epsilon: Number(eps),
    ...(momentum === null ? { average: "cumulative" } : { update: Number(momentum) }),
    scale: affine === true,
    center: affine === true,
    trackRunningStats: tracks === true,
    layout: LAYOUTS[inputs["x"].shape.length - 2],
    dtype,
  });
  return { module: layer, forward: ({ x }, mode) => [layer.forward(x, { mode })] };
};

export const NORMS: Readonly<Record<string, LayerBuilder>> = {
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
  BatchNorm3d: batchNorm,
};
