/** Recurrent layers: their cells one step after another, sequences of different lengths, and names of state. */
import {
  compile,
  flip,
  narrow,
  normal,
  randomKey,
  select,
  splitKey,
  stack,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { GRU, LSTM, LSTMCell, RNN, RNNCell } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../../oracles/close-to-array.ts";

const FLOAT64 = { dtype: "float64" } as const;
const [xKey, stateKey, modelKey] = splitKey(randomKey(3), 3);
const [TIME, BATCH, FEATURES, HIDDEN] = [4, 3, 2, 3];
const x = normal(xKey, [TIME, BATCH, FEATURES], FLOAT64);

/** Sums are taken in another order. */
const CLOSE = { relativeToLargest: 1e-13 } as const;

describe("RNN", () => {
  it("is its cell, one step after another", () => {
    const layer = new RNN(FEATURES, HIDDEN, { ...FLOAT64, key: modelKey });
    const cell = new RNNCell(FEATURES, HIDDEN, FLOAT64);
    const state = Object.entries(layer.stateDict());
    cell.loadStateDict(Object.fromEntries(state.map(([k, v]) => [k.replace("L0", ""), v])));

    const { output, hidden } = layer.forward(x);

    let expected: Tensor | undefined;
    for (let t = 0; t < TIME; t++) {
      expected = cell.forward(select(x, t), { hidden: expected });
      expectCloseToArray(select(output, t), expected, CLOSE);
      if (t === TIME - 1) expectCloseToArray(select(hidden, 0), expected, CLOSE);
    }
  });

  it("has a second direction that sees the sequence from its end", () => {
    const layer = new RNN(FEATURES, HIDDEN, { ...FLOAT64, key: modelKey, bidirectional: true });
    const backward = new RNN(FEATURES, HIDDEN, FLOAT64);
    const own = Object.entries(layer.stateDict()).filter(([name]) => name.endsWith("Reverse"));
    backward.loadStateDict(Object.fromEntries(own.map(([k, v]) => [k.replace("Reverse", ""), v])));

    const { output, hidden } = layer.forward(x);

    const expected = backward.forward(flip(x, { axes: 0 }));
    const second = narrow(output, { axis: 2, start: HIDDEN, length: HIDDEN });
    expectCloseToArray(second, flip(expected.output, { axes: 0 }), CLOSE);
    expectCloseToArray(select(hidden, 1), select(expected.hidden, 0), CLOSE);
  });
});

describe("LSTM", () => {
  it("feeds the output of a layer to the next one", () => {
    const options = { ...FLOAT64, key: modelKey, projSize: 2 };
    const model = new LSTM(FEATURES, HIDDEN, { ...options, numLayers: 2 });
    const state = Object.entries(model.stateDict());
    const layers = [0, 1].map((k) => {
      const layer = new LSTM(FEATURES, HIDDEN, options);
      const own = state.filter(([name]) => name.endsWith(`L${k}`));
      layer.loadStateDict(
        Object.fromEntries(own.map(([name, v]) => [name.replace("L1", "L0"), v])),
      );
      return layer;
    });
    const hidden = normal(stateKey, [2, BATCH, 2], FLOAT64);

    const found = model.forward(x, { hidden });

    const first = layers[0].forward(x, { hidden: narrow(hidden, { start: 0, length: 1 }) });
    const second = layers[1].forward(first.output, {
      hidden: narrow(hidden, { start: 1, length: 1 }),
    });
    expectCloseToArray(found.output, second.output, CLOSE);
    expectCloseToArray(select(found.cell, 0), select(first.cell, 0), CLOSE);
    expectCloseToArray(select(found.cell, 1), select(second.cell, 0), CLOSE);
  });

  it("takes a sequence without a batch, and one with the batch first", () => {
    const options = { ...FLOAT64, key: modelKey, bidirectional: true };
    const [plain, first] = [false, true].map((batchFirst) => {
      return new LSTM(FEATURES, HIDDEN, { ...options, batchFirst });
    });
    const one = select(x, 1, { axis: 1 });

    const expected = plain.forward(x);
    const [alone, swapped] = [plain.forward(one), first.forward(x.transpose([1, 0, 2]))];

    expectCloseToArray(alone.output, select(expected.output, 1, { axis: 1 }), CLOSE);
    expectCloseToArray(alone.cell, select(expected.cell, 1, { axis: 1 }), CLOSE);
    expectCloseToArray(swapped.output, expected.output.transpose([1, 0, 2]), CLOSE);
    expectCloseToArray(swapped.hidden, expected.hidden, CLOSE);
  });

  it("names its state as PyTorch does, in camelCase", () => {
    const layer = new LSTM(2, 3, { numLayers: 2, bidirectional: true, projSize: 1 });

    expect(Object.entries(layer.stateDict()).map(([k, v]) => `${k} ${v.shape.join()}`)).toEqual([
      "weightIhL0 12,2", "weightHhL0 12,1", "biasIhL0 12", "biasHhL0 12", "weightHrL0 1,3",
      "weightIhL0Reverse 12,2", "weightHhL0Reverse 12,1", "biasIhL0Reverse 12", "biasHhL0Reverse 12", "weightHrL0Reverse 1,3",
      "weightIhL1 12,2", "weightHhL1 12,1", "biasIhL1 12", "biasHhL1 12", "weightHrL1 1,3",
      "weightIhL1Reverse 12,2", "weightHhL1Reverse 12,1", "biasIhL1Reverse 12", "biasHhL1Reverse 12", "weightHrL1Reverse 1,3",
    ]); // biome-ignore format: a table
  });

  it("draws initial values within ±1/√hiddenSize", () => {
    const cell = new LSTMCell(30, 16, { key: modelKey });

    for (const { value } of cell.parameters()) {
      const numbers = Array.from(value.toTypedArray());
      expect(Math.max(...numbers)).toBeLessThan(1 / 4);
      expect(Math.max(...numbers)).toBeGreaterThan(0.8 / 4);
      expect(Math.min(...numbers)).toBeLessThan(-0.8 / 4);
    }
  });
});

describe("dropout between layers", () => {
  const options = { ...FLOAT64, key: modelKey, numLayers: 2 } as const;
  const dropping = () => new GRU(FEATURES, HIDDEN, { ...options, dropout: 0.5 });

  it("draws anew in mode train, and the same from the same key", () => {
    const [layer, same] = [dropping(), dropping()];
    const first = layer.forward(x, { mode: "train" }).output;
    const second = layer.forward(x, { mode: "train" }).output;

    expect(second.toArray()).not.toEqual(first.toArray());
    expect(same.forward(x, { mode: "train" }).output.toArray()).toEqual(first.toArray());
  });

  it("is absent in mode eval, and needs no mode with one layer", () => {
    const found = dropping().forward(x, { mode: "eval" }).output;

    expectCloseToArray(found, new GRU(FEATURES, HIDDEN, options).forward(x).output, CLOSE);
    expect(new GRU(FEATURES, HIDDEN, { dropout: 0.5 }).forward(x).hidden.shape).toEqual([
      1,
      BATCH,
      HIDDEN,
    ]);
  });
});

describe("sequences of different lengths", () => {
  const problems = fc.record({
    lengths: fc.array(fc.integer({ min: 1, max: TIME }), { minLength: BATCH, maxLength: BATCH }),
    bidirectional: fc.boolean(),
    unroll: fc.boolean(),
  });

  it("give each what it gives alone, and 0 behind its end", () => {
    fc.assert(
      fc.property(problems, ({ lengths, ...options }) => {
        const layer = new GRU(FEATURES, HIDDEN, { ...FLOAT64, key: modelKey, ...options });

        const found = layer.forward(x, { lengths: tensor(lengths, { dtype: "int32" }) });

        lengths.forEach((length, i) => {
          const own = narrow(select(x, i, { axis: 1 }), { start: 0, length });
          const expected = layer.forward(own);
          const output = select(found.output, i, { axis: 1 });
          expectCloseToArray(narrow(output, { start: 0, length }), expected.output, CLOSE);
          expectCloseToArray(select(found.hidden, i, { axis: 1 }), expected.hidden, CLOSE);
          const rest = narrow(output, { start: length, length: TIME - length });
          expect(Array.from(rest.toTypedArray()).every((value) => value === 0)).toBe(true);
        });
      }),
      { numRuns: 5 },
    );
  });

  it("may be an argument of a compiled function", () => {
    const layer = new GRU(FEATURES, HIDDEN, { ...FLOAT64, key: modelKey });
    const f = (x: Tensor, lengths: Tensor): Tensor => layer.forward(x, { lengths }).output;
    const program = compile(f);

    for (const lengths of [
      [4, 1, 2],
      [1, 3, 4],
    ]) {
      const given = tensor(lengths, { dtype: "int32" });
      expectCloseToArray(program(x, given), f(x, given), CLOSE);
    }
  });
});

describe("a loop of one node", () => {
  it("computes what the unrolled one does, and is taken for long sequences", () => {
    const [unrolled, node, chosen] = [true, false, undefined].map((unroll) => {
      return new LSTM(1, 2, { ...FLOAT64, key: modelKey, unroll });
    });
    const long = stack(Array.from({ length: 40 }, (_, i) => tensor([[Math.sin(i)]], FLOAT64)));

    const [expected, ...found] = [unrolled, node, chosen].map((layer) => layer.forward(long));

    for (const { output, hidden, cell } of found) {
      expectCloseToArray(output, expected.output, CLOSE);
      expectCloseToArray(hidden, expected.hidden, CLOSE);
      expectCloseToArray(cell, expected.cell, CLOSE);
    }
  });
});
