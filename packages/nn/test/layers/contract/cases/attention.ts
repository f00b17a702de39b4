/** @file Cases of attention and of what is built of it. */
import { splitKey, tensor, zeros } from "@tapegrad/autograd";
import {
  causalMask,
  MultiheadAttention,
  PositionalEncoding,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

export const attentionCases: readonly LayerCase[] = [
  layerCase({
    name: "MultiheadAttention of keys and values of other sizes, masked, with dropout",
    order: 2,
    build: (making) => new MultiheadAttention(4, 2, { ...making, kdim: 3, vdim: 2, dropout: 0.2 }),
    inputs: ({ key, dtype }) => {
      const keys = splitKey(key, 3);
      const shapes = [[2, 1, 4], [3, 1, 3], [3, 1, 2]]; // biome-ignore format: a row
      return shapes.map((shape, i) => drawn({ key: keys[i], dtype }, shape));
    },
    forward: (layer, [query, key, value]) => {
      const keyPaddingMask = tensor([[0, 0, 1]], { dtype: "bool" });
      return layer.forward(query, key, value, { mode: "train", keyPaddingMask });
    },
    bad: () => [zeros([2, 1, 4]), zeros([3, 1, 4]), zeros([3, 1, 2])],
  }),
  layerCase({
    name: "MultiheadAttention to itself, causal",
    order: 2,
    build: (making) => new MultiheadAttention(2, 1, { ...making, batchFirst: true }),
    inputs: (making) => [drawn(making, [1, 3, 2])],
    forward: (layer, [x]) => layer.forward(x, x, x, { attnMask: causalMask(3) }).output,
    bad: () => [zeros([3])],
  }),
  layerCase({
    name: "TransformerEncoderLayer",
    order: 2,
    build: (making) => new TransformerEncoderLayer(4, 2, { ...making, dimFeedforward: 3 }),
    inputs: (making) => [drawn(making, [2, 1, 4])],
    bad: () => [zeros([2, 1, 3])],
  }),
  layerCase({
    name: "TransformerEncoder, normalised first and last",
    order: 1,
    build: (making) =>
      new TransformerEncoder(2, 1, 1, {
        ...making,
        dimFeedforward: 3,
        activation: "gelu",
        normFirst: true,
        finalNorm: true,
      }),
    inputs: (making) => [drawn(making, [3, 2])],
    bad: () => [zeros([3])],
  }),
  layerCase({
    name: "PositionalEncoding with dropout",
    order: 2,
    build: ({ key }) => new PositionalEncoding(3, { key, dropout: 0.3 }),
    inputs: (making) => [drawn(making, [2, 1, 3])],
    bad: () => [zeros([2, 1, 2])],
  }),
];
