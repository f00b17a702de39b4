import { cast, tensor, zeros } from "@tapegrad/autograd";
import { GRU, GRUCell, LSTM, LSTMCell, type Nonlinearity, RNN, RNNCell } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../oracles/refusal.ts";

// The messages of recurrent cells and layers: see messages.test.ts.

const asNonlinearity = (text: string) => text as Nonlinearity;

describe("the messages of cells", () => {
  it("refuse a size that is none", () => {
    expect(messageOf(() => new GRUCell(3, 0))).toMatchInlineSnapshot(
      `"ValueError: GRUCell: hiddenSize is 0. Use an integer above 0."`,
    );
  });

  it("refuse a dtype that cannot be trained", () => {
    expect(messageOf(() => new LSTMCell(3, 2, { dtype: "int32" }))).toMatchInlineSnapshot(
      `"DTypeError: LSTMCell: dtype is int32, in which nothing can be trained. Use float32 or float64."`,
    );
  });

  it("refuse a nonlinearity they do not know", () => {
    expect(
      messageOf(() => new RNNCell(3, 2, { nonlinearity: asNonlinearity("gelu") })),
    ).toMatchInlineSnapshot(`"ValueError: RNNCell: nonlinearity is "gelu". Use "tanh" or "relu"."`);
  });

  it("refuse a projection that is none", () => {
    expect(messageOf(() => new LSTMCell(3, 2, { projSize: 2 }))).toMatchInlineSnapshot(
      `"ValueError: LSTMCell: projSize is 2 and hiddenSize is 2. Use an integer from 1 to below hiddenSize, or none."`,
    );
  });

  it("refuse another number of features", () => {
    expect(messageOf(() => new GRUCell(3, 2).forward(zeros([4, 2])))).toMatchInlineSnapshot(
      `"ShapeError: GRUCell: the input has shape [4, 2], but the last axis must have length 3. Reshape the input, or use its length as inputSize."`,
    );
  });

  it("refuse a hidden state of another batch", () => {
    expect(
      messageOf(() => new RNNCell(3, 2).forward(zeros([4, 3]), { hidden: zeros([3, 2]) })),
    ).toMatchInlineSnapshot(
      `"ShapeError: RNNCell: hidden has shape [3, 2], but this input goes with a state of shape [4, 2]. Reshape it, or leave it out to start from zeros."`,
    );
  });

  it("refuse a cell state of the size of the projection", () => {
    const cell = new LSTMCell(3, 4, { projSize: 2 });

    expect(
      messageOf(() => cell.forward(zeros([1, 3]), { cell: zeros([1, 2]) })),
    ).toMatchInlineSnapshot(
      `"ShapeError: LSTMCell: cell has shape [1, 2], but this input goes with a state of shape [1, 4]. Reshape it, or leave it out to start from zeros."`,
    );
  });
});

describe("the messages of recurrent layers", () => {
  it("refuse a number of layers that is none", () => {
    expect(messageOf(() => new LSTM(3, 2, { numLayers: 1.5 }))).toMatchInlineSnapshot(
      `"ValueError: LSTM: numLayers is 1.5. Use an integer above 0."`,
    );
  });

  it("refuse a nonlinearity they do not know", () => {
    expect(
      messageOf(() => new RNN(3, 2, { nonlinearity: asNonlinearity("gelu") })),
    ).toMatchInlineSnapshot(`"ValueError: RNN: nonlinearity is "gelu". Use "tanh" or "relu"."`);
  });

  it("refuse a projection that is none", () => {
    expect(messageOf(() => new LSTM(3, 2, { projSize: 0 }))).toMatchInlineSnapshot(
      `"ValueError: LSTM: projSize is 0 and hiddenSize is 2. Use an integer from 1 to below hiddenSize, or none."`,
    );
  });

  it("refuse a rate of dropout that is none", () => {
    expect(messageOf(() => new GRU(3, 2, { dropout: 2 }))).toMatchInlineSnapshot(
      `"ValueError: GRU: dropout is 2, but it is a probability. Use a number from 0 to 1."`,
    );
  });

  it("refuse to guess the mode where values are dropped", () => {
    const layer = new GRU(3, 2, { numLayers: 2, dropout: 0.5 });

    expect(messageOf(() => layer.forward(zeros([5, 2, 3])))).toMatchInlineSnapshot(
      `"ValueError: GRU: the mode is missing, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });

  it("refuse what is no sequence", () => {
    expect(messageOf(() => new GRU(3, 2).forward(zeros([3])))).toMatchInlineSnapshot(
      `"ShapeError: GRU: the input has shape [3], but the layer takes [time, batch, 3] or [time, 3] with at least one step. Reshape the input, or make the layer with its number of features."`,
    );
  });

  it("refuse a sequence without a step", () => {
    expect(
      messageOf(() => new GRU(3, 2, { batchFirst: true }).forward(zeros([4, 0, 3]))),
    ).toMatchInlineSnapshot(
      `"ShapeError: GRU: the input has shape [4, 0, 3], but the layer takes [batch, time, 3] or [time, 3] with at least one step. Reshape the input, or make the layer with its number of features."`,
    );
  });

  it("refuse states for another number of layers", () => {
    expect(
      messageOf(() =>
        new LSTM(3, 2, { numLayers: 2 }).forward(zeros([5, 4, 3]), { cell: zeros([1, 4, 2]) }),
      ),
    ).toMatchInlineSnapshot(
      `"ShapeError: LSTM: cell has shape [1, 4, 2], but this input goes with a state of shape [2, 4, 2]. Reshape it, or leave it out to start from zeros."`,
    );
  });

  it("refuse lengths that are no counts", () => {
    const x = zeros([5, 2, 3]);

    expect(
      messageOf(() => new RNN(3, 2).forward(x, { lengths: cast(tensor([5, 4]), "float32") })),
    ).toMatchInlineSnapshot(
      `"DTypeError: RNN: lengths is float32, but lengths are counts. Convert first: \`cast(lengths, "int32")\`."`,
    );
  });

  it("refuse lengths of another batch", () => {
    const lengths = tensor([5, 4, 3], { dtype: "int32" });

    expect(
      messageOf(() => new RNN(3, 2).forward(zeros([5, 2, 3]), { lengths })),
    ).toMatchInlineSnapshot(
      `"ShapeError: RNN: lengths has shape [3], but the batch has 2 sequences. Pass one length for each, of shape [2]."`,
    );
  });
});
