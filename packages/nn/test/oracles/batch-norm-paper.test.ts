import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BatchNormProblem, backward, forward, simplifiedXBar } from "./batch-norm-paper.ts";
import { vectors } from "./batch-norm-problems.ts";
import { expectCloseToArray } from "./close-to-array.ts";

/** Three samples of two channels; rows 0, 2 and 4 with noise below 1/2, so that differences are accurate. */
const problems = fc
  .record({
    noise: vectors(6, 0.5),
    gamma: vectors(2, 3),
    beta: vectors(2, 3),
    yBar: vectors(6, 1),
  })
  .map(({ noise, ...rest }): BatchNormProblem => {
    const x = noise.map((value, i) => value + 2 * Math.floor(i / 2));
    return { shape: [3, 2], channelAxis: 1, x, ...rest };
  });

const EPSILON = 0.01;

/** <yBar, y> with one number of `name` moved by h. */
function lossWith(
  problem: BatchNormProblem,
  name: "x" | "gamma" | "beta",
  at: number,
  h: number,
): number {
  const moved = problem[name].map((value, i) => (i === at ? value + h : value));
  const { y } = forward({ ...problem, [name]: moved }, EPSILON);
  return y.reduce((sum, value, i) => sum + value * problem.yBar[i]!, 0);
}

describe("the equations of the paper", () => {
  it("are the derivatives of algorithm 1, by differences", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { xBar, gammaBar, betaBar } = backward(problem, EPSILON);

        for (const [name, exact] of [
          ["x", xBar],
          ["gamma", gammaBar],
          ["beta", betaBar],
        ] as const) {
          const differences = exact.map((_, at) => {
            const slope = (h: number): number =>
              (lossWith(problem, name, at, h) - lossWith(problem, name, at, -h)) / (2 * h);
            return (4 * slope(5e-4) - slope(1e-3)) / 3;
          });
          expectCloseToArray(exact, differences, { absolute: 1e-9, what: name });
        }
      }),
      { numRuns: 50 },
    );
  });

  it("simplify to one line", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { xBar, magnitudes } = backward(problem, EPSILON);

        const absolute = magnitudes.xBar.map((size) => size * 1e-15);
        expectCloseToArray(simplifiedXBar(problem, EPSILON), xBar, { absolute });
      }),
    );
  });

  it("give the numbers of a column worked out by hand", () => {
    // x = (1, 3, 8): μ = 4, σ² = 26/3, ε = 1/3, so s = 3 and x̂ = (-1, -1/3, 4/3).
    const problem: BatchNormProblem = {
      shape: [3, 1],
      channelAxis: 1,
      x: Float64Array.of(1, 3, 8),
      gamma: Float64Array.of(3),
      beta: Float64Array.of(10),
      yBar: Float64Array.of(3, 0, 0),
    };

    const { xBar, gammaBar, betaBar } = backward(problem, 1 / 3);

    // g - mean g = (2, -1, -1); mean(g x̂) = -1; γ/s = 1.
    expectCloseToArray(forward(problem, 1 / 3).y, [7, 9, 14], { absolute: 1e-14 });
    expectCloseToArray(xBar, [1, -4 / 3, 1 / 3], { absolute: 1e-15 });
    expect([Math.abs(gammaBar[0]! + 3) < 1e-15, betaBar[0]]).toEqual([true, 3]);
  });
});
