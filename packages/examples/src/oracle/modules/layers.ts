/** @file The other layers of PyTorch, as they are built and called here. */
import { Linear } from "@tapegrad/nn";
import type { LayerBuilder } from "./layer-case.ts";

const linear: LayerBuilder = ({ config }, dtype) => {
  const { in_features, out_features, bias = true } = config;
  const layer = new Linear(Number(in_features), Number(out_features), {
    bias: bias === true,
    dtype,
  });
  return { module: layer, forward: ({ x }) => [layer.forward(x)] };
};

export const LAYERS: Readonly<Record<string, LayerBuilder>> = { Linear: linear };
