/**
 * @file The logarithm of the gamma function and its derivatives, in float64, to a few units in the last place.
 *
 * Large arguments take the asymptotic series of DLMF 5.11.1 and 5.11.2, smaller ones are brought there by the
 * recurrence 5.5.1, and negative ones by reflection. Sums of powers are a Hurwitz zeta function (25.11.1)
 * by the Euler-Maclaurin formula (2.10.1).
 */

/** B₂, B₄, … B₂₄: Bernoulli numbers, DLMF table 24.2.3. */
const BERNOULLI: readonly number[] = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
  854513 / 138,
  -236364091 / 2730,
];

/** From here on the asymptotic series are exact to the last place. */
const FAR = 15;

/** n! ζ(n + 1, q), which is n! Σ (q + k)⁻ⁿ⁻¹ over k = 0, 1, …, for n ≥ 1 and q > 0. n! alone may overflow. */
function factorialTimesZeta(n: number, q: number): number {
  let sum = 0;
  let a = q;
  for (; a < FAR + n; a++) sum += factorialOverPower(n, a) / a;
  // DLMF 2.10.1: 1 / n + 1 / (2a) + Σ B₂ⱼ (n + 1) (n + 2) … (n + 2j - 1) / (2j)! · a⁻²ʲ
  let tail = 1 / n + 1 / (2 * a);
  let factor = (n + 1) / (2 * a * a);
  BERNOULLI.forEach((b, j) => {
    tail += b * factor;
    const k = 2 * (j + 1);
    factor *= ((n + k) * (n + k + 1)) / ((k + 1) * (k + 2) * a * a);
  });
  return sum + factorialOverPower(n, a) * tail;
}

/** n! / aⁿ */
function factorialOverPower(n: number, a: number): number {
  let quotient = 1;
  for (let k = 1; k <= n; k++) quotient *= k / a;
  return quotient;
}

const EULER = 0.5772156649015329;
/** ζ(k) - 1 for k = 2, 3, …: the coefficients of log Γ around 2, DLMF 5.7.3. */
const ZETA_MINUS_ONE: readonly number[] = Array.from(
  { length: 32 },
  (_, i) => factorialTimesZeta(i + 1, 2) / factorialOverPower(i + 1, 1),
);

/** Where digamma is 0: DLMF 5.4.20, as a sum of two numbers. */
const DIGAMMA_ROOT = [1.4616321449683622, 9.549995429965697e-17] as const;
/** ζ(k, root) for k = 2, 3, …: the coefficients of digamma around it, up to their signs. */
const ZETA_AT_ROOT: readonly number[] = Array.from(
  { length: 36 },
  (_, i) => factorialTimesZeta(i + 1, DIGAMMA_ROOT[0]) / factorialOverPower(i + 1, 1),
);

/** log |Γ(x)|. Infinity at 0 and the negative integers. */
export function lgamma(x: number): number {
  if (x <= 0) {
    if (Number.isInteger(x) || x === Number.NEGATIVE_INFINITY) return Number.POSITIVE_INFINITY;
    // DLMF 5.5.3
    if (x < -0.5) return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  }
  if (x < 0.5) return lgamma(x + 1) - Math.log(Math.abs(x));
  if (x < 1.5) return aroundTwo(x - 1) - Math.log1p(x - 1);
  if (x < 2.5) return aroundTwo(x - 2);
  if (x >= FAR) return stirling(x);
  // down to where the series is: nothing cancels
  let product = 1;
  let a = x;
  while (a >= 2.5) {
    a -= 1;
    product *= a;
  }
  return Math.log(product) + aroundTwo(a - 2);
}

/** log Γ(2 + z), |z| ≤ ½. */
function aroundTwo(z: number): number {
  let sum = 0;
  for (let i = ZETA_MINUS_ONE.length - 1; i >= 0; i--) {
    const sign = i % 2 === 0 ? 1 : -1;
    sum = (sum + (sign * ZETA_MINUS_ONE[i]) / (i + 2)) * z;
  }
  return (sum + 1 - EULER) * z;
}

function stirling(x: number): number {
  if (x > 1e16) return x * (Math.log(x) - 1);
  const inverse = 1 / (x * x);
  let series = 0;
  for (let j = BERNOULLI.length - 1; j >= 0; j--) {
    const k = 2 * (j + 1);
    series = series * inverse + BERNOULLI[j] / (k * (k - 1));
  }
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series / x;
}

/**
 * The derivative of order n + 1 of log Γ: the digamma function for n = 0. At 0 digamma is -∞ of the sign of the
 * zero, at negative integers NaN; those of odd n are infinite at all of them, the others NaN. NaN for n that is not
 * an integer from 0 to 170.
 */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (!Number.isInteger(n) || n < 0 || n > 170 || Number.isNaN(x)) return Number.NaN;
  if (x > 0) return (n % 2 === 0 ? -1 : 1) * factorialTimesZeta(n, x);
  // DLMF 5.15.1: -(-1)ⁿ n! Σ (x + k)⁻ⁿ⁻¹, where -x - k is r, r + 1, … up to -x, and x + k is 1 - r, 2 - r, …
  const r = Math.ceil(x) - x;
  if (r === 0) return n % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY;
  const [left, right] = [factorialTimesZeta(n, r), factorialTimesZeta(n, 1 - r)];
  const beyond = factorialTimesZeta(n, 1 - x);
  if (n % 2 === 1) return left - beyond + right;
  // halfway they cancel, and of two that overflow the nearer one is larger
  if (left === right) return r === 0.5 ? -beyond : (0.5 - r) / 0;
  return left - right - beyond;
}

function digamma(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) {
    if (Number.isInteger(x)) return Number.NaN;
    return digamma(1 - x) - Math.PI / tanPi(x);
  }
  if (Math.abs(x - DIGAMMA_ROOT[0]) < 0.5) return digammaAroundRoot(x);
  let shift = 0;
  let a = x;
  for (; a < FAR; a++) shift += 1 / a;
  const inverse = 1 / (a * a);
  let series = 0;
  for (let j = BERNOULLI.length - 1; j >= 0; j--) {
    series = (series + BERNOULLI[j] / (2 * (j + 1))) * inverse;
  }
  return Math.log(a) - 0.5 / a - series - shift;
}

/** Its power series there has no constant, so no digit cancels. */
function digammaAroundRoot(x: number): number {
  const z = x - DIGAMMA_ROOT[0] - DIGAMMA_ROOT[1];
  return ZETA_AT_ROOT.reduceRight((sum, zeta) => (zeta - sum) * z, 0);
}

/** sin πx, with the period taken off before the product. */
function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  return Math.sin(Math.PI * (r > 0.5 ? 1 - r : r < -0.5 ? -1 - r : r));
}

function tanPi(x: number): number {
  return Math.tan(Math.PI * (x - Math.round(x)));
}
