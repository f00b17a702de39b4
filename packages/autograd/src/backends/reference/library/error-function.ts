/**
 * @file The error function, its complement, that without its exponential, and its inverse, in float64.
 */

/** Where the two forms of erf meet, and from where on it is 1. */
export const ERF_MIDDLE = 1;
export const ERF_END = 6;

/** The middle of the map t = (x - k) / (x + k). */
export const ERF_PIVOT = 3;

/**
 * erf(x) / x - 1 as a polynomial in x², lowest power first: minimax fit of degree 11 for |x| ≤ 1, rounded
 * coefficients included, relative error of erf 1.4e-17.
 */
export const ERF_SMALL: readonly number[] = [
  0.12837916709551256, -0.37612638903183343, 0.1128379167093695, -0.026866170641959057,
  0.005223977596734679, -0.0008548325484928492, 0.00012055280494404376, -1.4924465601035228e-5,
  1.6444150162637152e-6, -1.6183988725131826e-7, 1.3616691910716576e-8, -7.607804792358731e-10,
];

/**
 * exp(x²) erfc(x) as a polynomial in t, lowest power first: minimax fit of degree 12 for 1 ≤ x ≤ 6, weighted
 * by exp(-x²), absolute error of erf 2.2e-18.
 */
export const ERF_LARGE: readonly number[] = [
  0.17900115118139, -0.3262335600431624, 0.24560380170781265, -0.15011593654698116,
  0.07166583741965235, -0.024392489853781896, 0.004269237006831949, 0.0007083427249258025,
  -0.0005948331938354638, 5.0657252538286615e-5, 7.230660027963073e-5, -5.8569058184743346e-6,
  -6.367084854625291e-6,
];

/**
 * Error function, to about one unit in the last place.
 *
 * Near 0 it is x plus a correction, so that the rounding of 2/√π is not felt. Beyond, erfc is exp(-x²) times
 * a slow function of t, after Shepherd & Laframboise, "Chebyshev approximation of (1 + 2x) exp(x²) erfc x in
 * 0 ≤ x < ∞", Mathematics of Computation 36 (1981); the fits are our own.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < ERF_MIDDLE) return x + x * polynomial(ERF_SMALL, x * x);
  if (!(size < ERF_END)) return Math.sign(x);
  const t = (size - ERF_PIVOT) / (size + ERF_PIVOT);
  const y = 1 - Math.exp(-x * x) * polynomial(ERF_LARGE, t);
  return x < 0 ? -y : y;
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) value = value * x + coefficients[k];
  return value;
}

/** Step of the trapezoidal rule below; its error is exp(-(π / h)²), 7e-18. */
const STEP = 0.5;
/** (n h)² and exp(-(n h)²), as long as these count. */
const NODES: readonly (readonly [square: number, weight: number])[] = Array.from(
  { length: 13 },
  (_, i) => {
    const square = ((i + 1) * STEP) ** 2;
    return [square, Math.exp(-square)];
  },
);

/**
 * exp(x²) erfc(x), to a few units in the last place. From ½ on by the trapezoidal rule for
 * (2x / π) ∫ exp(-t²) / (t² + x²) dt over t > 0, with the residue of the pole at ix: Chiarella & Reichel, "On the
 * evaluation of integrals related to the error function", Mathematics of Computation 22 (1968).
 */
function scaledComplement(x: number): number {
  if (x < -27) return Number.POSITIVE_INFINITY;
  if (x < 0.5) return expOfSquare(1, x) * (x < -0.5 ? 2 - erfc(-x) : 1 - erf(x));
  if (x > 1e100) return 1 / (x * Math.sqrt(Math.PI));
  let sum = 1 / (2 * x * x);
  for (const [square, weight] of NODES) sum += weight / (square + x * x);
  const pole =
    x < Math.PI / STEP ? (2 * Math.exp(x * x)) / Math.expm1((2 * Math.PI * x) / STEP) : 0;
  return ((2 * STEP * x) / Math.PI) * sum - pole;
}

/** exp(±x²), with x² in two parts, so that its rounding is not multiplied by x². */
function expOfSquare(sign: 1 | -1, x: number): number {
  const rounded = Math.fround(x);
  return Math.exp(sign * rounded * rounded) * Math.exp(sign * (x - rounded) * (x + rounded));
}

/** 1 - erf(x), with the relative accuracy of small values. */
export function erfc(x: number): number {
  if (x < 0.5) return x < -0.5 ? 2 - erfc(-x) : 1 - erf(x);
  if (!(x < 28)) return Number.isNaN(x) ? x : 0;
  return expOfSquare(-1, x) * scaledComplement(x);
}

/**
 * The derivative of order n of y = exp(x²) erfc(x). NaN for n that is not an integer from 0 to 170.
 *
 * y⁽ⁿ⁺¹⁾ = 2x y⁽ⁿ⁾ + 2n y⁽ⁿ⁻¹⁾ (from DLMF 7.18.7), where y⁽¹⁾ = 2x y - 2/√π. On the left that adds
 * terms of one sign. On the right all digits would cancel, for the derivatives are its minimal solution
 * there: the ratios of one to the one before are a continued fraction, taken from far enough. Gautschi,
 * "Computational aspects of three-term recurrence relations", SIAM Review 9 (1967).
 */
export function erfcx(n: number, x: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 170) return Number.NaN;
  const y = scaledComplement(x);
  if (n === 0 || Number.isNaN(y)) return y;
  return (n % 2 === 0 ? 1 : -1) * (x < 0.5 ? sizeByRecurrence(n, x, y) : sizeByRatios(n, x, y));
}

function sizeByRecurrence(n: number, x: number, y: number): number {
  let [before, size] = [y, 2 / Math.sqrt(Math.PI) - 2 * x * y];
  for (let k = 1; k < n; k++) [before, size] = [size, 2 * k * before - 2 * x * size];
  return size;
}

function sizeByRatios(n: number, x: number, y: number): number {
  let size = y;
  // what is wrong with the first ratio shrinks from there to order n by exp(-2√2 x (√last - √n)), e⁻³⁶ at least
  const last = Math.ceil((Math.sqrt(n) + 13 / x) ** 2) + 10;
  let ratio = (2 * last) / (x + Math.sqrt(x * x + 2 * last));
  for (let k = last; k > 0; k--) {
    ratio = (2 * k) / (2 * x + ratio);
    if (k <= n) size *= ratio;
  }
  return size;
}

/**
 * The y with erf(y) = x: Halley's method from Winitzki's approximation ("A handy approximation for the error
 * function and its inverse", 2008), against erfc where x is near 1. ±Infinity at ±1, NaN beyond.
 */
export function erfinv(x: number): number {
  const size = Math.abs(x);
  if (!(size < 1) || size === 0) return size === 1 ? x / 0 : size === 0 ? x : Number.NaN;
  const a = 0.147;
  const logarithm = Math.log((1 - size) * (1 + size));
  const half = 2 / (Math.PI * a) + logarithm / 2;
  let y = Math.sqrt(Math.sqrt(half * half - logarithm / a) - half);
  // of a small number the root loses its digits
  if (size < 0.01) y = (size * Math.sqrt(Math.PI)) / 2;
  for (let i = 0; i < 3; i++) {
    const residual = size < 0.5 ? erf(y) - size : 1 - size - erfc(y);
    const newton = residual / ((2 / Math.sqrt(Math.PI)) * Math.exp(-y * y));
    y -= newton / (1 + y * newton);
  }
  return x < 0 ? -y : y;
}
