import { tensor, zeros } from "@tapegrad/autograd";
import {
  MultiheadAttention,
  PositionalEncoding,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../oracles/refusal.ts";

// The messages of attention and of what is built of it: see messages.test.ts.

const x = zeros([5, 3, 4]);
const asActivation = (text: string) => text as "relu";

describe("the messages of MultiheadAttention", () => {
  it("refuses features that cannot be divided among the heads", () => {
    expect(messageOf(() => new MultiheadAttention(4, 3))).toMatchInlineSnapshot(
      `"ValueError: MultiheadAttention: embedDim 4 cannot be divided among 3 heads. Use a multiple of the number of heads."`,
    );
  });

  it("refuses a number of heads that is none", () => {
    expect(messageOf(() => new MultiheadAttention(4, 0))).toMatchInlineSnapshot(
      `"ValueError: MultiheadAttention: numHeads is 0. Use an integer above 0."`,
    );
  });

  it("refuses a rate of dropout that is none", () => {
    expect(messageOf(() => new MultiheadAttention(4, 2, { dropout: -1 }))).toMatchInlineSnapshot(
      `"ValueError: MultiheadAttention: dropout is -1, but it is a probability. Use a number from 0 to 1."`,
    );
  });

  it("refuses keys of another size", () => {
    const layer = new MultiheadAttention(4, 2, { kdim: 3 });

    expect(messageOf(() => layer.forward(x, x, x))).toMatchInlineSnapshot(
      `"ShapeError: MultiheadAttention: query [5, 3, 4], key [5, 3, 4] and value [5, 3, 4] do not fit. Use [L, batch, 4], [S, batch, 3] and [S, batch, 4], or all without the batch."`,
    );
  });

  it("refuses another batch", () => {
    const layer = new MultiheadAttention(4, 2, { batchFirst: true });
    const other = zeros([2, 3, 4]);

    expect(messageOf(() => layer.forward(x, other, other))).toMatchInlineSnapshot(
      `"ShapeError: MultiheadAttention: query [5, 3, 4], key [2, 3, 4] and value [2, 3, 4] do not fit. Use [batch, L, 4], [batch, S, 4] and [batch, S, 4], or all without the batch."`,
    );
  });

  it("refuses a mask of another shape", () => {
    const attnMask = zeros([3, 5, 5]);

    expect(
      messageOf(() => new MultiheadAttention(4, 2).forward(x, x, x, { attnMask })),
    ).toMatchInlineSnapshot(
      `"ShapeError: MultiheadAttention: attnMask has shape [3, 5, 5], but these inputs need [5, 5] or [6, 5, 5]. Make a mask of that shape."`,
    );
  });

  it("refuses a padding of another batch", () => {
    const keyPaddingMask = tensor([[0, 0, 0, 0, 1]], { dtype: "bool" });

    expect(
      messageOf(() => new MultiheadAttention(4, 2).forward(x, x, x, { keyPaddingMask })),
    ).toMatchInlineSnapshot(
      `"ShapeError: MultiheadAttention: keyPaddingMask has shape [1, 5], but these inputs need [3, 5]. Make a mask of that shape."`,
    );
  });

  it("refuses to guess the mode where weights are dropped", () => {
    const layer = new MultiheadAttention(4, 2, { dropout: 0.5 });

    expect(messageOf(() => layer.forward(x, x, x))).toMatchInlineSnapshot(
      `"ValueError: MultiheadAttention: the mode is missing, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });
});

describe("the messages of encoders", () => {
  it("refuse an activation they do not know", () => {
    expect(
      messageOf(() => new TransformerEncoderLayer(4, 2, { activation: asActivation("swish") })),
    ).toMatchInlineSnapshot(
      `"ValueError: TransformerEncoderLayer: activation is "swish". Use "relu", "gelu" or a function of tensors."`,
    );
  });

  it("refuse to guess the mode", () => {
    const layer = new TransformerEncoderLayer(4, 2, { dropout: 0, dimFeedforward: 3 });

    expect(messageOf(() => layer.forward(x))).toMatchInlineSnapshot(
      `"ValueError: Dropout: the mode is missing, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });

  it("refuse a number of layers that is none", () => {
    expect(messageOf(() => new TransformerEncoder(4, 2, 0))).toMatchInlineSnapshot(
      `"ValueError: TransformerEncoder: numLayers is 0. Use an integer above 0."`,
    );
  });
});

describe("the messages of PositionalEncoding", () => {
  it("refuses another number of features", () => {
    const layer = new PositionalEncoding(6, { batchFirst: true });

    expect(messageOf(() => layer.forward(x))).toMatchInlineSnapshot(
      `"ShapeError: PositionalEncoding: the input has shape [5, 3, 4], but the layer takes [batch, time, 6] or [time, 6]. Reshape the input, or make the layer with its number of features."`,
    );
  });

  it("refuses to guess the mode where values are dropped", () => {
    const layer = new PositionalEncoding(4, { dropout: 0.1 });

    expect(messageOf(() => layer.forward(x))).toMatchInlineSnapshot(
      `"ValueError: PositionalEncoding: the mode is missing, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });
});
