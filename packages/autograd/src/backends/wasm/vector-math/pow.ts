/**
 * @file pow, as exp(y log |x|), in float64 for both dtypes; signs and special values as IEEE 754 has them.
 *
 * For a float64 result y log |x| must be known to 2⁻⁶⁴, so the logarithm is a pair: with s = (m - 1) / (m + 1),
 * log m = 2 s + s³ (2/3 + s² p(s²)), where all but p are computed in pairs. For a float32 result a plain
 * float64 does. The method is that of fdlibm's e_pow.c (1993) without its tables; the fits are our own.
 */
import { exactProduct, type Pair, quickSum } from "./exact.ts";
import { EXP_DOUBLE, LN2_DOUBLE, reduceExp, scaleOffset, scaleTwice } from "./exp.ts";
import { halves, joined } from "./halves.ts";
import { Lanes, type Value, type VectorContext } from "./lanes.ts";
import { splitDouble } from "./log.ts";

// degree 7 in s² on s² ≤ 0.02945: error relative to log m 1.2e-20
const PAIR_TAIL = [
  0.3999999999999998, 0.2857142857144515, 0.22222222217527016, 0.18181818871469452,
  0.15384556792292137, 0.13336320449520647, 0.11674756875936018, 0.11989527701557409,
];
const TWO_THIRDS = [0.6666666666666666, 3.700743415417188e-17] as const;

// degree 3 in s²: relative error of log m 4.8e-12
const PLAIN_TAIL = [
  0.6666666564361772, 0.4000033564063069, 0.2853727795509651, 0.23582767783628078,
];
// exp to degree 7: relative error 5.2e-11
const PLAIN_EXP = [
  1, 1, 0.5000000068024297, 0.16666665864390126, 0.04166629366356298, 0.008333497706933913,
  0.0013944757133196753, 0.00019790231188106412,
];

/** Beyond this, y log x is beyond the range of exp or 0, and the products here must not overflow. */
const LARGEST_EXPONENT = 2 ** 64;

interface Split {
  readonly k: Value;
  readonly m: Value;
}

/** k and m of |x| > 0, denormals included. */
function splitSize(lanes: Lanes, size: Value): Split {
  const isSmall = lanes.keep(lanes.op("lt", size, lanes.number(2 ** -1022)));
  const scaled = lanes.select(isSmall, lanes.mul(size, lanes.number(2 ** 54)), size);
  const { k, m } = splitDouble(lanes, lanes.keep(scaled));
  return { k: lanes.keep(lanes.sub(k, lanes.and(isSmall, lanes.number(54)))), m };
}

function pairLog(lanes: Lanes, { k, m }: Split): Pair {
  const f = lanes.keep(lanes.sub(m, lanes.number(1)));
  const g = quickSum(lanes, lanes.number(1), m);
  const sHigh = lanes.keep(lanes.op("div", f, g.high));
  const back = exactProduct(lanes, sHigh, g.high);
  const rest = lanes.sub(lanes.sub(lanes.sub(f, back.high), back.low), lanes.mul(sHigh, g.low));
  const sLow = lanes.keep(lanes.op("div", rest, g.high));
  const z = exactProduct(lanes, sHigh, sHigh);
  const zLow = lanes.keep(lanes.add(z.low, lanes.mul(lanes.add(sHigh, sHigh), sLow)));
  const tail = lanes.keep(lanes.mul(lanes.polynomial(PAIR_TAIL, z.high), z.high));
  const c = quickSum(lanes, lanes.number(TWO_THIRDS[0]), tail);
  const cLow = lanes.keep(lanes.add(c.low, lanes.number(TWO_THIRDS[1])));
  const w = exactProduct(lanes, z.high, c.high);
  const wCross = lanes.add(lanes.mul(z.high, cLow), lanes.mul(zLow, c.high));
  const wLow = lanes.keep(lanes.add(w.low, wCross));
  const t = exactProduct(lanes, sHigh, w.high);
  const tCross = lanes.add(lanes.mul(sHigh, wLow), lanes.mul(sLow, w.high));
  const inner = quickSum(lanes, lanes.keep(lanes.add(sHigh, sHigh)), t.high);
  const innerLow = lanes.add(lanes.add(t.low, tCross), lanes.add(sLow, sLow));
  const low = lanes.keep(lanes.add(inner.low, innerLow));
  const outer = quickSum(lanes, lanes.keep(lanes.mul(k, lanes.number(LN2_DOUBLE[0]))), inner.high);
  const kLow = lanes.mul(k, lanes.number(LN2_DOUBLE[1]));
  return quickSum(lanes, outer.high, lanes.keep(lanes.add(outer.low, lanes.add(kLow, low))));
}

