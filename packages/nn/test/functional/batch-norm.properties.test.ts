import { mul, onesLike, sum, type Tensor, tensor, vjp } from "@tapegrad/autograd";
import { batchNormTrain } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as batchNormPaper from "../oracles/batch-norm-paper.ts";
import {
  convolutionProblems,
  type LayoutProblem,
  problemsOf,
  rowProblems,
  tensorsOf,
  vectors,
} from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray, largestOf } from "../oracles/close-to-array.ts";

/**
 * Domain of every property here: float64, |x| <= 1000, ε = 1e-5, at least two values per channel, constant
 * and nearly constant channels included; see batch-norm-problems.ts.
 */
const EPSILON = 1e-5;

/**
 * Of the largest entry nine digits. Where terms cancel (for m = 2 nearly all of them do) no computation
 * in float64 keeps nine digits of the difference, so rounding is allowed relative to the terms: 45 ulp.
 */
const NINE_DIGITS = { relativeToLargest: 1e-9 };
const ROUNDING = 1e-14;

const rounding = (magnitudes: Float64Array) => magnitudes.map((size) => size * ROUNDING);

function batchNormOf(problem: LayoutProblem) {
  const { x, gamma, beta, yBar } = tensorsOf(problem);
  const { output, pullback } = vjp(
    (u: Tensor, g: Tensor, b: Tensor) => {
      return batchNormTrain(u, g, b, { epsilon: EPSILON, layout: problem.layout }).output;
    },
    x,
    gamma,
    beta,
  );
  return { output, pullback, yBar };
}

const sumOver = (batch: readonly number[], term: (i: number) => number): number =>
  batch.reduce((total, i) => total + term(i), 0);

const positionsOf = ({ shape, channelAxis }: LayoutProblem) =>
  batchNormPaper.positionsByChannel(shape, channelAxis);

for (const [kind, problems] of [
  ["rows [N, C]", rowProblems()],
  ["maps (NCL, NCHW, NHWC)", convolutionProblems()],
] as const) {
  describe(`batchNormTrain on ${kind}`, () => {
    it("computes algorithm 1", () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const { x, gamma, beta } = tensorsOf(problem);
          const { layout } = problem;

          const { output, mean, variance, count } = batchNormTrain(x, gamma, beta, { layout });

          const paper = batchNormPaper.forward(problem, EPSILON);
          expectCloseToArray(output, paper.y, { ...NINE_DIGITS, what: "output" });
          expectCloseToArray(mean, paper.mu, {
            ...NINE_DIGITS,
            absolute: ROUNDING * largestOf(problem.x),
            what: "mean",
          });
          expectCloseToArray(variance, paper.sigmaSquared, { ...NINE_DIGITS, what: "variance" });
          expect(count).toBe(paper.m);
          expect(output.shape).toEqual(problem.shape);
        }),
        { numRuns: 200 },
      );
    });

    it("has the gradients of section 3 of the paper, although no rule for it exists", () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const { output, pullback, yBar } = batchNormOf(problem);

          const [xBar, gammaBar, betaBar] = pullback(yBar);

          const { y } = batchNormPaper.forward(problem, EPSILON);
          expectCloseToArray(output, y, { ...NINE_DIGITS, what: "output" });
          const paper = batchNormPaper.backward(problem, EPSILON);
          for (const [what, actual] of Object.entries({ xBar, gammaBar, betaBar })) {
            const name = what as keyof typeof paper.magnitudes;
            const absolute = rounding(paper.magnitudes[name]);
            expectCloseToArray(actual, paper[name], { ...NINE_DIGITS, absolute, what });
          }
        }),
        { numRuns: 1000 },
      );
    });

    it("has the simplified gradient γ/s · (g - mean g - x̂ · mean(g x̂))", () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const { pullback, yBar } = batchNormOf(problem);

          const [xBar] = pullback(yBar);

          const { magnitudes } = batchNormPaper.backward(problem, EPSILON);
          const simplified = batchNormPaper.simplifiedXBar(problem, EPSILON);
          expectCloseToArray(xBar, simplified, {
            ...NINE_DIGITS,
            absolute: rounding(magnitudes.xBar),
          });
        }),
        { numRuns: 200 },
      );
    });

    it("has Σ x̄ = 0 and Σ x̂ x̄ = γ/s · m · mean(g x̂) · ε/(σ² + ε) in every channel", () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const { pullback, yBar } = batchNormOf(problem);

          const xBar = pullback(yBar)[0].toTypedArray();

          const { xHat, sigmaSquared } = batchNormPaper.forward(problem, EPSILON);
          const { magnitudes } = batchNormPaper.backward(problem, EPSILON);
          positionsOf(problem).forEach((batch, c) => {
            const g = problem.yBar;
            const s = Math.sqrt(sigmaSquared[c] + EPSILON);
            const expected =
              ((problem.gamma[c] / s) * sumOver(batch, (i) => g[i] * xHat[i]) * EPSILON) / s ** 2;
            const along = sumOver(batch, (i) => xHat[i] * xBar[i]);
            const size = sumOver(batch, (i) => magnitudes.xBar[i]);
            const spread = Math.max(...batch.map((i) => Math.abs(xHat[i])));

            expect(Math.abs(sumOver(batch, (i) => xBar[i]))).toBeLessThanOrEqual(ROUNDING * size);
            expect(Math.abs(along - expected)).toBeLessThanOrEqual(ROUNDING * size * spread);
          });
        }),
        { numRuns: 300 },
      );
    });

    it("gives x back for γ = √(σ² + ε) and β = μ, as the paper says it must be able to", () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const { mu, sigmaSquared } = batchNormPaper.forward(problem, EPSILON);
          const gamma = sigmaSquared.map((variance) => Math.sqrt(variance + EPSILON));
          const { output } = batchNormOf({ ...problem, gamma, beta: mu });

          expectCloseToArray(output, problem.x, { relativeToLargest: 1e-14 });
        }),
        { numRuns: 100 },
      );
    });

    it("is blind to x under a constant cotangent: Σ y is m β whatever x is", () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const { output, pullback } = batchNormOf(problem);

          const [xBar] = pullback(onesLike(output));

          // Which is why the tests above never use one, and why the loss Σ BN(x) trains nothing.
          expect(largestOf(xBar)).toBeLessThan(1e-9);
        }),
        { numRuns: 100 },
      );
    });

    it("gives the same for any order of the batch", () => {
      const shuffled = problems.chain((problem) => {
        const samples = Array.from({ length: problem.shape[0] }, (_, n) => n);
        return fc.record({
          problem: fc.constant(problem),
          order: fc.shuffledSubarray(samples, { minLength: samples.length }),
        });
      });
      fc.assert(
        fc.property(shuffled, ({ problem, order }) => {
          const size = problem.x.length / problem.shape[0];
          const permuted = (values: Float64Array): Float64Array =>
            values.map((_, i) => values[order[Math.floor(i / size)] * size + (i % size)]);
          const original = batchNormOf(problem);
          const other = batchNormOf({
            ...problem,
            x: permuted(problem.x),
            yBar: permuted(problem.yBar),
          });

          const [xBar, otherXBar] = [original, other].map(({ pullback, yBar }) => {
            return Float64Array.from(pullback(yBar)[0].toTypedArray());
          });

          const { magnitudes } = batchNormPaper.backward(problem, EPSILON);
          const y = Float64Array.from(original.output.toTypedArray());
          expectCloseToArray(other.output, permuted(y), NINE_DIGITS);
          expectCloseToArray(otherXBar, permuted(xBar), {
            ...NINE_DIGITS,
            absolute: permuted(rounding(magnitudes.xBar)),
          });
        }),
        { numRuns: 100 },
      );
    });
  });
}

