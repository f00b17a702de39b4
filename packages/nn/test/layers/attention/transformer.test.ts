/** Encoders, and the positions that they are told. */
import { compile, normal, randomKey, record, splitKey, type Tensor } from "@tapegrad/autograd";
import {
  causalMask,
  PositionalEncoding,
  SGD,
  sinusoidalEncoding,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../../oracles/close-to-array.ts";

const FLOAT64 = { dtype: "float64" } as const;
const [xKey, modelKey] = splitKey(randomKey(6));
const x = normal(xKey, [4, 2, 6], FLOAT64);
const SMALL = { ...FLOAT64, key: modelKey, dimFeedforward: 5, dropout: 0 } as const;
const EVAL = { mode: "eval" } as const;

/** Sums are taken in another order. */
const CLOSE = { relativeToLargest: 1e-13 } as const;

/** The same positions in another order. */
const mixed = (y: Tensor): Tensor => y.at([2, 0, 3, 1]).get();

describe("TransformerEncoder", () => {
  it("does not know positions: in another order it gives the same in that order", () => {
    const model = new TransformerEncoder(6, 3, 2, { ...SMALL, normFirst: true, finalNorm: true });

    expectCloseToArray(model.forward(mixed(x), EVAL), mixed(model.forward(x, EVAL)), CLOSE);
  });

  it("knows them through an encoding, or a causal mask", () => {
    const model = new TransformerEncoder(6, 3, 1, SMALL);
    const encoding = new PositionalEncoding(6);
    const options = { ...EVAL, attnMask: causalMask(4) };

    const differs = (f: (y: Tensor) => Tensor): boolean =>
      f(mixed(x))
        .sub(mixed(f(x)))
        .abs()
        .max()
        .item() > 1e-3;

    expect(differs((y) => model.forward(y, EVAL))).toBe(false);
    expect(differs((y) => model.forward(encoding.forward(y), EVAL))).toBe(true);
    expect(differs((y) => model.forward(y, options))).toBe(true);
  });

  it("has layers with values of their own, under PyTorch's names", () => {
    const model = new TransformerEncoder(2, 1, 2, { ...SMALL, finalNorm: true });
    const state = model.stateDict();

    expect(
      Object.keys(state).filter((name) => name.startsWith("layers.1") || name.startsWith("norm")),
    ).toEqual([
      "layers.1.selfAttn.inProjWeight",
      "layers.1.selfAttn.inProjBias",
      "layers.1.selfAttn.outProj.weight",
      "layers.1.selfAttn.outProj.bias",
      "layers.1.linear1.weight",
      "layers.1.linear1.bias",
      "layers.1.linear2.weight",
      "layers.1.linear2.bias",
      "layers.1.norm1.weight",
      "layers.1.norm1.bias",
      "layers.1.norm2.weight",
      "layers.1.norm2.bias",
      "norm.weight",
      "norm.bias",
    ]);
    expect(state["layers.0.linear1.weight"].toArray()).not.toEqual(
      state["layers.1.linear1.weight"].toArray(),
    );
  });

  it("is trained in a compiled step, with dropout", () => {
    const model = new TransformerEncoder(6, 2, 1, { key: modelKey, dimFeedforward: 8 });
    const optimizer = new SGD(model.parameters(), { learningRate: 0.05 });
    const input = normal(xKey, [4, 2, 6]);
    const step = compile((y: Tensor) => {
      const tape = record(() => model.forward(y, { mode: "train" }).sub(y).square().mean());
      optimizer.step(tape.gradient(model.parameters()));
      return tape.output;
    });

    const losses = Array.from({ length: 30 }, () => step(input).item());

    expect(losses[29]).toBeLessThan(losses[0] * 0.7);
  });
});

describe("TransformerEncoderLayer", () => {
  it("takes any function as its activation", () => {
    const [named, given] = ["relu" as const, (y: Tensor) => y.relu()].map((activation) => {
      return new TransformerEncoderLayer(6, 2, { ...SMALL, activation });
    });

    expectCloseToArray(given.forward(x, EVAL), named.forward(x, EVAL), CLOSE);
  });
});

describe("sinusoidalEncoding", () => {
  it("has sines and cosines of ever longer waves", () => {
    const encoding = sinusoidalEncoding(3, 5, FLOAT64);

    const expected = [0, 1, 2].flatMap((t) => [
      Math.sin(t),
      Math.cos(t),
      Math.sin(t / 10_000 ** (2 / 5)),
      Math.cos(t / 10_000 ** (2 / 5)),
      Math.sin(t / 10_000 ** (4 / 5)),
    ]);
    expectCloseToArray(encoding.toTypedArray(), expected, CLOSE);
    expect(encoding.shape).toEqual([3, 5]);
  });

  it("is accurate at late positions in float32: angles are computed in float64", () => {
    const last = sinusoidalEncoding(10_000, 2).at(9999).get();

    expectCloseToArray(last.toTypedArray(), [Math.sin(9999), Math.cos(9999)], { absolute: 1e-7 });
  });
});

describe("PositionalEncoding", () => {
  it("adds the same positions whatever the layout", () => {
    const swapped = x.transpose([1, 0, 2]);

    const found = new PositionalEncoding(6, { batchFirst: true }).forward(swapped);

    expectCloseToArray(found.transpose([1, 0, 2]), new PositionalEncoding(6).forward(x), CLOSE);
    expectCloseToArray(found.sub(swapped).at(1).get(), sinusoidalEncoding(4, 6, FLOAT64), {
      absolute: 1e-15 * 8,
    });
  });

  it("drops values in mode train only", () => {
    const layer = new PositionalEncoding(6, { dropout: 0.5 });
    const zeros = (mode: "train" | "eval"): number =>
      Array.from(layer.forward(x, { mode }).toTypedArray()).filter((v) => v === 0).length;

    expect(zeros("train")).toBeGreaterThan(10);
    expect(zeros("eval")).toBe(0);
  });
});
