/**
 * @file Words of the scalar vocabulary that JavaScript's `Math` lacks, in float64.
 *
 * Printed loops find them as `words`, closures import them: both call the same functions.
 */

/** Logistic function. Only exp of negative numbers is taken, so nothing overflows and small values keep their digits. */
function sigmoid(x: number): number {
  if (x < 0) {
    const e = Math.exp(x);
    return e / (1 + e);
  }
  return 1 / (1 + Math.exp(-x));
}

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
function erf(x: number): number {
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

/** By the names under which printed loops call them. */
export const WORDS: Readonly<Record<"sigmoid" | "erf", (x: number) => number>> = { sigmoid, erf };
