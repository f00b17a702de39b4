import { BatchNorm, type BatchNormPreset } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { CONVENTIONS, firstStep } from "../oracles/batch-norm-conventions.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

/**
 * Two rows of three channels with literal results of one step of training. Those of pytorch were computed by
 * PyTorch 1.13; the others by the formulas of the libraries' documents, oracles/batch-norm-conventions.ts.
 */
const x = [
  [-0.153, -0.154, 0.386],
  [0.591, -0.241, 1.663],
];
const gamma = [0.979, 1.268, 1.359];
const beta = [0.153, -0.354, 0.286];

interface Vectors {
  readonly output: readonly (readonly number[])[];
  readonly runningMean: readonly number[];
  readonly runningVariance: readonly number[];
}

const NORMALISED_WITH_1E_5 = [
  [-0.825964629330547, 0.910662712991789, -1.0729833329143048],
  [1.131964629330547, -1.6186627129917888, 1.6449833329143049],
];

const UNBIASED_AND_A_TENTH = {
  output: NORMALISED_WITH_1E_5,
  runningMean: [0.0219, -0.01975, 0.10245],
  runningVariance: [0.9276768, 0.90037845, 0.98153645],
};

const BIASED_AND_A_HUNDREDTH = {
  runningMean: [0.00219, -0.001975, 0.010245],
  runningVariance: [0.99138384, 0.9900189225, 0.9940768225],
};

const VECTORS: Readonly<Record<BatchNormPreset, Vectors>> = {
  paper: UNBIASED_AND_A_TENTH,
  pytorch: UNBIASED_AND_A_TENTH,
  keras: {
    output: [
      [-0.8224817975243148, 0.6716297166478703, -1.0713363207613034],
      [1.1284817975243149, -1.3796297166478695, 1.6433363207613036],
    ],
    ...BIASED_AND_A_HUNDREDTH,
  },
  flax: { output: NORMALISED_WITH_1E_5, ...BIASED_AND_A_HUNDREDTH },
  mlx: UNBIASED_AND_A_TENTH,
};

const CLOSE = { absolute: 1e-14 };

describe.each(Object.entries(VECTORS))("the preset %s", (name, vectors) => {
  const preset = name as BatchNormPreset;

  it("starts from γ = 1, β = 0, mean 0 and variance 1, as all of these libraries do", () => {
    const layer = new BatchNorm(1, { preset });

    const values = [layer.weight, layer.bias, layer.runningMean, layer.runningVariance];
    expect(values.map(({ value }) => value.item())).toEqual([1, 0, 0, 1]);
  });

  it("gives the stored outputs and running statistics", () => {
    const layer = new BatchNorm(3, { preset, dtype: "float64" });
    layer.weight.assign(float64(gamma));
    layer.bias.assign(float64(beta));

    const output = layer.forward(float64(x), { mode: "train" });

    expectCloseToArray(output, vectors.output.flat(), CLOSE);
    expectCloseToArray(layer.runningMean.value, vectors.runningMean, CLOSE);
    expectCloseToArray(layer.runningVariance.value, vectors.runningVariance, CLOSE);
  });

  it("is what the library's document says", () => {
    const steps = gamma.map((g, c) => {
      return firstStep(
        x.map((row) => row[c]),
        g,
        beta[c],
        CONVENTIONS[preset],
      );
    });

    const rows = [0, 1].flatMap((row) => steps.map(({ y }) => y[row]));
    expectCloseToArray(rows, vectors.output.flat(), CLOSE);
    expectCloseToArray(
      steps.map(({ mean }) => mean),
      vectors.runningMean,
      CLOSE,
    );
    expectCloseToArray(
      steps.map(({ variance }) => variance),
      vectors.runningVariance,
      CLOSE,
    );
  });

  it("is overridden by options of its own", () => {
    const { epsilon, decay, storesUnbiased } = new BatchNorm(1, {
      preset,
      epsilon: 0.5,
      update: 0.25,
      runningVariance: "biased",
    });

    expect([epsilon, decay, storesUnbiased]).toEqual([0.5, 0.75, false]);
  });
});

describe("BatchNorm without a preset", () => {
  it("is that of PyTorch", () => {
    const { epsilon, decay, storesUnbiased } = new BatchNorm(1, { preset: "pytorch" });

    expect(new BatchNorm(1)).toMatchObject({ epsilon, decay, storesUnbiased });
  });
});
