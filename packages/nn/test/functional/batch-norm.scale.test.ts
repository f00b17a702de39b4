import { matMul, mul, ones, type Tensor, tensor, transpose, vjp, zeros } from "@tapegrad/autograd";
import { batchNormTrain } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

/**
 * Section 3.3 of the paper with its small print: for γ = 1, β = 0 and any a other than 0,
 * BN_ε(aWu) = sign(a) · BN_{ε/a²}(Wu), and the gradient by aW is 1/|a| of that by W. With one and the same
 * ε on both sides the identity of the paper is only approximate.
 *
 * Domain: float64, samples u [4, 3] within ±1, weights W [2, 3] within ±1, cotangents within ±1.
 */
const EPSILON = 1e-5;
const SAMPLES = 4;
const INPUTS = 3;
const UNITS = 2;

interface Problem {
  readonly u: Tensor;
  readonly w: Tensor;
  readonly yBar: Tensor;
}

const matrices = (rows: number, columns: number) =>
  vectors(rows * columns, 1).map((values) => tensor(values, { shape: [rows, columns] }));

const problems = (): fc.Arbitrary<Problem> =>
  fc.record({
    u: matrices(SAMPLES, INPUTS),
    w: matrices(UNITS, INPUTS),
    yBar: matrices(SAMPLES, UNITS),
  });

/** Of both signs, from 2⁻²⁰ to 2²⁰: about 1e-6 to 1e6. */
const powersOfTwo = (): fc.Arbitrary<number> =>
  fc
    .record({ exponent: fc.integer({ min: -20, max: 20 }), sign: fc.constantFrom(-1, 1) })
    .map(({ exponent, sign }) => sign * 2 ** exponent);

/** Of both signs, from 1e-3 to 1e3 on a logarithmic scale. */
const factors = (): fc.Arbitrary<number> =>
  fc
    .record({
      exponent: fc.double({ min: -3, max: 3, noNaN: true }),
      sign: fc.constantFrom(-1, 1),
    })
    .map(({ exponent, sign }) => sign * 10 ** exponent);

/** BN_ε(Wu) and the gradient of <yBar, BN_ε(Wu)> by W. */
function normalizedLinear({ u, w, yBar }: Problem, epsilon: number) {
  const [gamma, beta] = [ones([UNITS], { dtype: "float64" }), zeros([UNITS], { dtype: "float64" })];
  const { output, pullback } = vjp(
    (v: Tensor) => batchNormTrain(matMul(u, transpose(v)), gamma, beta, { epsilon }).output,
    w,
  );
  return { output, wBar: pullback(yBar)[0] };
}

/** The smallest √(σ² + ε) of a unit: the rounding of Wu counts relative to it. */
function smallestDeviation({ u, w }: Problem, epsilon: number): number {
  const [gamma, beta] = [ones([UNITS], { dtype: "float64" }), zeros([UNITS], { dtype: "float64" })];
  const { variance } = batchNormTrain(matMul(u, transpose(w)), gamma, beta);
  return Math.sqrt(Math.min(...Array.from(variance.toTypedArray())) + epsilon);
}

describe("batchNormTrain of scaled weights", () => {
  it("is sign(a) · BN_{ε/a²}(Wu), bit for bit where a is a power of two", () => {
    fc.assert(
      fc.property(problems(), powersOfTwo(), (problem, a) => {
        const scaled = normalizedLinear({ ...problem, w: mul(problem.w, a) }, EPSILON);
        const plain = normalizedLinear(problem, EPSILON / a ** 2);

        expectCloseToArray(scaled.output, mul(plain.output, Math.sign(a)), {});
        expectCloseToArray(scaled.wBar, mul(plain.wBar, 1 / Math.abs(a)), {});
      }),
      { numRuns: 1000 },
    );
  });

  it("is sign(a) · BN_{ε/a²}(Wu), and has 1/|a| of the gradient, for any a", () => {
    fc.assert(
      fc.property(problems(), factors(), (problem, a) => {
        const scaled = normalizedLinear({ ...problem, w: mul(problem.w, a) }, EPSILON);
        const epsilon = EPSILON / a ** 2;
        const plain = normalizedLinear(problem, epsilon);

        // Wu has entries up to 3 with a rounding of some 1e-15, and aWu another rounding of its own.
        const s = smallestDeviation(problem, epsilon);
        const rounding = 1e-14 / s;
        expectCloseToArray(scaled.output, mul(plain.output, Math.sign(a)), { absolute: rounding });
        expectCloseToArray(mul(scaled.wBar, Math.abs(a)), plain.wBar, { absolute: rounding / s });
      }),
      { numRuns: 300 },
    );
  });

  it("is not BN_ε(Wu) with the same ε: at a = 0.01 the two differ by more than 1", () => {
    const one = ones([1], { dtype: "float64" });
    const x = tensor([[-0.01], [0.03], [0.3]], { dtype: "float64" });
    const zero = zeros([1], { dtype: "float64" });

    const plain = batchNormTrain(x, one, zero, { epsilon: 1e-3 }).output.toTypedArray();
    const scaled = batchNormTrain(mul(x, 0.01), one, zero, { epsilon: 1e-3 }).output.toTypedArray();

    expect(Math.max(...plain.map((y, i) => Math.abs(y - scaled[i])))).toBeGreaterThan(1);
  });

  it("has a gradient orthogonal to w, unit by unit, as ε goes to 0: plain descent can only lengthen w", () => {
    const spread = fc.record({
      // Rows apart by 2 in the first input, weights from 1 to 2 on it: every unit has a variance near 1.
      noise: vectors(SAMPLES * INPUTS, 0.25),
      weights: vectors(UNITS * INPUTS, 0.5),
      yBar: matrices(SAMPLES, UNITS),
    });
    fc.assert(
      fc.property(spread, ({ noise, weights, yBar }) => {
        const samples = noise.map((v, i) => v + (i % INPUTS === 0 ? (2 * i) / INPUTS : 0));
        const rows = weights.map((v, i) => v + (i % INPUTS === 0 ? 1.5 : 0));
        const u = tensor(samples, { shape: [SAMPLES, INPUTS] });
        const w = tensor(rows, { shape: [UNITS, INPUTS] });

        const { wBar } = normalizedLinear({ u, w, yBar }, 1e-300);

        const inner = mul(w, wBar).sum({ axes: 1 });
        expectCloseToArray(inner, [0, 0], { absolute: 1e-13 });
      }),
      { numRuns: 100 },
    );
  });
});
