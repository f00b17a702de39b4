/**
 * @file Special functions by power series in integers of hundreds of bits: what the library's results in float64 are
 * compared with.
 *
 * A number is an integer that counts 2^-bits. Series alternate without harm, since the bits are chosen so that what
 * cancels is far below a float64. Nothing here is computed as in the library, which has minimax polynomials, the
 * trapezoidal rule, continued fractions, asymptotic and Taylor series, recurrences and reflections.
 */

/** Integers that count 2^-bits, and what is computed with them. */
class Fixed {
  readonly bits: bigint;
  readonly one: bigint;
  readonly ln2: bigint;

  constructor(bits: number) {
    this.bits = BigInt(bits);
    this.one = 1n << this.bits;
    this.ln2 = 2n * this.artanh(this.one / 3n);
  }

  /** Finite `x`, exactly, but for bits below the last. */
  of(x: number): bigint {
    const pattern = new BigInt64Array(Float64Array.of(x).buffer)[0];
    const biased = (pattern >> 52n) & 0x7ffn;
    const size = (pattern & 0xfffffffffffffn) | (biased === 0n ? 0n : 1n << 52n);
    const shift = this.bits + (biased === 0n ? 1n : biased) - 1075n;
    const magnitude = shift >= 0n ? size << shift : size >> -shift;
    return pattern < 0n ? -magnitude : magnitude;
  }

  mul(a: bigint, b: bigint): bigint {
    return (a * b) >> this.bits;
  }

  div(a: bigint, b: bigint): bigint {
    return (a << this.bits) / b;
  }

  /** first · (1 + ratio(1) (1 + ratio(2) (1 + …))), as long as terms count. */
  series(first: bigint, next: (term: bigint, k: bigint) => bigint): bigint {
    let [term, total] = [first, first];
    for (let k = 1n; term !== 0n && term !== -1n; k++) {
      term = next(term, k);
      total += term;
    }
    return total;
  }

  artanh(x: bigint): bigint {
    const square = this.mul(x, x);
    let [power, total] = [x, x];
    for (let k = 3n; power !== 0n && power !== -1n; k += 2n) {
      power = this.mul(power, square);
      total += power / k;
    }
    return total;
  }

  log(x: bigint): bigint {
    // x = 2ᵏ m, ¾ ≤ m < 1½
    const k = BigInt((x * 4n / 3n).toString(2).length) - 1n - this.bits; // biome-ignore format: one fraction
    const m = k >= 0n ? x >> k : x << -k;
    return k * this.ln2 + 2n * this.artanh(this.div(m - this.one, m + this.one));
  }

  /** From a small part of x, squared ten times. */
  exp(x: bigint): bigint {
    let value = this.series(this.one, (term, k) => this.mul(term, x >> 10n) / k);
    for (let i = 0; i < 10; i++) value = this.mul(value, value);
    return value;
  }

  /** √π, π being 16 arctan(1/5) - 4 arctan(1/239): Machin. */
  rootOfPi(): bigint {
    const arctan = (n: bigint): bigint => {
      let [power, total] = [this.one / n, this.one / n];
      for (let k = 3n; power !== 0n && power !== -1n; k += 2n) {
        power = -power / (n * n);
        total += power / k;
      }
      return total;
    };
    const square = (16n * arctan(5n) - 4n * arctan(239n)) << this.bits;
    let root = this.one << 1n;
    for (let i = 0; i < 5 + Math.log2(Number(this.bits)); i++) root = (root + square / root) >> 1n;
    return root;
  }
}

const known = new Map<number, Fixed>();

/** At least so many bits, which few enough of many arguments share. */
function fixed(bits: number): Fixed {
  const rounded = 256 * Math.ceil(bits / 256);
  const found = known.get(rounded) ?? new Fixed(rounded);
  known.set(rounded, found);
  return found;
}

/** How exp(size) is seen in bits. */
const bitsOfExp = (size: number): number => size * Math.LOG2E;

/** A value, and the bits it counts in. */
export interface Reference {
  readonly value: bigint;
  readonly in: Fixed;
}

/** 2/√π Σ (-1)ᵏ x²ᵏ⁺¹ / (k! (2k + 1)), DLMF 7.6.1. */
function erfIn(numbers: Fixed, at: bigint): bigint {
  const square = numbers.mul(at, at);
  let power = at;
  let total = at;
  for (let k = 1n; power !== 0n && power !== -1n; k++) {
    power = -numbers.mul(power, square) / k;
    total += power / (2n * k + 1n);
  }
  return numbers.div(2n * total, numbers.rootOfPi());
}

/** 1 - erf(x). */
export function erfc(x: number): Reference {
  const numbers = fixed(2 * bitsOfExp(x * x) + 120);
  return { value: numbers.one - erfIn(numbers, numbers.of(x)), in: numbers };
}

