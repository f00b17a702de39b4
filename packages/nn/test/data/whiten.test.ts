import {
  eye,
  matMul,
  normal,
  randomKey,
  splitKey,
  type Tensor,
  tensor,
  transpose,
  uniform,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Whitening, whiten } from "../../src/data/whiten.ts";
import { messageOf } from "../oracles/refusal.ts";

const float64 = { dtype: "float64" } as const;

/**
 * Correlated data: normal draws, mixed and shifted. The diagonal of the mixing dominates its rows, so its condition,
 * whose square the covariance has, stays below 20.
 */
function correlated(samples: number, features: number, seed: number): Tensor {
  const [a, b] = splitKey(randomKey(seed));
  const noise = uniform(b, [features, features], { ...float64, min: -0.2, max: 0.2 });
  return matMul(normal(a, [samples, features], float64), noise.add(eye(features, float64))).add(3);
}

/** Covariance (1/n) in plain loops. */
function covarianceOf(x: Tensor): number[][] {
  const rows = x.toArray() as number[][];
  const features = rows[0].map((_, j) => j);
  const average = (f: (row: number[]) => number) =>
    rows.reduce((sum, row) => sum + f(row), 0) / rows.length;
  const mean = features.map((j) => average((row) => row[j]));
  return features.map((i) =>
    features.map((j) => average((row) => (row[i] - mean[i]) * (row[j] - mean[j]))),
  );
}

const identity = (size: number): number[][] =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)));

const distance = (a: number[][], b: number[][]): number =>
  Math.max(...a.flatMap((row, i) => row.map((x, j) => Math.abs(x - b[i][j]))));

const kinds = fc.constantFrom("zca" as const, "pca" as const);
const problems = fc.record({
  features: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer(),
  kind: kinds,
});
/** Eager loops are printed for every shape anew, which costs more than what they compute. */
const RUNS = 12;