describe("batchNormTrain of two values per channel", () => {
  it("has x̄ = γ/s · (g - mean g) · ε/(σ² + ε)", () => {
    const pairs = fc
      .integer({ min: 1, max: 4 })
      .chain((channels) => problemsOf("NC", [2, channels]));
    fc.assert(
      fc.property(pairs, (problem) => {
        const { pullback, yBar } = batchNormOf(problem);

        const [xBar] = pullback(yBar);

        const { sigmaSquared } = batchNormPaper.forward(problem, EPSILON);
        const { magnitudes } = batchNormPaper.backward(problem, EPSILON);
        const channels = problem.gamma.length;
        const expected = problem.x.map((_, i) => {
          const c = i % channels;
          const [first, second] = [problem.yBar[c], problem.yBar[c + channels]];
          const variance = sigmaSquared[c] + EPSILON;
          const g = problem.yBar[i] - (first + second) / 2;
          return (problem.gamma[c] / Math.sqrt(variance)) * g * (EPSILON / variance);
        });
        expectCloseToArray(xBar, expected, {
          ...NINE_DIGITS,
          absolute: rounding(magnitudes.xBar),
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("sends back almost nothing where the variance is far above ε", () => {
    const one = tensor([1], { dtype: "float64" });
    const x = tensor([[-1], [1]], { dtype: "float64" });
    const { pullback } = vjp((u: Tensor) => batchNormTrain(u, one, one).output, x);

    const [xBar] = pullback(tensor([[1], [0]], { dtype: "float64" }));

    expectCloseToArray(xBar, [0.5e-5, -0.5e-5], { relativeToLargest: 2e-5 });
  });
});

describe("batchNormTrain beside differences", () => {
  it("pulls back what differences of the loss say, in one direction through x, γ and β together", () => {
    const direction = fc.tuple(vectors(6, 1), vectors(2, 1), vectors(2, 1));
    const spread = fc.tuple(direction, vectors(6, 1), vectors(2, 3), vectors(2, 3), vectors(6, 1));
    fc.assert(
      fc.property(spread, ([[dx, dGamma, dBeta], noise, gamma, beta, g]) => {
        // Rows 0, 2 and 4 with noise below 1: far from constant, so that differences are accurate.
        const x = noise.map((value, i) => 2 * Math.floor(i / 2) + value / 2);
        const shape = [3, 2];
        const yBar = tensor(g, { shape });
        const loss = (t: number): number => {
          const along = (at: Float64Array, by: Float64Array) => at.map((v, i) => v + t * by[i]);
          const u = tensor(along(x, dx), { shape });
          const [v, w] = [tensor(along(gamma, dGamma)), tensor(along(beta, dBeta))];
          return sum(mul(batchNormTrain(u, v, w).output, yBar)).item();
        };
        const slope = (h: number): number => (loss(h) - loss(-h)) / (2 * h);
        const difference = (4 * slope(5e-4) - slope(1e-3)) / 3;
        const problem = { layout: "NC", shape, channelAxis: 1, x, gamma, beta, yBar: g } as const;

        const { pullback } = batchNormOf(problem);
        const pulled = pullback(yBar).map((bar) => Array.from(bar.toTypedArray()));

        const inner = [dx, dGamma, dBeta].map((by, k) =>
          by.reduce((s, d, i) => s + d * pulled[k][i], 0),
        );
        expect(Math.abs(inner[0] + inner[1] + inner[2] - difference)).toBeLessThan(1e-9);
      }),
      { numRuns: 100 },
    );
  });
});
