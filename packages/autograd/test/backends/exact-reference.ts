/**
 * @file Elementary functions to some 40 digits, in integers: what float64 results are compared with.
 *
 * A number is `mantissa · 2^exponent`. Inside, numbers are integers that count 2^-200.
 */

export interface Exact {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const F = 200;
const ONE = 1n << 200n;
/** For the reduction of huge angles: 2^1024 times its error must stay small. */
const WIDE = 1400;

/** Finite `x`, exactly. */
export function exactly(x: number): Exact {
  const bits = new BigInt64Array(Float64Array.of(x).buffer)[0];
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const size = biased === 0 ? fraction : fraction | 0x10000000000000n;
  return { mantissa: bits < 0n ? -size : size, exponent: Math.max(biased, 1) - 1075 };
}

const shifted = (x: bigint, by: number): bigint => (by >= 0 ? x << BigInt(by) : x >> BigInt(-by));
const fixed = ({ mantissa, exponent }: Exact, digits = F): bigint =>
  shifted(mantissa, exponent + digits);
const mul = (a: bigint, b: bigint): bigint => (a * b) >> 200n;

/** arctan(1 / n) with `digits` bits behind the point. */
function arctanInverse(n: bigint, digits: number): bigint {
  let power = (1n << BigInt(digits)) / n;
  let total = power;
  for (let k = 3n; power !== 0n; k += 2n) {
    power /= -n * n;
    total += power / k;
  }
  return total;
}

/** Machin's formula: π/2 = 8 arctan(1/5) - 2 arctan(1/239). */
const HALF_PI = (8n * arctanInverse(5n, WIDE + 64) - 2n * arctanInverse(239n, WIDE + 64)) >> 64n;

/** ln 2 = 2 artanh(1/3). */
const LN2 = (() => {
  let [power, total] = [(2n << 260n) / 3n, 0n];
  for (let k = 1n; power !== 0n; k += 2n) {
    total += power / k;
    power /= 9n;
  }
  return total >> 60n;
})();

/** exp(x) = mantissa / 2^200 · 2^power. */
function expParts(x: bigint): { readonly mantissa: bigint; readonly power: number } {
  const power = (2n * x + LN2) / (2n * LN2) - (2n * x + LN2 < 0n ? 1n : 0n);
  const r = (x - power * LN2) >> 8n;
  let [term, total] = [ONE, ONE];
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = mul(term, r) / k;
    total += term;
  }
  for (let k = 0; k < 8; k++) total = mul(total, total);
  return { mantissa: total, power: Number(power) };
}

function expOf(x: bigint): Exact {
  const { mantissa, power } = expParts(x);
  return { mantissa, exponent: power - F };
}

/** log of a positive number, from the float64 logarithm and one step that cubes its error. */
function logOf(x: number): bigint {
  const first = fixed(exactly(Math.log(x)));
  const { mantissa, power } = expParts(-first);
  const { mantissa: size, exponent } = exactly(x);
  const delta = shifted(size * mantissa, exponent + power) - ONE;
  const square = mul(delta, delta);
  return first + delta - square / 2n + mul(square, delta) / 3n;
}

const whole = (mantissa: bigint): Exact => ({ mantissa, exponent: -F });

function sigmoid(x: number): Exact {
  const { mantissa, power } = expParts(fixed(exactly(-Math.abs(x))));
  const sum = ONE + shifted(mantissa, power);
  if (x >= 0) return whole((ONE << 200n) / sum);
  return { mantissa: (mantissa << 200n) / sum, exponent: power - F };
}

function tanh(x: number): Exact {
  const { mantissa, power } = expParts(fixed(exactly(-2 * Math.abs(x))));
  const e = shifted(mantissa, power);
  const size = ((ONE - e) << 200n) / (ONE + e);
  return whole(x < 0 ? -size : size);
}

/** 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n + 1)!!, DLMF 7.6.2. */
function erf(x: number): Exact {
  const at = fixed(exactly(x));
  const square = mul(at, at);
  let [term, total] = [at, at];
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = (2n * mul(term, square)) / (2n * n + 1n);
    total += term;
  }
  const rootOfPi = squareRoot((HALF_PI * 2n) << BigInt(2 * F - WIDE));
  const { mantissa, power } = expParts(-square);
  return whole((2n * mul(total, shifted(mantissa, power)) * ONE) / rootOfPi);
}

function squareRoot(x: bigint): bigint {
  let root = 1n << BigInt((x.toString(2).length >> 1) + 1);
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** sin(x + quarters · π/2). */
function sine(x: number, quarters: bigint): Exact {
  const at = fixed(exactly(x), WIDE);
  const turns = (2n * at + HALF_PI) / (2n * HALF_PI) - (2n * at + HALF_PI < 0n ? 1n : 0n);
  const r = (at - turns * HALF_PI) >> BigInt(WIDE - F);
  const quadrant = (turns + quarters) & 3n;
  const square = mul(r, r);
  const isOdd = (quadrant & 1n) === 1n;
  let term = isOdd ? ONE : r;
  let total = term;
  for (let k = isOdd ? 1n : 2n; term !== 0n && term !== -1n; k += 2n) {
    term = -mul(term, square) / (k * (k + 1n));
    total += term;
  }
  return whole(quadrant >= 2n ? -total : total);
}

/** Of finite operands with a finite result that is not 0; of pow, |x|. */
export const EXACT: Readonly<Record<string, (x: number, y: number) => Exact>> = {
  exp: (x) => expOf(fixed(exactly(x))),
  log: (x) => whole(logOf(x)),
  tanh,
  sigmoid,
  erf,
  sin: (x) => sine(x, 0n),
  cos: (x) => sine(x, 1n),
  pow: (x, y) => {
    const { mantissa, exponent } = exactly(y);
    return expOf(shifted(mantissa * logOf(Math.abs(x)), exponent));
  },
};

/** How many units in the last place of float64 `found` lies from `expected`; below the normal numbers the unit stays 2^-1074. */
export function ulpsBetween(found: number, expected: Exact): number {
  const { mantissa, exponent } = expected;
  const digits = (mantissa < 0n ? -mantissa : mantissa).toString(2).length;
  const unit = Math.max(digits + exponent - 53, -1074);
  // both in units of 2^-20 of the last place
  const other = exactly(found);
  const difference =
    shifted(other.mantissa, other.exponent - unit + 20) - shifted(mantissa, exponent - unit + 20);
  return Math.abs(Number(difference)) / 2 ** 20;
}
