/**
 * @file Whether numbers follow a distribution: Kolmogorov & Smirnov's distance, χ², and distribution functions that import
 * nothing from src.
 */

/** √n times the largest distance between the empirical distribution function of `values` and `cdf`. */
export function kolmogorovSmirnov(values: readonly number[], cdf: (x: number) => number): number {
  const n = values.length;
  const distances = values
    .toSorted((a, b) => a - b)
    .map(cdf)
    .map((part, i) => Math.max(part - i / n, (i + 1) / n - part));
  return Math.sqrt(n) * distances.reduce((a, b) => Math.max(a, b), 0);
}

/** What `kolmogorovSmirnov` exceeds for one key in ten thousand: √(log(2 · 10⁴) / 2). */
export const KS_LIMIT = 2.225;

/** Σ (observed - expected)² / expected. */
export function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, n, i) => sum + (n - expected[i]) ** 2 / expected[i], 0);
}

/** log Γ(x) for x > 0 by Stirling's series from 12 on, below by recurrence. DLMF 5.11.1. */
export function logGamma(x: number): number {
  if (x < 12) return logGamma(x + 1) - Math.log(x);
  const y = 1 / (x * x);
  const series = (1 - y * (1 / 30 - y * (1 / 105 - y / 140))) / (12 * x);
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series;
}

/** The regularised incomplete gamma function P(a, x) by its series of positive terms. DLMF 8.11.4. */
export function gammaCdf(a: number, x: number): number {
  if (x <= 0) return 0;
  if (x > a + 40 * Math.sqrt(a) + 100) return 1;
  let term = Math.exp(a * Math.log(x) - x - logGamma(a + 1));
  let sum = 0;
  for (let n = 1; term > 1e-17 * sum; n++) {
    sum += term;
    term *= x / (a + n);
  }
  return sum;
}

/** Φ(x), from P(½, x² / 2) = erf(|x| / √2), with an absolute error of some 10⁻¹⁵. */
export function normalCdf(x: number): number {
  const half = gammaCdf(0.5, (x * x) / 2) / 2;
  return x < 0 ? 0.5 - half : 0.5 + half;
}

/**
 * x ↦ (Φ(x) - Φ(a)) / (Φ(b) - Φ(a)) for finite bounds, by Simpson's rule for the density over that of a, so that it is right
 * in the tails.
 */
export function truncatedNormalCdf(a: number, b: number): (x: number) => number {
  const integral = (end: number): number => {
    const [steps, h] = [200, (end - a) / 200];
    const at = (i: number): number => Math.exp(-(i * h * (2 * a + i * h)) / 2);
    let sum = at(0) + at(steps);
    for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * at(i);
    return (sum * h) / 3;
  };
  const whole = integral(b);
  return (x) => integral(x) / whole;
}
