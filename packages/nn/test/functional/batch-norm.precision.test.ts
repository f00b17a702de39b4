import { cast, type DType, full, normal, ones, randomKey, tensor, zeros } from "@tapegrad/autograd";
import { batchNormTrain } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

const SHAPE = [5, 1];

/** Any finite value of the dtype, denormal and largest ones included. */
const finite = (dtype: DType): fc.Arbitrary<number> =>
  dtype === "float32"
    ? fc.float({ noNaN: true, noDefaultInfinity: true })
    : fc.double({ noNaN: true, noDefaultInfinity: true });

describe("batchNormTrain of a constant channel", () => {
  for (const dtype of ["float32", "float64"] as const) {
    it(`is exactly β in ${dtype}, for every constant, γ and β`, () => {
      const values = finite(dtype);
      fc.assert(
        fc.property(values, values, values, (constant, gammaValue, betaValue) => {
          const x = full(SHAPE, constant, { dtype });
          const [gamma, beta] = [gammaValue, betaValue].map((v) => tensor([v], { dtype }));

          const { output, mean, variance } = batchNormTrain(x, gamma, beta);

          for (const y of output.toTypedArray()) expect(y === betaValue).toBe(true);
          expect(mean.item() === constant).toBe(true);
          expect(variance.item()).toBe(0);
        }),
        { numRuns: 300 },
      );
    });
  }

  it("is exactly β beside a channel that varies, where a plain sum / n misses the mean", () => {
    // 0.1 + 0.1 + 0.1 is not 3 · 0.1, so the mean by summing is not the constant.
    const x = tensor(
      [
        [0.1, 1],
        [0.1, 2],
        [0.1, 4],
      ],
      { dtype: "float64" },
    );
    const [gamma, beta] = [
      tensor([3, 1], { dtype: "float64" }),
      tensor([7, 0], { dtype: "float64" }),
    ];

    const { output } = batchNormTrain(x, gamma, beta);

    expect(Array.from(output.toTypedArray()).filter((_, i) => i % 2 === 0)).toEqual([7, 7, 7]);
  });
});

describe("batchNormTrain in float32", () => {
  const [gamma, beta] = [ones([2]), zeros([2])];

  for (const [mean, standardDeviation] of [
    [1e4, 0.1],
    [-1e6, 1],
    [0, 1e-4],
  ]) {
    it(`of N(${mean}, ${standardDeviation}) is within 1e-5 of the float64 result`, () => {
      fc.assert(
        fc.property(fc.integer(), fc.integer({ min: 2, max: 200 }), (seed, rows) => {
          const x = normal(randomKey(seed), [rows, 2], { mean, standardDeviation });
          const [x64, gamma64, beta64] = [x, gamma, beta].map((t) => cast(t, "float64"));

          const { output, variance } = batchNormTrain(x, gamma, beta);

          // The same float32 numbers, widened: the difference is what float32 arithmetic costs.
          const exact = batchNormTrain(x64, gamma64, beta64);
          expectCloseToArray(output, exact.output, { absolute: 1e-5, what: "output" });
          expectCloseToArray(variance, exact.variance, { relativeToLargest: 1e-6 });
        }),
        { numRuns: 50 },
      );
    });
  }

  it("accumulates 100,000 values without drift", () => {
    const x = normal(randomKey(3), [100_000, 1], { mean: 1e4, standardDeviation: 0.1 });
    const [one, zero] = [ones([1]), zeros([1])];
    const widened = [x, one, zero].map((t) => cast(t, "float64"));

    const { output } = batchNormTrain(x, one, zero);

    const exact = batchNormTrain(widened[0], widened[1], widened[2]).output;
    expectCloseToArray(output, exact, { absolute: 1e-5 });
  });
});
