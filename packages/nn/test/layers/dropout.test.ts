import {
  checkpoint,
  compile,
  grad,
  normal,
  ones,
  randomKey,
  type Tensor,
  tensor,
  transaction,
  vjp,
} from "@tapegrad/autograd";
import {
  AlphaDropout,
  alphaDropout,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  dropout,
} from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

const TRAIN = { mode: "train" } as const;
const key = randomKey(7);
const numbers = (x: Tensor): readonly number[] => [...x.toTypedArray()];
const meanOf = (x: Tensor): number => numbers(x).reduce((sum, value) => sum + value, 0) / x.size;

describe("dropout", () => {
  it("gives 0 or what keeps the mean, for every key and rate", () => {
    const rates = fc.double({ min: 0, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(fc.integer(), rates, (seed, rate) => {
        const found = numbers(dropout(ones([6]), { rate, key: randomKey(seed) }));

        for (const value of found) expect([0, Math.fround(1 / (1 - rate))]).toContain(value);
      }),
    );
  });

  it("drops as often as the rate says", () => {
    const found = numbers(dropout(ones([20_000]), { rate: 0.3, key }));
    const dropped = found.filter((value) => value === 0).length;

    // five standard deviations of a binomial distribution
    expect(Math.abs(dropped - 6000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.3 * 0.7));
  });

  it("drops nothing at rate 0 and all at rate 1, the derivative too", () => {
    const x = tensor([1, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(numbers(dropout(x, { rate: 0, key }))).toEqual([1, Number.NaN, Infinity]);

    const { output, pullback } = vjp((x: Tensor) => dropout(x, { rate: 1, key }), x);

    expect(numbers(output)).toEqual([0, 0, 0]);
    expect(numbers(pullback(tensor([1, 2, 3]))[0])).toEqual([0, 0, 0]);
  });

  it("drops and scales cotangents as it does values", () => {
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8]);
    const { output, pullback } = vjp((x: Tensor) => dropout(x, { rate: 0.5, key }), x);
    const scales = numbers(output).map((y, i) => y / (i + 1));

    const [xBar] = pullback(tensor([3, 1, 4, 1, 5, 9, 2, 6]));

    expect(new Set(scales)).toEqual(new Set([0, 2]));
    expect(numbers(xBar)).toEqual([3, 1, 4, 1, 5, 9, 2, 6].map((c, i) => c * (scales[i] ?? 0)));
  });
});

describe("Dropout", () => {
  it("passes x on in mode eval, and draws nothing", () => {
    const layer = new Dropout(0.5, { key });
    const x = ones([4]);

    expect(layer.forward(x, { mode: "eval" })).toBe(x);
    expect(layer.random.value.toArray()).toEqual(key.toArray());
  });

  it("drops other values at every call, and the same ones again from the same key", () => {
    const [layer, twin] = [new Dropout(0.5, { key }), new Dropout(0.5, { key })];
    const draws = [1, 2].map(() => layer.forward(ones([64]), TRAIN).toArray());

    expect(draws[0]).not.toEqual(draws[1]);
    expect([1, 2].map(() => twin.forward(ones([64]), TRAIN).toArray())).toEqual(draws);
  });

  it("draws what a step that was rejected drew", () => {
    const layer = new Dropout(0.5, { key });
    let rejected: unknown;
    const step = (): void => {
      rejected = layer.forward(ones([64]), TRAIN).toArray();
      throw new Error("rejected");
    };

    expect(() => transaction(step)).toThrow("rejected");

    expect(layer.forward(ones([64]), TRAIN).toArray()).toEqual(rejected);
  });

  it("draws the same compiled as eager, and other values in the next step", () => {
    const [eager, compiled] = [new Dropout(0.5, { key }), new Dropout(0.5, { key })];
    const step = compile((x: Tensor) => compiled.forward(x, TRAIN));

    const steps = [1, 2, 3].map(() => step(ones([32])).toArray());

    expect(steps).toEqual([1, 2, 3].map(() => eager.forward(ones([32]), TRAIN).toArray()));
    expect(steps[0]).not.toEqual(steps[1]);
  });

  it("drops the same when a checkpoint computes it again", () => {
    const resultsOf = (wrap: (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor): unknown => {
      const layer = new Dropout(0.5, { key });
      const f = wrap((x) => layer.forward(x.mul(x), TRAIN));
      const gradient = grad((x: Tensor) => f(x).sum())(ones([32]));
      return [gradient.toArray(), layer.random.value.toArray()];
    };

    expect(resultsOf(checkpoint)).toEqual(resultsOf((f) => f));
  });

  it("has no state but the random one, which is in no state dict", () => {
    const layer = new Dropout();

    expect([...layer.variables().keys()]).toEqual(["random"]);
    expect(layer.stateDict()).toEqual({});
  });
});

describe("dropout of channels", () => {
  it.each([
    ["Dropout1d", new Dropout1d(0.5, { key }), [32, 2, 5]],
    ["Dropout2d", new Dropout2d(0.5, { key }), [32, 2, 2, 3]],
    ["Dropout3d", new Dropout3d(0.5, { key }), [32, 2, 2, 2, 2]],
    ["Dropout2d without examples", new Dropout2d(0.5, { key }), [64, 2, 3]],
  ] as const)("%s drops whole channels, each by itself", (_, layer, shape) => {
    const channels = layer.forward(ones(shape), TRAIN).reshape([64, -1]);
    const rows = (channels.toArray() as number[][]).map((row) => [...new Set(row)]);

    expect(rows.every((row) => row.length === 1)).toBe(true);
    expect(new Set(rows.flat())).toEqual(new Set([0, 2]));
  });
});

describe("AlphaDropout", () => {
  it("keeps mean 0 and variance 1", () => {
    const x = normal(randomKey(1), [40_000], { dtype: "float64" });

    const y = new AlphaDropout(0.2, { key }).forward(x, TRAIN);

    // five standard deviations of either
    expect(Math.abs(meanOf(y))).toBeLessThan(0.025);
    expect(Math.abs(meanOf(y.mul(y)) - 1)).toBeLessThan(0.05);
  });

  it("replaces by what SELU tends to, and moves and scales all values alike", () => {
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], { dtype: "float64" });
    const [a, low] = [
      1 / Math.sqrt(0.5 * (1 + 0.5 * 1.7580993408473766 ** 2)),
      -1.7580993408473766,
    ];

    const y = numbers(alphaDropout(x, { rate: 0.5, key }));

    const kept = numbers(dropout(ones([8]), { rate: 0.5, key })).map((value) => value > 0);
    const expected = kept.map((isKept, i) => a * ((isKept ? i + 1 : low) - 0.5 * low));
    expectCloseToArray(y, expected, { absolute: 1e-14 });
  });

  it("is 0 at rate 1", () => {
    expect(new AlphaDropout(1).forward(ones([2]), TRAIN).toArray()).toEqual([0, 0]);
  });
});
