import {
  add,
  div,
  grad,
  mean,
  mul,
  sqrt,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { batchNormTrain } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray, largestOf } from "../oracles/close-to-array.ts";

/**
 * Derivatives of order 1 to 3 of φ(x, γ, β) = <c, BN(x, γ, β)>, c random.
 *
 * Domain: float64, four rows 0, 1, 2, 3 plus noise below 1/4, two channels, ε = 1e-3: the variance is near
 * 1, so that differences are accurate and terms with ε are still visible in them.
 */
const EPSILON = 1e-3;
const SHAPE = [4, 2];

type Point = readonly [x: Tensor, gamma: Tensor, beta: Tensor];
type Functional = (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor;

interface Statistics {
  readonly mu: Tensor;
  readonly sigmaSquared: Tensor;
}

const OVER = { axes: 0, keepDims: true };

/** Algorithm 1 as it is printed: no reference value is subtracted first. */
const asPrinted = (x: Tensor): Statistics => {
  const mu = mean(x, OVER);
  const centered = sub(x, mu);
  return { mu, sigmaSquared: mean(mul(centered, centered), OVER) };
};

/** The mistake of a saved variance: nothing flows through it. */
const withoutVariancePath = (x: Tensor): Statistics => {
  const { mu, sigmaSquared } = asPrinted(x);
  return { mu, sigmaSquared: stopGradient(sigmaSquared) };
};

/** The mistake that only later derivatives see: ∂σ²/∂μ is 0 in value, but not in its derivative. */
const withDetachedMean = (x: Tensor): Statistics => {
  const mu = mean(x, OVER);
  const centered = sub(x, stopGradient(mu));
  return { mu, sigmaSquared: mean(mul(centered, centered), OVER) };
};

/** <c, γ (x - μ) / √(σ² + ε) + β> with the given statistics. */
const functionalWith =
  (statistics: (x: Tensor) => Statistics, c: Tensor): Functional =>
  (x, gamma, beta) => {
    const { mu, sigmaSquared } = statistics(x);
    const xHat = div(sub(x, mu), sqrt(add(sigmaSquared, EPSILON)));
    return sum(mul(add(mul(xHat, gamma), beta), c));
  };

const functionalOfLibrary =
  (c: Tensor): Functional =>
  (x, gamma, beta) =>
    sum(mul(batchNormTrain(x, gamma, beta, { epsilon: EPSILON }).output, c));

/** p ↦ (∇φ(p), all arguments). */
const gradientOf =
  (phi: Functional) =>
  (...point: Point): readonly Tensor[] =>
    grad((p: Point) => phi(...p))(point);

/** p ↦ <∇φ(p), r>: the functional of the next order. */
const along =
  (phi: Functional, r: Point): Functional =>
  (...point) => {
    const inner = gradientOf(phi)(...point).map((bar, i) => sum(mul(bar, r[i])));
    return add(add(inner[0], inner[1]), inner[2]);
  };

const NAMES = ["x", "gamma", "beta"];

const tensorOf = (values: Float64Array, rank: number): Tensor =>
  tensor(values, { shape: rank === 2 ? SHAPE : [values.length] });

const points = (limit: number): fc.Arbitrary<Point> =>
  fc
    .tuple(vectors(8, limit), vectors(2, 1), vectors(2, 1))
    .map(([x, gamma, beta]) => [tensorOf(x, 2), tensorOf(gamma, 1), tensorOf(beta, 1)]);

const problems = fc.record({
  point: points(0.25).map(([noise, gamma, beta]): Point => {
    const rows = tensor([[0], [1], [2], [3]], { dtype: "float64" });
    return [add(noise, rows), gamma, beta];
  }),
  first: points(1),
  second: points(1),
  c: vectors(8, 1).map((values) => tensorOf(values, 2)),
});

/** Fourth-order central difference of φ at `point` along `r`. */
function differenceAlong(phi: Functional, point: Point, r: Point): number {
  const at = (t: number): number => {
    const [x, gamma, beta] = point.map((p, i) => add(p, mul(r[i], t)));
    return phi(x, gamma, beta).item();
  };
  const slope = (h: number): number => (at(h) - at(-h)) / (2 * h);
  return (4 * slope(5e-4) - slope(1e-3)) / 3;
}

const fixed = {
  point: [
    tensor([0.1, 1.9, 1.2, 0.3, 2.3, 1.1, 2.9, 4.2], { shape: SHAPE, dtype: "float64" }),
    tensor([1.5, -0.7], { dtype: "float64" }),
    tensor([0.2, 0.4], { dtype: "float64" }),
  ] satisfies Point,
  r: [
    tensor([0.5, -0.2, 0.9, 0.4, -0.7, 0.8, -0.1, 0.3], { shape: SHAPE, dtype: "float64" }),
    tensor([0.3, 0.6], { dtype: "float64" }),
    tensor([-0.5, 0.1], { dtype: "float64" }),
  ] satisfies Point,
  c: tensor([0.7, -0.4, 0.2, 0.9, -0.8, 0.5, 0.6, -0.3], { shape: SHAPE, dtype: "float64" }),
};

/** The largest difference between two gradients by x, relative to the largest entry of the second. */
function distance(phi: Functional, reference: Functional): number {
  const [xBar] = gradientOf(phi)(...fixed.point);
  const [expected] = gradientOf(reference)(...fixed.point);
  return largestOf(sub(xBar, expected)) / largestOf(expected);
}

describe("the derivatives of batchNormTrain of order 1, 2 and 3", () => {
  it("are those of algorithm 1 as printed: the reference value under stopGradient changes none", () => {
    fc.assert(
      fc.property(problems, ({ point, first, second, c }) => {
        let [library, printed] = [functionalOfLibrary(c), functionalWith(asPrinted, c)];
        for (const [order, r] of [first, second, null].entries()) {
          const expected = gradientOf(printed)(...point);
          gradientOf(library)(...point).forEach((bar, i) => {
            expectCloseToArray(bar, expected[i], {
              relativeToLargest: 1e-9,
              absolute: 1e-11,
              what: `order ${order + 1} by ${NAMES[i]}`,
            });
          });
          if (r !== null) [library, printed] = [along(library, r), along(printed, r)];
        }
      }),
      { numRuns: 40 },
    );
  });

  it("agree with differences of the derivative one order below", () => {
    fc.assert(
      fc.property(problems, ({ point, first, second, c }) => {
        let phi = functionalOfLibrary(c);
        for (const r of [first, second, first]) {
          const next = along(phi, r);

          const exact = next(...point).item();

          // Third derivatives are of size 10 at most here; steps of 1e-3 leave 1e-11 of truncation times
          // the fifth derivative further, and 1e-12 of rounding.
          expect(Math.abs(exact - differenceAlong(phi, point, r))).toBeLessThan(1e-7);
          phi = next;
        }
      }),
      { numRuns: 40 },
    );
  });

  it("pass the gradient check that users are given, in reverse and in forward mode", () => {
    const normalize = (...point: Point): Tensor =>
      batchNormTrain(...point, { epsilon: EPSILON }).output;

    const report = assertGradcheck(normalize, fixed.point, { order: 3, seed: 2015 });

    expect(report.ok).toBe(true);
  });
});

describe("the checks above, tried on wrong derivatives", () => {
  const random = fixed.c;
  const constant = tensor(new Float64Array(8).fill(1), { shape: SHAPE });

  it("see a variance without a derivative at order 1, under a random cotangent", () => {
    const wrong = functionalWith(withoutVariancePath, random);

    expect(distance(wrong, functionalOfLibrary(random))).toBeGreaterThan(0.1);
  });

  it("would not see it under a constant cotangent, where both gradients are 0", () => {
    const wrong = functionalWith(withoutVariancePath, constant);

    // Σ x̂ is 0 whatever the variance is, so under g = 1 nothing can flow through it.
    expect(largestOf(gradientOf(wrong)(...fixed.point)[0])).toBeLessThan(1e-14);
    expect(largestOf(gradientOf(functionalOfLibrary(constant))(...fixed.point)[0])).toBeLessThan(
      1e-14,
    );
  });

  it("do not see a mean that is detached inside the variance at order 1, where it is right", () => {
    const wrong = functionalWith(withDetachedMean, random);

    expect(distance(wrong, functionalOfLibrary(random))).toBeLessThan(1e-12);
  });

  it("see it at order 2", () => {
    const wrong = along(functionalWith(withDetachedMean, random), fixed.r);

    expect(distance(wrong, along(functionalOfLibrary(random), fixed.r))).toBeGreaterThan(0.01);
  });
});
