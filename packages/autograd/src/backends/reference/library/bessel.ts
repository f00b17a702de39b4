/**
 * @file The modified Bessel functions Iₙ(x) of whole order, and exp(-|x|) Iₙ(x), in float64.
 *
 * The power series (DLMF 10.25.2) has terms of one sign and so loses nothing; far out the asymptotic one (10.40.1)
 * is exact to the last place.
 */

/** Orders are those of derivatives: nobody comes here. */
const MAX_ORDER = 30;

function isOrder(n: number): boolean {
  return Number.isInteger(n) && n >= 0 && n <= MAX_ORDER;
}

/** From here on the terms of the asymptotic series fall from the first. */
function far(n: number): number {
  return 30 + (n * n) / 2;
}

/** Iₙ(x). NaN for an order that is not an integer from 0 to 30. */
export function besselI(n: number, x: number): number {
  if (!isOrder(n) || Number.isNaN(x)) return Number.NaN;
  const size = Math.abs(x);
  if (size < far(n)) return powerSeries(n, x);
  // in two steps: the exponential overflows before the product does
  const half = Math.exp(size / 2);
  return size === Number.POSITIVE_INFINITY ? withSign(n, x, size) : besselIe(n, x) * half * half;
}

/** exp(-|x|) Iₙ(x). NaN as `besselI`. */
export function besselIe(n: number, x: number): number {
  if (!isOrder(n) || Number.isNaN(x)) return Number.NaN;
  const size = Math.abs(x);
  if (size < far(n)) return powerSeries(n, x) * Math.exp(-size);
  return withSign(n, x, size === Number.POSITIVE_INFINITY ? 0 : asymptotic(n, size));
}

/** Odd orders are odd functions. */
function withSign(n: number, x: number, value: number): number {
  return n % 2 === 1 && x < 0 ? -value : value;
}

/** (x / 2)ⁿ Σ (x² / 4)ᵏ / (k! (n + k)!) */
function powerSeries(n: number, x: number): number {
  let term = 1;
  for (let k = 1; k <= n; k++) term *= x / (2 * k);
  const quarter = (x * x) / 4;
  let sum = term;
  for (let k = 1; Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
    term *= quarter / (k * (k + n));
    sum += term;
  }
  return sum;
}

function asymptotic(n: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    term *= -(4 * n * n - (2 * k - 1) ** 2) / (8 * k * x);
    sum += term;
  }
  return sum / Math.sqrt(2 * Math.PI * x);
}
