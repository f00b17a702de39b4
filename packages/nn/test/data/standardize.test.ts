import { normal, randomKey, type Tensor, tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Standardizer, standardize } from "../../src/data/standardize.ts";
import { messageOf } from "../oracles/refusal.ts";

const float64 = { dtype: "float64" } as const;

/** Mean and variance (1/n) of each column, in plain loops. */
function momentsOf(x: Tensor): { mean: number[]; variance: number[] } {
  const [rows, columns] = x.shape;
  const data = x.toTypedArray();
  const column = (j: number) => Array.from({ length: rows }, (_, i) => data[i * columns + j]);
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / rows;
  const mean = Array.from({ length: columns }, (_, j) => average(column(j)));
  const variance = mean.map((m, j) => average(column(j).map((v) => (v - m) ** 2)));
  return { mean, variance };
}

/** Eager loops are printed for every shape anew, which costs more than what they compute. */
const RUNS = { numRuns: 20 };

const problems = fc
  .record({
    rows: fc.constantFrom(2, 3, 6),
    columns: fc.integer({ min: 1, max: 3 }),
    scale: fc.constantFrom(1e-3, 1, 1e4),
    offset: fc.constantFrom(0, 1, -1e6),
    seed: fc.integer(),
  })
  .map(({ rows, columns, scale, offset, seed }) => {
    const key = randomKey(seed);
    return normal(key, [rows, columns], { ...float64, mean: offset, standardDeviation: scale });
  });

describe("standardize", () => {
  it("gives every feature of the training data mean 0 and variance 1", () => {
    fc.assert(
      fc.property(problems, (train) => {
        const scaler = standardize(train);
        const { mean, variance } = momentsOf(scaler.apply(train));
        const deviations = scaler.standardDeviation.toTypedArray();

        scaler.mean.toTypedArray().forEach((m, feature) => {
          // the mean is rounded to a number of its own size, whatever the deviation
          const tolerance = 1e-12 + (2 ** -50 * Math.abs(m)) / deviations[feature];
          expect(Math.abs(mean[feature])).toBeLessThanOrEqual(tolerance);
          expect(Math.abs(variance[feature] - 1)).toBeLessThanOrEqual(tolerance);
        });
      }),
      RUNS,
    );
  });

  it("is undone by inverse", () => {
    fc.assert(
      fc.property(problems, (train) => {
        const scaler = standardize(train);
        const back = scaler.inverse(scaler.apply(train)).toTypedArray();

        train.toTypedArray().forEach((x, i) => {
          expect(Math.abs(back[i] - x)).toBeLessThanOrEqual(1e-14 * (Math.abs(x) + 1e4));
        });
      }),
      RUNS,
    );
  });

  it("takes the statistics of the training data for any other", () => {
    const scaler = standardize(
      tensor(
        [
          [0, 10],
          [2, 30],
        ],
        float64,
      ),
    );

    expect(scaler.mean.toArray()).toEqual([[1, 20]]);
    expect(scaler.standardDeviation.toArray()).toEqual([[1, 10]]);
    expect(
      scaler
        .apply(
          tensor([
            [5, 20],
            [1, 0],
            [1, 20],
          ]),
        )
        .toArray(),
    ).toEqual([
      [4, 0],
      [0, -2],
      [0, 0],
    ]);
  });

  it("makes 0 of a constant feature, whatever the constant, and gives it back", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 }),
        (constant) => {
          const train = tensor(new Float64Array(7).fill(constant), { shape: [7, 1] });
          const scaler = standardize(train);

          expect(scaler.standardDeviation.item()).toBe(0);
          expect(Math.abs(scaler.apply(train).toTypedArray()[6])).toBe(0);
          const back = scaler.inverse(scaler.apply(train)).toTypedArray();

          // -0 comes back as 0
          expect([...back].every((x) => x === constant)).toBe(true);
        },
      ),
      { ...RUNS, examples: [[-0], [0.1]] },
    );
  });

  it("keeps the digits of float32 around a large mean", () => {
    const train = normal(randomKey(1), [500, 1], { mean: 1e4, standardDeviation: 0.1 });

    const scaler = standardize(train);
    const { mean, variance } = momentsOf(standardize(train).apply(train).cast("float64"));

    expect(scaler.apply(train).dtype).toBe("float32");
    expect(Math.abs(mean[0])).toBeLessThan(1e-6);
    expect(Math.abs(variance[0] - 1)).toBeLessThan(1e-6);
  });

  it("takes statistics over other axes too, such as those of channels", () => {
    const images = normal(randomKey(2), [4, 3, 2, 2], { ...float64, mean: 5 });

    const scaler = standardize(images, { axes: [0, 2, 3] });
    const standard = scaler.apply(images);

    expect(scaler.mean.shape).toEqual([1, 3, 1, 1]);
    expect(Math.abs(standard.mean().item())).toBeLessThan(1e-14);
    expect(
      standard
        .mul(standard)
        .mean({ axes: [0, 2, 3] })
        .sub(1)
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-12);
  });

  it("gives float32 for integers", () => {
    const train = tensor([[1], [3]], { dtype: "int32" });

    expect(String(standardize(train).apply(train))).toBe("tensor([[-1], [1]], float32[2,1])");
  });

  it("can be made of statistics that were stored", () => {
    const { mean, standardDeviation } = standardize(tensor([[0], [4]]));

    expect(new Standardizer({ mean, standardDeviation }).apply(tensor([[6]])).toArray()).toEqual([
      [2],
    ]);
  });

  it("refuses what has no statistics, and features it was not fitted to", () => {
    const scaler = standardize(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );

    expect(messageOf(() => standardize(tensor([])))).toMatchInlineSnapshot(
      `"ShapeError: standardize: shape [0] has no samples to take statistics of. Pass training data [samples, …]."`,
    );
    expect(
      messageOf(() =>
        standardize(
          tensor([
            [1, 2],
            [1, Number.NaN],
          ]),
        ),
      ),
    ).toMatchInlineSnapshot(
      `"ValueError: standardize: feature 1 has values that are NaN, infinite or too large to square. Replace or remove them first."`,
    );
    expect(messageOf(() => scaler.apply(tensor([[1, 2, 3]])))).toMatchInlineSnapshot(
      `"ShapeError: apply: data of shape [1, 3] do not fit statistics of shape [1, 2]. Pass the features that the statistics were taken of."`,
    );
    expect(messageOf(() => scaler.inverse(tensor([1, 2])))).toMatchInlineSnapshot(
      `"ShapeError: inverse: data of shape [2] do not fit statistics of shape [1, 2]. Pass the features that the statistics were taken of."`,
    );
  });
});
