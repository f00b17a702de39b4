import { mul, randomKey, record, sum, type Tensor, tensor, vjp } from "@tapegrad/autograd";
import { Linear } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCloseToArray, largestOf } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import {
  pytorchCases,
  type StoredState,
  type StoredTensor,
  stored,
  storedState,
} from "../oracles/pytorch.ts";

/** y = (x₀ + 2 x₁ + 10, 3 x₀ + 4 x₁ + 20, 5 x₀ + 6 x₁ + 30) */
function example(): Linear {
  const layer = new Linear(2, 3, { dtype: "float64" });
  const weight = float64([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  layer.loadStateDict({ weight, bias: float64([10, 20, 30]) });
  return layer;
}

const x = float64([
  [1, 0],
  [0.5, -1],
]);
const cotangent = float64([
  [1, 0, 2],
  [-1, 1, 0],
]);

describe("Linear", () => {
  it("computes x Wᵀ + b with weight [outFeatures, inFeatures]", () => {
    const layer = example();

    const y = layer.forward(x);

    expect(layer.weight.aval.shape).toEqual([3, 2]);
    expect(y.toArray()).toEqual([
      [11, 23, 35],
      [8.5, 17.5, 26.5],
    ]);
  });

  it("pulls back ȳ W into x, ȳᵀ x into the weight and Σ ȳ into the bias", () => {
    const layer = example();
    const tape = record((u: Tensor) => layer.forward(u), x);
    const { weight, bias } = layer;
    if (bias === null) throw new Error("this layer has a bias");

    const [u] = tape.inputs;
    const gradients = tape.gradient([u, weight, bias], { cotangent });

    const [xBar, weightBar, biasBar] = gradients.map((bar) => bar.toArray());
    expect(xBar).toEqual([
      [11, 14],
      [2, 2],
    ]);
    expect(weightBar).toEqual([
      [0.5, 1],
      [0.5, -1],
      [2, 0],
    ]);
    expect(biasBar).toEqual([0, 1, 2]);
  });

  it("has the same gradient by x from vjp as from the tape", () => {
    const { pullback } = vjp((u: Tensor) => example().forward(u), x);

    const [xBar] = pullback(cotangent);

    expect(xBar.toArray()).toEqual([
      [11, 14],
      [2, 2],
    ]);
  });

  it("has no bias where none is wanted", () => {
    const layer = new Linear(2, 3, { bias: false });

    expect(layer.bias).toBeNull();
    expect(Object.keys(layer.stateDict())).toEqual(["weight"]);
    expect(layer.forward(tensor([[0, 0]])).toArray()).toEqual([[0, 0, 0]]);
  });

  it("maps the last axis, whatever stands before it", () => {
    const layer = example();
    const stack = float64([1, 0, 0.5, -1, 1, 0, 0.5, -1], [2, 2, 2]);

    expect(layer.forward(stack).shape).toEqual([2, 2, 3]);
    expect(layer.forward(float64([1, 0])).toArray()).toEqual([11, 23, 35]);
    expect(layer.forward(stack).toTypedArray().slice(6)).toEqual(layer.forward(x).toTypedArray());
  });

  it("draws the same initial values from the same key, others from another", () => {
    const draw = (seed: number) =>
      new Linear(4, 3, { key: randomKey(seed), dtype: "float64" }).stateDict();

    const [first, again, other] = [draw(7), draw(7), draw(8)];

    expect(again["weight"].toArray()).toEqual(first["weight"].toArray());
    expect(again["bias"].toArray()).toEqual(first["bias"].toArray());
    expect(other["weight"].toArray()).not.toEqual(first["weight"].toArray());
  });

  it("keeps the weight of a key when the bias is left out", () => {
    const [withBias, without] = [true, false].map((bias) => {
      return new Linear(3, 2, { key: randomKey(1), bias });
    });

    expect(without.weight.value.toArray()).toEqual(withBias.weight.value.toArray());
  });

  it("draws from a fresh key without one", () => {
    const [a, b] = [new Linear(4, 4), new Linear(4, 4)];

    expect(a.weight.value.toArray()).not.toEqual(b.weight.value.toArray());
  });

  it("draws weight and bias within ±1/√inFeatures, and not from the same numbers", () => {
    const sizes = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(sizes, sizes, fc.integer(), (inFeatures, outFeatures, seed) => {
        const layer = new Linear(inFeatures, outFeatures, { key: randomKey(seed) });
        const { weight, bias } = layer.stateDict();

        const bound = Math.fround(1 / Math.sqrt(inFeatures));
        expect(largestOf(weight)).toBeLessThanOrEqual(bound);
        expect(largestOf(bias)).toBeLessThanOrEqual(bound);
        expect(weight.toTypedArray()[0]).not.toBe(bias.toTypedArray()[0]);
      }),
      { numRuns: 50 },
    );
  });

  it("draws values that are spread evenly over that range", () => {
    const { weight } = new Linear(100, 100, { key: randomKey(5), dtype: "float64" }).stateDict();

    const values = Array.from(weight.toTypedArray());
    const mean = values.reduce((total, v) => total + v, 0) / values.length;
    const variance = values.reduce((total, v) => total + v ** 2, 0) / values.length;

    // Uniform within ±0.1: standard deviation 0.0577, so that of the mean of 10,000 values is 0.000577.
    expect(Math.abs(mean)).toBeLessThan(0.003);
    expect(Math.abs(variance - 0.01 / 3)).toBeLessThan(0.0002);
  });
});

interface Case {
  readonly module: string;
  readonly id: string;
  readonly config: {
    readonly in_features: number;
    readonly out_features: number;
    readonly bias?: boolean;
  };
  readonly state0: StoredState;
  readonly inputs: { readonly x: StoredTensor };
  readonly outputs: readonly [StoredTensor];
  readonly cotangents: readonly [StoredTensor];
  readonly grads: StoredState;
  readonly r: StoredState;
  readonly grads2: Readonly<Record<string, StoredTensor | null>>;
}

const cases = pytorchCases<Case>("layers")?.filter(({ module }) => module === "Linear") ?? null;

describe.skipIf(cases === null)("Linear beside PyTorch", () => {
  it.for(cases ?? [])(
    "$id",
    ({ config, state0, inputs, outputs, cotangents, grads, r, grads2 }) => {
      const { in_features: inFeatures, out_features: outFeatures, bias = true } = config;
      const layer = new Linear(inFeatures, outFeatures, { bias, dtype: "float64" });
      layer.loadStateDict(storedState(state0));
      const variables = Object.fromEntries(layer.state());
      const closeness = { relativeToLargest: 1e-9 };

      const outer = record((u: Tensor) => {
        const inner = record((v: Tensor) => layer.forward(v), u);
        const of = { ...variables, "input:x": inner.inputs[0] };
        const first = inner.gradient(of, { cotangent: stored(cotangents[0]) }) as Record<
          string,
          Tensor
        >;
        expectCloseToArray(inner.output, stored(outputs[0]), closeness);
        for (const [name, expected] of Object.entries(grads)) {
          expectCloseToArray(first[name], stored(expected), { ...closeness, what: name });
        }
        return Object.keys(r)
          .map((name) => sum(mul(first[name], stored(r[name]))))
          .reduce((a, b) => a.add(b));
      }, stored(inputs.x));
      const of = { ...variables, "input:x": outer.inputs[0] };
      const second = outer.gradient(of) as Record<string, Tensor>;

      for (const [name, expected] of Object.entries(grads2)) {
        const value = expected === null ? second[name].mul(0) : stored(expected);
        expectCloseToArray(second[name], value, { ...closeness, what: `second order, ${name}` });
      }
    },
  );
});
