import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { descentDirection } from "../../src/optim/curvature.ts";
import { strongWolfe } from "../../src/optim/line-search.ts";
import { vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

describe("the two-loop recursion", () => {
  it("is the update (7.16) of Nocedal & Wright, written with matrices", () => {
    const pair = fc.tuple(vectors(3, 1), vectors(3, 1)).map(([s, noise]) => {
      // y near 2 s, so that s · y > 0
      return { s, y: s.map((x, i) => 2 * x + 0.2 * noise[i] * Math.hypot(...s)) };
    });
    const cases = fc.record({
      pairs: fc.array(
        pair.filter(({ s }) => Math.hypot(...s) > 0.1),
        { minLength: 1, maxLength: 3 },
      ),
      gradient: vectors(3, 1),
    });
    fc.assert(
      fc.property(cases, ({ pairs, gradient }) => {
        const direction = descentDirection(gradient, pairs);

        const expected = inverseHessian(pairs).map((row) => -dot(row, gradient));
        expectCloseToArray(direction, expected, { absolute: 1e-9, relativeToLargest: 1e-9 });
      }),
    );
  });
});

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  return Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0);
};

/** H ← Vᵀ H V + ρ s sᵀ with V = I - ρ y sᵀ, from γ I. */
function inverseHessian(
  pairs: readonly { readonly s: ArrayLike<number>; readonly y: ArrayLike<number> }[],
): number[][] {
  const { s: last, y: change } = pairs[pairs.length - 1];
  const gamma = dot(last, change) / dot(change, change);
  let h = [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? gamma : 0)));
  for (const { s, y } of pairs) {
    const rho = 1 / dot(s, y);
    const v = [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? 1 : 0) - rho * y[i] * s[j]));
    const hv = h.map((row) =>
      [0, 1, 2].map((j) =>
        dot(
          row,
          v.map((r) => r[j]),
        ),
      ),
    );
    h = [0, 1, 2].map((i) => {
      return [0, 1, 2].map((j) => {
        return (
          dot(
            v.map((r) => r[i]),
            hv.map((r) => r[j]),
          ) +
          rho * s[i] * s[j]
        );
      });
    });
  }
  return h;
}

describe("the line search", () => {
  it("gives a length that meets both strong Wolfe conditions, from any first one", () => {
    const cases = fc.record({
      // a parabola with waves
      a: fc.double({ min: 0.7, max: 5, noNaN: true }),
      frequency: fc.double({ min: 0.5, max: 4, noNaN: true }),
      firstStep: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ a, frequency, firstStep }) => {
        const at = (t: number) => ({
          t,
          loss: (t - a) ** 2 + 0.3 * Math.sin(frequency * t),
          slope: 2 * (t - a) + 0.3 * frequency * Math.cos(frequency * t),
        });
        const start = at(0);

        const { t, loss, slope } = strongWolfe(start, at, {
          firstStep,
          maxEvaluations: 60,
          minInterval: 0,
        });

        expect(loss).toBeLessThanOrEqual(start.loss + 1e-4 * t * start.slope);
        expect(Math.abs(slope)).toBeLessThanOrEqual(-0.9 * start.slope);
        expect(t).toBeGreaterThan(0);
      }),
    );
  });

  it("gives the start where nothing is lower", () => {
    const start = { t: 0, loss: 0, slope: -1 };
    let evaluations = 0;

    const found = strongWolfe(
      start,
      (t) => {
        evaluations++;
        return { t, loss: Number.NaN, slope: Number.NaN };
      },
      { firstStep: 1, maxEvaluations: 8, minInterval: 0 },
    );

    expect(found).toBe(start);
    expect(evaluations).toBe(8);
  });
});
