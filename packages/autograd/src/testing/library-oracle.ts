/**
 * @file What the words mean that a backend calls as functions: by definitions and integrals, without its code.
 *
 * Integrands that are smooth on the whole line, or periodic, are summed at equal distances, which converges faster than
 * any power of the distance. Good for numbers of unit size, where the laws sample.
 */
import type { LibraryWord } from "../kernel/scalar.ts";

/** Σ f(k h) h over all k that count. */
function overTheLine(f: (u: number) => number, h = 1 / 8): number {
  let sum = 0;
  for (let k = -40 / h; k <= 8 / h; k++) sum += f(k * h) * h;
  return sum;
}

/** The density exp(x u - exp u), whose integral is Γ(x): the mean of f(u) under it. */
function meanUnderGamma(x: number, f: (u: number) => number): number {
  const weight = (u: number): number => Math.exp(x * u - Math.exp(u));
  return overTheLine((u) => f(u) * weight(u)) / overTheLine(weight);
}

/** The derivatives of log Γ are the cumulants of log t for a gamma variable t: from its central moments. */
function cumulant(order: number, x: number): number {
  const mean = meanUnderGamma(x, (u) => u);
  const moment = (k: number): number => meanUnderGamma(x, (u) => (u - mean) ** k);
  switch (order) {
    case 1:
      return mean;
    case 2:
    case 3:
      return moment(order);
    case 4:
      return moment(4) - 3 * moment(2) ** 2;
    default:
      return moment(5) - 10 * moment(3) * moment(2);
  }
}

/** Malmsten's integral of ((x - 1) e⁻ᵗ - (e⁻ᵗ - e⁻ˣᵗ) / (1 - e⁻ᵗ)) / t over t > 0 (DLMF 5.9.19), t being exp u. */
function logGamma(x: number): number {
  return overTheLine((u) => {
    const t = Math.exp(u);
    return Math.exp(-t) * (x - 1 - Math.expm1(-(x - 1) * t) / Math.expm1(-t));
  });
}

/** exp(-|x|) Iₙ(x) = mean over the circle of exp(x cos θ - |x|) cos nθ (DLMF 10.32.3). */
function besselOverTheCircle(n: number, x: number): number {
  const points = 128;
  let sum = 0;
  for (let k = 0; k < points; k++) {
    const theta = (2 * Math.PI * k) / points;
    sum += Math.exp(x * Math.cos(theta) - Math.abs(x)) * Math.cos(n * theta);
  }
  return sum / points;
}

/** erf by its series of positive terms, 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n + 1)!!, where it is not ±1 (DLMF 7.6.2). */
export function errorFunction(x: number): number {
  if (!(Math.abs(x) < 6)) return Math.sign(x);
  let [term, total] = [x, x];
  for (let n = 1; n < 200; n++) total += term *= (2 * x * x) / (2 * n + 1);
  return ((2 * Math.exp(-x * x)) / Math.sqrt(Math.PI)) * total;
}

/** The derivative of order n of exp(x²) erfc(x): 2/√π ∫ (-2t)ⁿ exp(-t² - 2xt) dt over t > 0 (DLMF 7.7.1), t being exp u. */
function scaledComplement(n: number, x: number): number {
  const integral = overTheLine((u) => {
    const t = Math.exp(u);
    return t ** (n + 1) * Math.exp(-t * t - 2 * x * t);
  }, 1 / 16);
  return ((2 * (-2) ** n) / Math.sqrt(Math.PI)) * integral;
}

function bisected(f: (y: number) => number, goal: number): number {
  let [low, high] = [-6, 6];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < goal) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function logOfOnePlus(x: number): number {
  const sum = 1 + x;
  return sum === 1 ? x : (Math.log(sum) * x) / (sum - 1);
}

/** What division leaves over, by subtracting halves of halves: every difference is exact. */
function longDivision(a: number, b: number): number {
  let rest = Math.abs(a);
  const least = Math.abs(b);
  if (!Number.isFinite(a) || !(least > 0)) return Number.NaN;
  if (least > rest) return a;
  let part = least;
  while (part <= rest / 2) part *= 2;
  for (; part >= least; part /= 2) if (part <= rest) rest -= part;
  return a < 0 ? -rest : rest;
}

export const LIBRARY_MEANING: Readonly<Record<LibraryWord, (...operands: number[]) => number>> = {
  expm1: (x) => 2 * Math.exp(x / 2) * Math.sinh(x / 2),
  log1p: logOfOnePlus,
  log2: (x) => Math.log(x) / Math.LN2,
  log10: (x) => Math.log(x) / Math.LN10,
  sinh: (x) => (Math.expm1(x) - Math.expm1(-x)) / 2,
  cosh: (x) => (Math.exp(x) + Math.exp(-x)) / 2,
  asin: (x) => Math.atan2(x, Math.sqrt((1 - x) * (1 + x))),
  acos: (x) => 2 * Math.atan2(Math.sqrt(1 - x), Math.sqrt(1 + x)),
  atan: (x) => Math.asin(x / Math.sqrt(1 + x * x)),
  atan2: (y, x) => Math.sign(y) * Math.acos(x / Math.sqrt(x * x + y * y)),
  asinh: (x) => Math.sign(x) * logOfOnePlus(Math.abs(x) + (x * x) / (1 + Math.sqrt(1 + x * x))),
  acosh: (x) => logOfOnePlus(x - 1 + Math.sqrt((x - 1) * (x + 1))),
  atanh: (x) => (Math.abs(x) === 1 ? x / 0 : logOfOnePlus((2 * x) / (1 - x)) / 2),
  fmod: longDivision,
  erfc: (x) => 1 - errorFunction(x),
  erfcx: scaledComplement,
  erfinv: (x) => (Math.abs(x) === 1 ? x / 0 : bisected(errorFunction, x)),
  lgamma: logGamma,
  polygamma: (n, x) => cumulant(n + 1, x),
  besselI: (n, x) => besselOverTheCircle(n, x) * Math.exp(Math.abs(x)),
  besselIe: besselOverTheCircle,
};

/** The words whose meaning is an integral of the gamma function's: a sum of numbers of unit size, whatever it comes to. */
export const GAMMA_WORDS: ReadonlySet<string> = new Set<LibraryWord>(["lgamma", "polygamma"]);