describe("whiten", () => {
  it("gives the training data the covariance I", () => {
    fc.assert(
      fc.property(problems, ({ features, seed, kind }) => {
        const train = correlated(30, features, seed);

        const covariance = covarianceOf(whiten(train, { kind }).apply(train));

        expect(distance(covariance, identity(features))).toBeLessThan(1e-11);
      }),
      { numRuns: RUNS },
    );
  });

  it("is undone by inverse", () => {
    fc.assert(
      fc.property(problems, ({ features, seed, kind }) => {
        const train = correlated(30, features, seed);
        const whitening = whiten(train, { kind, epsilon: 0.1 });

        const back = whitening.inverse(whitening.apply(train)).sub(train).abs().max().item();

        expect(back).toBeLessThan(1e-12);
      }),
      { numRuns: RUNS },
    );
  });

  it("is symmetric for ZCA, and closest to the data: no rotation of it is closer", () => {
    const train = correlated(40, 3, 5);
    const zca = whiten(train, { kind: "zca" });
    const pca = whiten(train, { kind: "pca" });
    const centred = train.sub(zca.mean);
    const farness = ({ apply }: { apply: (x: Tensor) => Tensor }): number =>
      apply(train).sub(centred).pow(2).sum().item();

    const matrix = zca.matrix.toArray() as number[][];
    const transposed = transpose(zca.matrix).toArray() as number[][];

    expect(distance(matrix, transposed)).toBeLessThan(1e-12);
    expect(farness({ apply: (x) => zca.apply(x) })).toBeLessThan(
      farness({ apply: (x) => pca.apply(x) }),
    );
  });

  it("orders the components of PCA by variance, with a positive largest weight", () => {
    // variances 1, 9 and 4 along the axes
    const signs = [
      [-1, -1, -1],
      [-1, 1, 1],
      [1, -1, 1],
      [1, 1, -1],
    ];
    const train = tensor(
      signs.map(([a, b, c]) => [a, 3 * b, 2 * c]),
      float64,
    );

    const { matrix } = whiten(train, { kind: "pca", components: 2 });

    const expected = [
      [0, 0],
      [1 / 3, 0],
      [0, 1 / 2],
    ];
    expect(distance(matrix.toArray() as number[][], expected)).toBeLessThan(1e-14);
  });

  it("loses the directions of least variance where fewer components are kept", () => {
    const signs = [
      [-1, -1],
      [-1, 1],
      [1, -1],
      [1, 1],
    ];
    const train = tensor(
      signs.map(([a, b]) => [10 * a, b]),
      float64,
    );
    const whitening = whiten(train, { kind: "pca", components: 1 });

    const back = whitening.inverse(whitening.apply(train)).toArray() as number[][];

    expect(whitening.apply(train).shape).toEqual([4, 1]);
    expect(
      distance(
        back,
        signs.map(([a]) => [10 * a, 0]),
      ),
    ).toBeLessThan(1e-12);
  });

  it("adds epsilon to the variances", () => {
    const train = tensor([[-2], [2]], float64);

    expect(whiten(train, { epsilon: 5 }).matrix.item()).toBeCloseTo(1 / 3, 14);
    expect(whiten(train, { epsilon: 5 }).inverseMatrix.item()).toBeCloseTo(3, 14);
  });

  it("makes 0 of a direction without variance, and gives its value back", () => {
    // three features of which the third is the sum of the others, and a constant one
    const train = correlated(20, 2, 8);
    const rows = (train.toArray() as number[][]).map(([a, b]) => [a, b, a + b, 7]);
    const dependent = tensor(rows, float64);
    const whitening = whiten(dependent, { kind: "pca" });

    const white = whitening.apply(dependent);
    const back = whitening.inverse(white).sub(dependent).abs().max().item();

    const expected = identity(4).map((row, i) => row.map((x) => (i < 2 ? x : 0)));
    expect(distance(covarianceOf(white), expected)).toBeLessThan(1e-9);
    expect(back).toBeLessThan(1e-9);
  });

  it("takes the statistics of the training data for any other", () => {
    const train = tensor(
      [
        [-2, 0],
        [2, 0],
        [0, -1],
        [0, 1],
      ],
      float64,
    );
    const { mean, matrix, inverseMatrix } = whiten(train);
    const whitening = new Whitening({ mean, matrix, inverseMatrix });

    const test = whitening.apply(
      tensor([
        [Math.SQRT2, 0],
        [0, Math.SQRT1_2],
        [0, 0],
      ]),
    );

    expect(test.dtype).toBe("float32");
    expect(
      distance(test.toArray() as number[][], [
        [1, 0],
        [0, 1],
        [0, 0],
      ]),
    ).toBeLessThan(1e-6);
  });

  it("refuses what it cannot whiten", () => {
    const train = tensor([
      [1, 2],
      [3, 5],
    ]);

    expect(messageOf(() => whiten(tensor([1, 2])))).toMatchInlineSnapshot(
      `"ShapeError: whiten: shape [2] is not [samples, features]. Reshape the data, or pass some."`,
    );
    expect(messageOf(() => whiten(tensor([[1, Number.POSITIVE_INFINITY]])))).toMatchInlineSnapshot(
      `"ValueError: whiten: feature 1 has values that are NaN, infinite or too large to square. Replace or remove them first."`,
    );
    expect(messageOf(() => whiten(train, { kind: "lda" as "pca" }))).toMatchInlineSnapshot(
      `"ValueError: whiten: kind "lda" is not known. Use "zca" or "pca"."`,
    );
    expect(messageOf(() => whiten(train, { epsilon: -1 }))).toMatchInlineSnapshot(
      `"ValueError: whiten: epsilon is -1. Use a number that is finite and not negative."`,
    );
    expect(messageOf(() => whiten(train, { kind: "pca", components: 3 }))).toMatchInlineSnapshot(
      `"ValueError: whiten: components is 3, but there are 2 features. Use an integer from 1 to that."`,
    );
    expect(messageOf(() => whiten(train, { components: 1 }))).toMatchInlineSnapshot(
      `"ValueError: whiten: components were given, but ZCA keeps all features. Use kind "pca", or leave them out."`,
    );
    expect(messageOf(() => whiten(train).apply(tensor([[1, 2, 3]])))).toMatchInlineSnapshot(
      `"ShapeError: apply: shape [1, 3] is not [samples, 2], as the training data were. Reshape the data, or fit them."`,
    );
    expect(messageOf(() => whiten(train).inverse(tensor([1])))).toMatchInlineSnapshot(
      `"ShapeError: inverse: shape [1] is not [samples, 2], as the training data were. Reshape the data, or fit them."`,
    );
  });
});