function plainLog(lanes: Lanes, { k, m }: Split): Value {
  const one = lanes.number(1);
  const s = lanes.keep(lanes.op("div", lanes.sub(m, one), lanes.add(m, one)));
  const z = lanes.keep(lanes.mul(s, s));
  const cubic = lanes.mul(lanes.mul(s, z), lanes.polynomial(PLAIN_TAIL, z));
  const inner = lanes.add(lanes.add(s, s), cubic);
  return lanes.keep(lanes.madd(k, lanes.number(Math.LN2), inner));
}

/** exp(high + low), where `low` is small, or nothing. */
function expOf(lanes: Lanes, { high, low }: Pair, coefficients: readonly number[]): Value {
  const clamped = lanes.keep(lanes.atLeast(lanes.atMost(high, 710), -746));
  const { shifted, r } = reduceExp(lanes, clamped, scaleOffset(lanes));
  const counts = lanes.op("eq", clamped, high);
  const corrected = lanes.keep(lanes.add(r, lanes.and(low, counts)));
  return scaleTwice(lanes, lanes.polynomial(coefficients, corrected), shifted);
}

/** |x| to the power of y, where neither is special. */
function power(lanes: Lanes, size: Value, exponent: Value, isExact: boolean): Value {
  const y = lanes.keep(lanes.atLeast(lanes.atMost(exponent, LARGEST_EXPONENT), -LARGEST_EXPONENT));
  const parts = splitSize(lanes, size);
  if (!isExact) {
    const high = lanes.keep(lanes.mul(y, plainLog(lanes, parts)));
    return expOf(lanes, { high, low: lanes.number(0) }, PLAIN_EXP);
  }
  const logarithm = pairLog(lanes, parts);
  const product = exactProduct(lanes, y, logarithm.high);
  const low = lanes.keep(lanes.add(product.low, lanes.mul(y, logarithm.low)));
  return expOf(lanes, quickSum(lanes, product.high, low), EXP_DOUBLE);
}

function powDouble(lanes: Lanes, x: Value, y: Value, isExact: boolean): Value {
  const op = lanes.op.bind(lanes);
  const number = lanes.number.bind(lanes);
  const [zero, infinity] = [number(0), number(Number.POSITIVE_INFINITY)];
  const nan = number(Number.NaN);
  const size = lanes.keep(op("abs", x));
  const result = lanes.variable(power(lanes, size, y, isExact));
  const value = lanes.local(result);
  const set = (mask: Value, to: Value): void => {
    lanes.assign(result, lanes.select(mask, to, value));
  };
  const isEdge = lanes.or(op("eq", size, zero), op("eq", size, infinity));
  const grows = lanes.xor(op("eq", size, infinity), op("lt", y, zero));
  set(isEdge, lanes.and(grows, infinity));
  // whole and odd: y / 2 has a fraction and y has none
  const half = lanes.keep(lanes.mul(y, number(0.5)));
  const isWhole = lanes.keep(op("eq", op("trunc", y), y));
  const isOdd = lanes.and(isWhole, op("ne", op("trunc", half), half));
  const negative = lanes.and(op("lt", x, zero), op("lt", size, infinity));
  set(lanes.apply("v128.andnot", negative, isWhole), nan);
  lanes.assign(result, lanes.or(value, lanes.and(isOdd, lanes.xor(x, size))));
  set(lanes.or(op("ne", x, x), op("ne", y, y)), nan);
  set(lanes.or(op("eq", y, zero), op("eq", x, number(1))), number(1));
  return value;
}

export function pow(context: VectorContext, base: number, exponent: number): void {
  const lanes = new Lanes(context);
  const [x, y] = [lanes.local(base), lanes.local(exponent)];
  if (context.element.lane === "f64x2") {
    powDouble(lanes, x, y, true)();
    return;
  }
  const wide = lanes.double();
  const [bases, exponents] = [halves(wide, x), halves(wide, y)];
  const lower = powDouble(wide, bases[0], exponents[0], false);
  const upper = powDouble(wide, bases[1], exponents[1], false);
  joined(wide, [lower, upper])();
}
