import {
  add,
  concatenate,
  div,
  eye,
  grad,
  linalg,
  matMul,
  mT,
  mul,
  normal,
  ones,
  randomKey,
  splitKey,
  sub,
  sum,
  type Tensor,
  transpose,
  zeros,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import {
  batchNormInference,
  batchNormTrain,
  decorrelatedBatchNormInference,
  decorrelatedBatchNormTrain,
  inverseSquareRoot,
  newtonInverseSquareRoot,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray, largestOf } from "../../oracles/close-to-array.ts";
import { float64 } from "../../oracles/float64.ts";

const wide = (seed: number, shape: readonly number[]) =>
  normal(randomKey(seed), shape, { dtype: "float64" });

/** B Bᵀ + I / 2: symmetric, and well conditioned. */
const covarianceOf = (b: Tensor): Tensor =>
  add(matMul(b, mT(b)), mul(eye(b.shape[0], { dtype: "float64" }), 0.5));

/** By the eigenvectors as they are: the derivative passes through them. */
const throughEigenvectors = (matrix: Tensor): Tensor => {
  const { values, vectors } = linalg.eigh(matrix);
  return matMul(div(vectors, values.sqrt()), mT(vectors));
};

const symmetric = (a: Tensor): Tensor => mul(add(a, mT(a)), 0.5);

describe("inverseSquareRoot", () => {
  it("is the root of the inverse", () => {
    const matrix = covarianceOf(wide(1, [4, 4]));

    const root = inverseSquareRoot(matrix);

    const product = matMul(matMul(root, matrix), root);
    expectCloseToArray(product, eye(4, { dtype: "float64" }), { absolute: 1e-13 });
    expectCloseToArray(root, mT(root), { absolute: 1e-14 });
  });

  it("agrees in value with the known root of a matrix of two rows", () => {
    // (A + √det A I) / √(tr A + 2 √det A) is the root of A
    const [a, b, c] = [2, 0.5, 1];
    const det = Math.sqrt(a * c - b * b);
    const scale = Math.sqrt(a + c + 2 * det);
    const [p, q, r] = [(a + det) / scale, b / scale, (c + det) / scale];
    const inverse = [r / det, -q / det, -q / det, p / det];

    expectCloseToArray(inverseSquareRoot(float64([[a, b], [b, c]])), inverse, { absolute: 1e-14 }); // biome-ignore format: a matrix
  });

  // where they differ, the contract of layers checks DecorrelatedBatchNorm
  it("has derivatives to the third order where eigenvalues are equal, and eigenvectors have none", () => {
    const identity = mul(eye(2, { dtype: "float64" }), 2);
    const at = (f: (matrix: Tensor) => Tensor) => (a: Tensor) => f(add(identity, symmetric(a)));
    const zero = mul(identity, 0);

    assertGradcheck(at(inverseSquareRoot), [zero], { order: 3, seed: 2, method: "directional" });

    const naive = grad((a: Tensor) => sum(mul(at(throughEigenvectors)(a), wide(3, [2, 2]))))(zero);
    expect(Array.from(naive.toTypedArray()).every(Number.isFinite)).toBe(false);
  });

  it("takes several matrices at once", () => {
    const [a, b] = [covarianceOf(wide(4, [2, 2])), covarianceOf(wide(5, [2, 2]))];

    const both = inverseSquareRoot(float64([a.toArray(), b.toArray()] as number[][][]));

    const each = [a, b].flatMap((matrix) => Array.from(inverseSquareRoot(matrix).toTypedArray()));
    expectCloseToArray(both, each, { absolute: 1e-14 });
  });
});

describe("newtonInverseSquareRoot", () => {
  // The iteration is stable for condition numbers below 9 only: further away, rounding grows again in the end.
  it("comes to the root, its derivative included, after enough iterations", () => {
    const b = mul(wide(6, [3, 3]), 0.25);
    const c = wide(7, [3, 3]);
    const gradientOf = (root: (matrix: Tensor) => Tensor) =>
      grad((b: Tensor) => sum(mul(root(covarianceOf(b)), c)))(b);
    const newton = (matrix: Tensor): Tensor => newtonInverseSquareRoot(matrix, 12);
    const matrix = covarianceOf(b);

    expectCloseToArray(newton(matrix), inverseSquareRoot(matrix), { absolute: 1e-12 });
    expectCloseToArray(gradientOf(newton), gradientOf(inverseSquareRoot), { absolute: 1e-11 });
  });

  it("is (3 I - Σ / tr Σ) / 2 / √tr Σ after one", () => {
    const one = newtonInverseSquareRoot(float64([[3, 1], [1, 1]]), 1); // biome-ignore format: a matrix

    expectCloseToArray(one, [9 / 16, -1 / 16, -1 / 16, 11 / 16], { absolute: 1e-15 });
  });
});

describe("decorrelatedBatchNormTrain", () => {
  const [gamma, beta] = [float64([1, 1, 1, 1]), float64([0, 0, 0, 0])];
  /** Eight rows of four correlated channels about a mean. */
  const x = add(matMul(wide(9, [8, 4]), wide(10, [4, 4])), float64([10, -3, 0, 100]));
  const covarianceWithin = (y: Tensor): Tensor => div(matMul(transpose(y), y), y.shape[0]);

  it("gives channels of mean 0, variance 1 and no correlation", () => {
    const { output } = decorrelatedBatchNormTrain(x, gamma, beta, { epsilon: 1e-12 });

    expectCloseToArray(sum(output, { axes: 0 }), [0, 0, 0, 0], { absolute: 1e-11 });
    expectCloseToArray(covarianceWithin(output), eye(4, { dtype: "float64" }), { absolute: 1e-9 });
  });

  it("whitens each group by itself", () => {
    const { output } = decorrelatedBatchNormTrain(x, gamma, beta, { groups: 2, epsilon: 1e-12 });

    const within = covarianceWithin(output).toArray() as number[][];
    expect(within[0][1]).toBeCloseTo(0, 9);
    expect(within[2][3]).toBeCloseTo(0, 9);
    expect(Math.abs(within[0][2])).toBeGreaterThan(1e-3);
  });

  it("is batch normalisation for groups of one channel, γ and β included, in all its derivatives", () => {
    const [gamma, beta, c] = [wide(11, [2]), wide(12, [2]), wide(13, [5, 2])];
    type Norm = (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor;
    const whitening: Norm = (x, gamma, beta) =>
      decorrelatedBatchNormTrain(x, gamma, beta, { groups: 2 }).output;
    const plain: Norm = (x, gamma, beta) => batchNormTrain(x, gamma, beta).output;
    const phi = (norm: Norm) => (x: Tensor) => sum(mul(norm(x, gamma, beta), c));
    const along = (f: (x: Tensor) => Tensor, r: Tensor) => (x: Tensor) => sum(mul(grad(f)(x), r));
    const at = wide(14, [5, 2]);
    let [f, g] = [phi(whitening), phi(plain)];
    for (const key of splitKey(randomKey(15), 3)) {
      expectCloseToArray(grad(f)(at), grad(g)(at), { relativeToLargest: 1e-11, absolute: 1e-12 });
      const r = normal(key, [5, 2], { dtype: "float64" });
      [f, g] = [along(f, r), along(g, r)];
    }
  });

  it("agrees between layouts", () => {
    const maps = wide(18, [2, 4, 3, 2]);
    const options = { groups: 2 };

    const first = decorrelatedBatchNormTrain(maps, gamma, beta, { ...options, layout: "NCHW" });
    const last = decorrelatedBatchNormTrain(transpose(maps, [0, 2, 3, 1]), gamma, beta, {
      ...options,
      layout: "NHWC",
    });

    expectCloseToArray(transpose(last.output, [0, 3, 1, 2]), first.output, { absolute: 1e-12 });
    expectCloseToArray(last.covariance, first.covariance, { absolute: 1e-13 });
    expect(first.count).toBe(12);
  });

  it("evaluates by stored statistics as it trained, if they are those of the batch", () => {
    const { output, mean, covariance } = decorrelatedBatchNormTrain(x, gamma, beta, { groups: 2 });

    const stored = { mean, covariance, groups: 2 };
    const again = decorrelatedBatchNormInference(x, gamma, beta, stored);

    expectCloseToArray(again, output, { absolute: 1e-12 });
  });

  it("stays finite with fewer values than channels, where the covariance is singular", () => {
    const few = wide(19, [3, 4]);
    const f = (x: Tensor): Tensor =>
      sum(mul(decorrelatedBatchNormTrain(x, gamma, beta).output, wide(20, [3, 4])));

    const gradient = grad(f)(few);

    expect(Array.from(gradient.toTypedArray()).every(Number.isFinite)).toBe(true);
  });

  it("stays finite where a variance is 0 but for rounding, which may make it negative", () => {
    const [gamma, beta] = [float64([1, 1]), float64([0, 0])];
    // eigenvalues 8 and -5e-5, the latter below -ε
    const covariance = float64([[[4, 4], [4, 4 - 1e-4]]]); // biome-ignore format: a matrix
    const stored = { mean: float64([0, 0]), covariance };

    const y = decorrelatedBatchNormInference(float64([[2, 2]]), gamma, beta, stored);

    expectCloseToArray(y, [Math.SQRT1_2, Math.SQRT1_2], { absolute: 0.01 });
  });

  it("stays finite in float32 where one channel follows from another", () => {
    const one = mul(normal(randomKey(3), [16, 1]), 1000);
    const x = concatenate([one, mul(one, 0.7)], { axis: 1 });

    const { output } = decorrelatedBatchNormTrain(x, ones([2]), zeros([2]));

    expect(largestOf(output)).toBeLessThan(10);
  });

  it("comes near with Newton iterations, and nearer with more", () => {
    const identity = eye(4, { dtype: "float64" });
    const errors = [1, 3, 5, 15].map((iterations) => {
      const { output } = decorrelatedBatchNormTrain(x, gamma, beta, { iterations, epsilon: 1e-9 });
      return largestOf(sub(covarianceWithin(output), identity));
    });

    expect(errors.every((error, i) => i === 0 || error < errors[i - 1])).toBe(true);
    expect(errors[3]).toBeLessThan(0.01);
  });

  it("is batchNormInference for groups of one channel with stored statistics", () => {
    const [mean, variance] = [float64([1, 2]), float64([4, 9])];
    const [gamma, beta] = [float64([2, 3]), float64([-1, 1])];
    const at = wide(21, [3, 2]);
    const covariance = variance.reshape([2, 1, 1]);

    const whitened = decorrelatedBatchNormInference(at, gamma, beta, {
      mean,
      covariance,
      groups: 2,
    });

    const plain = batchNormInference(at, gamma, beta, { mean, variance });
    expectCloseToArray(whitened, plain, { absolute: 1e-14 });
  });
});
