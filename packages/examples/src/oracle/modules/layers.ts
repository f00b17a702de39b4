/** @file The layers of PyTorch that neither normalise nor keep a memory, as they are built and called here. */
import type { DType } from "@tapegrad/autograd";
import * as nn from "@tapegrad/nn";
import type { Config, LayerBuilder } from "./layer-case.ts";

/** What a config holds besides `positional` arguments: options have PyTorch's names in camelCase, and null is left out. */
function optionsOf(config: Config, positional: readonly string[]): Readonly<Record<string, never>> {
  const entries = Object.entries(config).filter(([name, value]) => {
    return !positional.includes(name) && value !== null;
  });
  return Object.fromEntries(
    entries.map(([name, value]) => [nn.fromTorchName(name), value as never]),
  );
}

/** A layer of one input, which is the only one of a step. */
function single(make: (config: Config, dtype: DType) => nn.Layer): LayerBuilder {
  return ({ config }, dtype) => {
    const module = make(config, dtype);
    return {
      module,
      forward: (inputs, mode) => Object.values(inputs).map((x) => module.forward(x, { mode })),
    };
  };
}

/** All convolutions: numbers of channels, the size of the kernel, options. */
function convolution(
  Layer: new (
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly number[],
    options: nn.WeightOptions,
  ) => nn.Layer,
): LayerBuilder {
  const positional = ["in_channels", "out_channels", "kernel_size"] as const;
  return single((config, dtype) => {
    const [inChannels, outChannels, kernelSize] = positional.map((name) => config[name] as never);
    return new Layer(inChannels, outChannels, kernelSize, {
      ...optionsOf(config, positional),
      dtype,
    });
  });
}

const linear = single((config, dtype) => {
  const { in_features, out_features } = config;
  const options = optionsOf(config, ["in_features", "out_features"]);
  return new nn.Linear(Number(in_features), Number(out_features), { ...options, dtype });
});

const bilinear: LayerBuilder = ({ config }, dtype) => {
  const positional = ["in1_features", "in2_features", "out_features"] as const;
  const [in1, in2, out] = positional.map((name) => Number(config[name]));
  const module = new nn.Bilinear(in1, in2, out, { ...optionsOf(config, positional), dtype });
  return { module, forward: ({ x1, x2 }) => [module.forward(x1, x2)] };
};

const prelu = single(({ num_parameters = 1, init = 0.25 }, dtype) => {
  return new nn.PReLU(Number(num_parameters), { init: Number(init), dtype });
});

const embedding = single((config, dtype) => {
  const { num_embeddings, embedding_dim } = config;
  const options = optionsOf(config, ["num_embeddings", "embedding_dim"]);
  return new nn.Embedding(Number(num_embeddings), Number(embedding_dim), { ...options, dtype });
});

export const LAYERS: Readonly<Record<string, LayerBuilder>> = {
  Linear: linear,
  Bilinear: bilinear,
  Conv1d: convolution(nn.Conv1d),
  Conv2d: convolution(nn.Conv2d),
  Conv3d: convolution(nn.Conv3d),
  ConvTranspose1d: convolution(nn.ConvTranspose1d),
  ConvTranspose2d: convolution(nn.ConvTranspose2d),
  ConvTranspose3d: convolution(nn.ConvTranspose3d),
  PReLU: prelu,
  Embedding: embedding,
};
