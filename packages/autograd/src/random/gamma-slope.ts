/**
 * @file How a draw from a gamma distribution moves with the concentration, where its place in the distribution stays:
 * implicit reparametrisation. Figurnov, Mohamed & Mnih, "Implicit reparameterization gradients" (2018), equation 5.
 */
import type { Tensor } from "../core/tensor.ts";
import { tensor } from "../ops/create.ts";
import { add } from "../primitives/add.ts";
import { less } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { exp } from "../primitives/exp.ts";
import { expm1 } from "../primitives/expm1.ts";
import { log } from "../primitives/log.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { digamma } from "../primitives/polygamma.ts";
import { reshape } from "../primitives/reshape.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { sub } from "../primitives/sub.ts";
import { sum } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";

/**
 * d log x / dα = -∂P(α, x)/∂α / (x p(x; α)) for float64 α > 0 and log x, in their shape; to some ten digits.
 *
 * With p the density and P its integral, ∂P/∂α is the integral of p(t) (log t - ψ(α)) from 0 to x, or less the one from x
 * on. With t = x exp(∓s), divided by x p(x), it is
 *
 * - ∫ exp(-α s + x (1 - exp(-s))) (log x - ψ(α) - s) ds, which serves for x < α,
 * - -∫ exp(α s - x (exp(s) - 1)) (log x - ψ(α) + s) ds, which serves for the others, where the first would cancel,
 *
 * both over s > 0, smooth, and negligible from some s on. For x ≤ 1 the first is a series of powers of x. So derivatives of
 * every order follow.
 */
export function logGammaSlope(alpha: Tensor, logX: Tensor): Tensor {
  const x = exp(logX);
  const isSmall = less(x, 1);
  const isBelow = less(x, alpha);
  const isLower = where(isSmall, false, isBelow);
  const isUpper = where(isSmall, false, where(isBelow, false, true));
  // operands that are harmless where the branch is not taken
  const chosen = (mask: Tensor, value: Tensor, otherwise: number): Tensor => where(mask, value, otherwise); // biome-ignore format: one line
  const small = series(chosen(isSmall, alpha, 1), chosen(isSmall, logX, 0));
  const lower = lowerIntegral(chosen(isLower, alpha, 2), chosen(isLower, logX, 0));
  const upper = upperIntegral(chosen(isUpper, alpha, 1), chosen(isUpper, logX, 0));
  return where(isSmall, small, where(isLower, lower, upper));
}

/** Powers of x ≤ 1 that count. */
const TERMS = 20;

/** -exp(x) Σ (-x)ᵏ / k! (m / (α + k) - 1 / (α + k)²), m = log x - ψ(α): the lower integral, term by term. */
function series(alpha: Tensor, logX: Tensor): Tensor {
  const x = exp(logX);
  const m = sub(logX, digamma(alpha));
  let power: Tensor = add(mul(x, 0), 1);
  let total: Tensor = mul(x, 0);
  for (let k = 0; k < TERMS; k++) {
    const inverse = div(1, add(alpha, k));
    total = add(total, mul(power, mul(inverse, sub(m, inverse))));
    power = mul(power, div(x, -(k + 1)));
  }
  return neg(mul(exp(x), total));
}

/** From where on an integrand is below exp(-40) of where it begins. */
const NEGLIGIBLE = 40;

function lowerIntegral(alpha: Tensor, logX: Tensor): Tensor {
  const x = exp(logX);
  const m = sub(logX, digamma(alpha));
  // α (s - 1 + exp(-s)), which the exponent exceeds for x < α, is at least α s² / (2 + s)
  const half = div(NEGLIGIBLE / 2, alpha);
  const end = add(half, sqrt(add(mul(half, half), mul(half, 4))));
  return neg(
    integral(end, (s) => {
      const exponent = neg(add(mul(alpha, s), mul(x, expm1(neg(s)))));
      return mul(exp(exponent), sub(m, s));
    }),
  );
}

function upperIntegral(alpha: Tensor, logX: Tensor): Tensor {
  const x = exp(logX);
  const m = sub(logX, digamma(alpha));
  // x (exp(s) - 1 - s), which the exponent exceeds for x ≥ α, is at least half of x (exp(s) - 1) from 1.26 on, and x s² / 2
  const ratio = div(2 * NEGLIGIBLE, x);
  const end = where(less(ratio, 2.6), sqrt(ratio), log(add(ratio, 1)));
  return integral(end, (s) => mul(exp(sub(mul(alpha, s), mul(x, expm1(s)))), add(m, s)));
}

/** ∫ f(s) ds from 0 to `end`, of which f does not depend otherwise, at the nodes of Gauss & Legendre along a new first axis. */
function integral(end: Tensor, f: (s: Tensor) => Tensor): Tensor {
  const along = [NODES.length, ...end.shape.map(() => 1)];
  const column = (values: readonly number[]): Tensor => reshape(tensor(values, { dtype: "float64" }), along); // biome-ignore format: one line
  const fixed = stopGradient(end);
  const values = f(mul(fixed, column(NODES.map(({ node }) => node))));
  return mul(fixed, sum(mul(values, column(NODES.map(({ weight }) => weight))), { axes: 0 }));
}

const NODES = legendreNodes(64);

/** Nodes and weights on [0, 1]: roots of the Legendre polynomial by Newton's method. DLMF 3.5(v). */
function legendreNodes(n: number): readonly { readonly node: number; readonly weight: number }[] {
  return Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 0;
    for (let step = 0; step < 10; step++) {
      let [before, value] = [1, x];
      for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k]; // biome-ignore format: one line
      slope = (n * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    return { node: (1 - x) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
}
