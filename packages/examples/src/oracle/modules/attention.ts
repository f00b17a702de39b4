/** @file The attention layers of PyTorch, as they are built and called here. */
import { MultiheadAttention, TransformerEncoderLayer } from "@tapegrad/nn";
import { decodeTensor, isStored } from "../fixtures.ts";
import type { LayerBuilder } from "./layer-case.ts";

const multiheadAttention: LayerBuilder = (example, dtype) => {
  const { embed_dim, num_heads, dropout = 0, bias = true, kdim, vdim } = example.config;
  const optional = (size: unknown): number | undefined => (size == null ? undefined : Number(size));
  const layer = new MultiheadAttention(Number(embed_dim), Number(num_heads), {
    dropout: Number(dropout),
    bias: bias === true,
    kdim: optional(kdim),
    vdim: optional(vdim),
    batchFirst: example.config["batch_first"] === true,
    dtype,
  });
  const maskOf = (name: "attn_mask" | "key_padding_mask") => {
    const mask = (example as Partial<Record<typeof name, unknown>>)[name];
    return isStored(mask) ? decodeTensor(mask) : undefined;
  };
  const masks = { attnMask: maskOf("attn_mask"), keyPaddingMask: maskOf("key_padding_mask") };
  return {
    module: layer,
    forward: ({ x, query = x, key = query, value = key }, mode) => {
      const { output, weights } = layer.forward(query, key, value, { mode, ...masks });
      return weights === null ? [output] : [output, weights];
    },
  };
};

const transformerEncoderLayer: LayerBuilder = ({ config }, dtype) => {
  const { d_model, nhead, dim_feedforward = 2048, dropout = 0.1, layer_norm_eps = 1e-5 } = config;
  const layer = new TransformerEncoderLayer(Number(d_model), Number(nhead), {
    dimFeedforward: Number(dim_feedforward),
    dropout: Number(dropout),
    activation: config["activation"] === "gelu" ? "gelu" : "relu",
    layerNormEpsilon: Number(layer_norm_eps),
    batchFirst: config["batch_first"] === true,
    normFirst: config["norm_first"] === true,
    dtype,
  });
  return { module: layer, forward: ({ x }, mode) => [layer.forward(x, { mode })] };
};

export const ATTENTION: Readonly<Record<string, LayerBuilder>> = {
  MultiheadAttention: multiheadAttention,
  TransformerEncoderLayer: transformerEncoderLayer,
};
