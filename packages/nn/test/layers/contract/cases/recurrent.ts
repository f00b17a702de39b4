/** @file Cases of recurrent cells and layers. */
import { splitKey, tensor, zeros } from "@tapegrad/autograd";
import { GRU, GRUCell, LSTM, LSTMCell, RNN, RNNCell } from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase, type Making } from "../layer-case.ts";

/** Tensors of these shapes, from a key each. */
function drawnAll({ key, dtype }: Making, ...shapes: readonly (readonly number[])[]) {
  const keys = splitKey(key, shapes.length);
  return shapes.map((shape, i) => drawn({ key: keys[i], dtype }, shape));
}

const bad = () => [zeros([2, 4, 5])];

export const recurrentCases: readonly LayerCase[] = [
  layerCase({
    name: "RNNCell",
    order: 2,
    build: (making) => new RNNCell(3, 2, making),
    inputs: (making) => drawnAll(making, [1, 3], [1, 2]),
    forward: (cell, [x, hidden]) => cell.forward(x, { hidden }),
    bad,
  }),
  layerCase({
    name: "LSTMCell with a projection",
    order: 2,
    build: (making) => new LSTMCell(2, 3, { ...making, projSize: 2 }),
    inputs: (making) => drawnAll(making, [2], [2], [3]),
    forward: (lstm, [x, hidden, cell]) => lstm.forward(x, { hidden, cell }),
    bad,
  }),
  layerCase({
    name: "GRUCell",
    order: 2,
    build: (making) => new GRUCell(3, 2, making),
    inputs: (making) => drawnAll(making, [1, 3], [1, 2]),
    forward: (cell, [x, hidden]) => cell.forward(x, { hidden }),
    bad,
  }),
  layerCase({
    name: "RNN of two layers, in one node of the tape, with dropout",
    order: 2,
    build: (making) =>
      new RNN(2, 3, { ...making, numLayers: 2, nonlinearity: "relu", unroll: false }),
    inputs: (making) => drawnAll(making, [2, 1, 2], [2, 1, 3]),
    forward: (layer, [x, hidden]) => layer.forward(x, { hidden, mode: "train" }),
    bad,
  }),
  layerCase({
    name: "LSTM in both directions",
    order: 2,
    build: (making) =>
      new LSTM(2, 3, { ...making, bidirectional: true, batchFirst: true, bias: false }),
    inputs: (making) => drawnAll(making, [1, 2, 2], [2, 1, 3], [2, 1, 3]),
    forward: (layer, [x, hidden, cell]) => layer.forward(x, { hidden, cell }),
    bad,
  }),
  layerCase({
    name: "GRU of sequences of different lengths",
    order: 2,
    build: (making) => new GRU(3, 2, { ...making, bidirectional: true }),
    inputs: (making) => [drawn(making, [2, 2, 3]), tensor([2, 1], { dtype: "int32" })],
    forward: (layer, [x, lengths]) => layer.forward(x, { lengths }),
    bad: () => [zeros([2, 2, 3]), tensor([2, 1, 2], { dtype: "int32" })],
  }),
];
