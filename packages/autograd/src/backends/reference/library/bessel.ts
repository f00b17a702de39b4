/**
 * @file exp(-|x|) I₀(x) and exp(-|x|) I₁(x), modified Bessel functions, in float64.
 *
 * The power series (DLMF 10.25.2) has positive terms and so loses nothing; from 30 on the asymptotic one
 * (10.40.1) is exact to the last place.
 */

const FAR = 30;

function scaled(order: 0 | 1, x: number): number {
  const size = Math.abs(x);
  const value = size < FAR ? powerSeries(order, size) : asymptotic(order, size);
  return order === 1 && x < 0 ? -value : value;
}

function powerSeries(order: 0 | 1, x: number): number {
  const quarter = (x * x) / 4;
  let term = order === 0 ? 1 : x / 2;
  let sum = term;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * (k + order));
    sum += term;
  }
  return sum * Math.exp(-x);
}

function asymptotic(order: 0 | 1, x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  let term = 1;
  let sum = 1;
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    term *= -(4 * order - (2 * k - 1) ** 2) / (8 * k * x);
    sum += term;
  }
  return sum / Math.sqrt(2 * Math.PI * x);
}

export function besselI0e(x: number): number {
  return scaled(0, x);
}

export function besselI1e(x: number): number {
  return scaled(1, x);
}
