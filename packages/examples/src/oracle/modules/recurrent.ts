/** @file The recurrent cells and layers of PyTorch, as they are built and called here. */
import { type DType, Tensor } from "@tapegrad/autograd";
import { GRU, GRUCell, LSTM, LSTMCell, type Module, RNN, RNNCell } from "@tapegrad/nn";
import type { Config, LayerBuilder } from "./layer-case.ts";

type Results =
  | Tensor
  | { readonly output?: Tensor; readonly hidden: Tensor; readonly cell?: Tensor };

interface RecurrentModule extends Module {
  forward(x: Tensor, state: { readonly hidden?: Tensor; readonly cell?: Tensor }): Results;
}

type Options = ReturnType<typeof optionsOf>;

/** @param make the sizes are the first two arguments, as in PyTorch. */
function recurrent(
  make: new (inputSize: number, hiddenSize: number, options: Options) => RecurrentModule,
): LayerBuilder {
  return ({ config }, dtype) => {
    const { input_size, hidden_size } = config;
    const module = new make(Number(input_size), Number(hidden_size), optionsOf(config, dtype));
    const forward: ReturnType<LayerBuilder>["forward"] = ({ x, h, c, h0 = h, c0 = c }) => {
      const results = module.forward(x, { hidden: h0, cell: c0 });
      return results instanceof Tensor ? [results] : Object.values<Tensor>(results);
    };
    return { module, forward };
  };
}

/** Of all of them: a class reads those that it has. */
function optionsOf(config: Config, dtype: DType) {
  const { bias = true, nonlinearity = "tanh", num_layers = 1, proj_size = 0 } = config;
  return {
    dtype,
    bias: bias === true,
    nonlinearity: nonlinearity === "relu" ? "relu" : "tanh",
    numLayers: Number(num_layers),
    batchFirst: config["batch_first"] === true,
    bidirectional: config["bidirectional"] === true,
    dropout: Number(config["dropout"] ?? 0),
    projSize: proj_size === 0 ? undefined : Number(proj_size),
  } as const;
}

export const RECURRENT: Readonly<Record<string, LayerBuilder>> = {
  RNNCell: recurrent(RNNCell),
  GRUCell: recurrent(GRUCell),
  LSTMCell: recurrent(LSTMCell),
  RNN: recurrent(RNN),
  GRU: recurrent(GRU),
  LSTM: recurrent(LSTM),
};
