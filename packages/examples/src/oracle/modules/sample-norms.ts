/** @file The layers of PyTorch that normalise each sample by itself, as they are built and called here. */
import { GroupNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, LayerNorm } from "@tapegrad/nn";
import type { LayerBuilder } from "./layer-case.ts";

const layerNorm: LayerBuilder = ({ config }, dtype) => {
  const { normalized_shape: shape, eps = 1e-5, elementwise_affine = true, bias = true } = config;
  const layer = new LayerNorm(Array.isArray(shape) ? shape.map(Number) : Number(shape), {
    epsilon: Number(eps),
    elementwiseAffine: elementwise_affine === true,
    bias: bias === true,
    dtype,
  });
  return { module: layer, forward: ({ x }) => [layer.forward(x)] };
};

const groupNorm: LayerBuilder = ({ config }, dtype) => {
  const { num_groups, num_channels, eps = 1e-5, affine = true } = config;
  const options = { epsilon: Number(eps), affine: affine === true, dtype };
  const layer = new GroupNorm(Number(num_groups), Number(num_channels), options);
  return { module: layer, forward: ({ x }) => [layer.forward(x)] };
};

const instanceNorm =
  (Layer: typeof InstanceNorm1d): LayerBuilder =>
  ({ config }, dtype) => {
    const { num_features, eps = 1e-5, momentum = 0.1 } = config;
    const layer = new Layer(Number(num_features), {
      epsilon: Number(eps),
      // null: PyTorch's instance norm has no cumulative average, and then updates nothing
      update: Number(momentum ?? 0),
      affine: config["affine"] === true,
      trackRunningStats: config["track_running_stats"] === true,
      dtype,
    });
    return { module: layer, forward: ({ x }, mode) => [layer.forward(x, { mode })] };
  };

export const SAMPLE_NORMS: Readonly<Record<string, LayerBuilder>> = {
  LayerNorm: layerNorm,
  GroupNorm: groupNorm,
  InstanceNorm1d: instanceNorm(InstanceNorm1d),
  InstanceNorm2d: instanceNorm(InstanceNorm2d),
  InstanceNorm3d: instanceNorm(InstanceNorm3d),
};
