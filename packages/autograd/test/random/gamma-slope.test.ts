/** The derivative of gamma draws by their concentration, and of what is made of them: against distribution functions and means. */
import {
  beta,
  dirichlet,
  gamma,
  grad,
  jvp,
  log,
  polygamma,
  randomKey,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";
import { logGammaSlope } from "../../src/random/gamma-slope.ts";
import { gammaCdf, logGamma } from "./goodness-of-fit.ts";

const key = randomKey(20150211);
const float64 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });
const at = (value: number): Tensor => tensor(value, { dtype: "float64" });

/** -∂P/∂α / (x p), by differences of P with two steps of Richardson's extrapolation. */
function slopeOf(a: number, x: number): number {
  const difference = (h: number): number => (gammaCdf(a + h, x) - gammaCdf(a - h, x)) / (2 * h);
  const h = a / 100;
  const slope = (64 * difference(h / 4) - 20 * difference(h / 2) + difference(h)) / 45;
  return -slope / Math.exp(a * Math.log(x) - x - logGamma(a));
}

describe("the slope of log x by the concentration", () => {
  it.each([0.05, 0.9, 4, 300])("at %d is that of the distribution function", (a) => {
    for (const part of [0.001, 0.05, 0.3, 0.8, 0.99, 1.01, 1.2, 2, 3]) {
      const x = a * part;
      const p = gammaCdf(a, x);
      // elsewhere the differences have no digits
      if (p < 1e-3 || p > 0.999) continue;
      expect(Math.abs(logGammaSlope(at(a), at(Math.log(x))).item() / slopeOf(a, x) - 1)).toBeLessThan(1e-8);
    }
  });

  it.each([
    ["by its series", [0.2, 3], [-5, -0.3]],
    ["by the lower integral", [3, 20], [0.5, 2.6]],
    ["by the upper integral", [20, 0.4], [3.2, 0.9]],
  ])("%s has derivatives of its own", (_, alpha, logX) => {
    assertGradcheck(logGammaSlope, [float64(...alpha), float64(...logX)], { order: 1, seed: 1 });
  });
}); // biome-ignore format: long lines

describe("gradients of means of draws", () => {
  const COUNT = 400;
  const mean = (f: (x: Tensor) => Tensor) => (a: Tensor): Tensor => f(gamma(key, [COUNT], { concentration: a })).mean(); // biome-ignore format: one line

  // E[x] = α, E[x²] = α² + α, E[log x] = ψ(α); five standard deviations are below 30 % here
  const near = (found: Tensor, expected: number): void => {
    expect(Math.abs(found.item() / expected - 1)).toBeLessThan(0.3);
  };

  it.each([0.3, 2])("are those of the moments, at concentration %d", (a) => {
    near(grad(mean((x) => x))(at(a)), 1);
    near(grad(mean((x) => x.mul(x)))(at(a)), 2 * a + 1);
    near(grad(mean((x) => log(x)))(at(a)), polygamma(1, at(a)).item());
  });

  it("are those of the moments to the second order", () => {
    near(grad(grad(mean((x) => x.mul(x))))(at(2)), 2);
  });

  it("are the same forward and backward, and in float32", () => {
    const f = (a: Tensor): Tensor => gamma(key, [3], { concentration: a });
    const a = float64(0.5, 1, 8);
    const { pullback } = vjp(f, a);
    const { tangent } = jvp(f, [a], [float64(1, 1, 1)]);

    expect(pullback(float64(1, 1, 1))[0].toArray()).toEqual(tangent.toArray());
    const single = grad((x: Tensor) => f(x).sum())(tensor([0.5, 1, 8]));
    expect(single.dtype).toBe("float32");
    expect(single.toArray()).toEqual([...Float32Array.from(tangent.toTypedArray())]);
  });

  it("of one concentration for many draws add up", () => {
    const each = jvp(
      (a: Tensor) => gamma(key, [5], { concentration: a }),
      [at(2)],
      [at(1)],
    ).tangent;

    const together = grad((a: Tensor) => gamma(key, [5], { concentration: a }).sum())(at(2));

    expect(together.item()).toBeCloseTo(each.sum().item(), 12);
  });

  it("of beta and Dirichlet draws are those of their means", () => {
    const [a, b] = [1.5, 2.5];
    const mixed = (x: Tensor): Tensor => beta(key, [COUNT], { alpha: x, beta: b }).mean();
    const shares = (x: Tensor): Tensor => dirichlet(key, x, { shape: [COUNT] }).mean({ axes: 0 });

    // E[x] = α / (α + β)
    near(grad(mixed)(at(a)), b / (a + b) ** 2);
    const jacobian = grad((x: Tensor) =>
      shares(x)
        .mul(float64(1, 0, 0))
        .sum(),
    )(float64(1, 2, 3));
    for (const [i, expected] of [5 / 36, -1 / 36, -1 / 36].entries()) {
      expect(Math.abs((jacobian.toArray() as number[])[i] - expected)).toBeLessThan(0.02);
    }
  });
});