/** How far y is from the inverse of erf at x, relative to y: to first order, which is what counts. */
export function errorOfErfinv(x: number, y: number): number {
  const numbers = fixed(2 * bitsOfExp(y * y) + 160);
  const at = numbers.of(y);
  const off = numbers.mul(erfIn(numbers, at) - numbers.of(x), numbers.exp(numbers.mul(at, at)));
  const byY = numbers.div(numbers.mul(off, numbers.rootOfPi()), 2n * at);
  return Math.abs(Number((byY << 80n) >> numbers.bits)) / 2 ** 80;
}

/** The derivative of order n of Σ (-x)ᵏ / Γ(k / 2 + 1), which is exp(x²) erfc(x): its even and its odd terms. */
export function erfcx(n: number, x: number): Reference {
  const numbers = fixed(2 * bitsOfExp(x * x) + 160);
  const order = BigInt(n);
  const at = numbers.of(x);
  const square = numbers.mul(at, at);
  const sum = (parity: bigint, first: bigint): bigint => {
    let [k, term] = [parity, first];
    // 1 / Γ(k / 2 + 1) for the first k that the derivative leaves, then times xᵏ⁻ⁿ
    for (; k < order; k += 2n) term = (2n * term) / (k + 2n);
    if (k > order) term = numbers.mul(term, at);
    let total = 0n;
    for (; term !== 0n && term !== -1n; k += 2n) {
      total += falling(k, order) * term;
      term = (2n * numbers.mul(term, square)) / (k + 2n);
    }
    return total;
  };
  const odd = numbers.div(2n * numbers.one, numbers.rootOfPi());
  return { value: sum(0n, numbers.one) - sum(1n, odd), in: numbers };
}

/** k (k - 1) … (k - n + 1) */
function falling(k: bigint, n: bigint): bigint {
  let product = 1n;
  for (let i = 0n; i < n; i++) product *= k - i;
  return product;
}

/** exp(-x) Iₙ(x) for x ≥ 0: (x / 2)ⁿ / n! M(n + ½, 2n + 1, -2x), DLMF 10.39.5. */
export function besselIe(n: number, x: number): Reference {
  const numbers = fixed(bitsOfExp(2 * x) + 200);
  const at = numbers.of(x);
  let first = numbers.one;
  for (let k = 1n; k <= BigInt(n); k++) first = numbers.mul(first, at) / (2n * k);
  const value = numbers.series(first, (term, k) => {
    return (-numbers.mul(term, at) * (2n * BigInt(n) + 2n * k - 1n)) / ((2n * BigInt(n) + k) * k);
  });
  return { value, in: numbers };
}

/** Iₙ(x) for x ≥ 0. */
export function besselI(n: number, x: number): Reference {
  const scaled = besselIe(n, x);
  return { value: scaled.in.mul(scaled.value, scaled.in.exp(scaled.in.of(x))), in: scaled.in };
}

/** 2⁷: Γ(x, 128), which is left out, counts for less than 10⁻²⁰ of Γ(x) where x < 30. */
const LIMIT = 7n;

/**
 * Derivatives of log |Γ(x)| up to order n: Γ(x) is 128ˣ e⁻¹²⁸ Σ 128ᵏ / (x (x + 1) … (x + k)), DLMF 8.7.1, also for
 * negative x. Each term is a polynomial in z around x.
 */
export function logGamma(n: number, x: number): Reference {
  const numbers = fixed(256);
  const at = numbers.of(x);
  let term = [numbers.one, ...Array.from({ length: n }, () => 0n)];
  const total = term.map(() => 0n);
  for (let k = 0n; term.some((c) => c > 1n || c < -1n); k++) {
    const next: bigint[] = [];
    // divided by x + k + z
    for (const c of term) {
      next.push(numbers.div(c - (next.at(-1) ?? 0n), at + k * numbers.one));
    }
    next.forEach((c, i) => {
      total[i] += c;
    });
    term = next.map((c) => c << LIMIT);
  }
  const size = total[0] < 0n ? -total[0] : total[0];
  const base = LIMIT * numbers.ln2;
  if (n === 0) {
    const value = numbers.mul(at, base) - (numbers.one << LIMIT) + numbers.log(size);
    return { value, in: numbers };
  }
  // the coefficients of the logarithm: k lₖ = k gₖ / g₀ - Σ j lⱼ gₖ₋ⱼ / g₀
  const g = total.map((c) => numbers.div(c, total[0]));
  const l: bigint[] = [0n];
  for (let k = 1; k <= n; k++) {
    let c = BigInt(k) * g[k];
    for (let j = 1; j < k; j++) c -= numbers.mul(BigInt(j) * l[j], g[k - j]);
    l.push(c / BigInt(k));
  }
  let factorial = 1n;
  for (let k = 2n; k <= BigInt(n); k++) factorial *= k;
  return { value: l[n] * factorial + (n === 1 ? base : 0n), in: numbers };
}

/** How far `found` lies from the reference, relative to it, or to `least` if that is larger. */
export function errorOf(found: number, { value, in: numbers }: Reference, least = 0): number {
  const difference = numbers.of(found) - value;
  const size = value < 0n ? -value : value;
  const floor = numbers.of(least);
  return Math.abs(Number((difference << 80n) / (size > floor ? size : floor))) / 2 ** 80;
}
