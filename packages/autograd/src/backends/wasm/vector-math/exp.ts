/**
 * @file exp, and what is one exp away: sigmoid and tanh.
 *
 * x = n ln 2 + r with |r| ≤ ln 2 / 2; exp(r) = 1 + r + r² q(r); then 2ⁿ is multiplied on. n is rounded by adding
 * 1.5 · 2^23 (float64: 2^52), whose sum has n in its low bits. ln 2 is taken in two parts, the first short enough
 * for an exact n ln 2 (Cody & Waite 1980). The polynomials are minimax fits of our own, rounded coefficients
 * included in the errors given.
 */
import type { Element } from "../engine.ts";
import { Lanes, type Value, type VectorContext } from "./lanes.ts";

interface Format {
  /** Bits of the significand that are stored, and the bias of the exponent. */
  readonly digits: number;
  readonly bias: number;
  /** Below the first exp is 0, above the second Infinity. */
  readonly range: readonly [number, number];
  readonly ln2: readonly [number, number];
  /** The coefficients of exp. */
  readonly exp: readonly number[];
  /** From where on tanh is 1. */
  readonly tanhEnd: number;
  /** Up to where tanh is x + x³ p(x²), and p. */
  readonly tanhMiddle: number;
  readonly tanh: readonly number[];
}

/** ln 2 in two parts, of which the first is short enough for an exact n ln 2. */
export const LN2_SINGLE: readonly [number, number] = [0.693145751953125, 1.428606765330187e-6];
export const LN2_DOUBLE: readonly [number, number] = [0.6931471805592082, 7.371002565167799e-13];

const SINGLE: Format = {
  digits: 23,
  bias: 127,
  range: [-104, 89],
  ln2: LN2_SINGLE,
  // degree 6 on |r| ≤ 0.347: relative error 4.4e-9
  exp: [
    1, 1, 0.4999999403953552, 0.1666651964187622, 0.041668396443128586, 0.008368780836462975,
    0.001381445792503655,
  ],
  tanhEnd: 10,
  tanhMiddle: 0.7,
  // degree 4 in x² on |x| ≤ 0.7: relative error of tanh 2.1e-8
  tanh: [
    -0.3333319127559662, 0.1332911103963852, -0.053558845072984695, 0.020091934129595757,
    -0.005138636101037264,
  ],
};

// degree 11 on |r| ≤ 0.347: relative error 9.9e-18
export const EXP_DOUBLE: readonly number[] = [
  1, 1, 0.5000000000000011, 0.1666666666666641, 0.04166666666652922, 0.008333333333495497,
  0.001388888894391739, 0.0001984126950497794, 2.48014927663305e-5, 2.7557587171143312e-6,
  2.7630377929342116e-7, 2.5000018768456207e-8,
];

const DOUBLE: Format = {
  digits: 52,
  bias: 1023,
  range: [-746, 710],
  ln2: LN2_DOUBLE,
  exp: EXP_DOUBLE,
  tanhEnd: 20,
  tanhMiddle: 0.6,
  // degree 10 in x² on |x| ≤ 0.6: relative error of tanh 6.7e-18
  tanh: [
    -0.33333333333333126, 0.13333333333299646, -0.05396825394928738, 0.021869488002381383,
    -0.008863226775200381, 0.003592037361943995, -0.0014552152770674657, 0.0005871881305925508,
    -0.00023039626116578684, 7.93133260680304e-5, -1.7178417594526762e-5,
  ],
};

const formatOf = (element: Element): Format => (element.lane === "f32x4" ? SINGLE : DOUBLE);

interface Reduced {
  /** Holds n + `offset` in its low bits. */
  readonly shifted: Value;
  readonly r: Value;
}

/** x = n ln 2 + r; `x` is used twice and should be kept. */
export function reduceExp(lanes: Lanes, x: Value, offset: number): Reduced {
  const { digits, ln2 } = formatOf(lanes.element);
  const magic = lanes.number(1.5 * 2 ** digits + offset);
  const shifted = lanes.keep(lanes.madd(x, lanes.number(Math.LOG2E), magic));
  const n = lanes.keep(lanes.sub(shifted, magic));
  const first = lanes.nmadd(n, lanes.number(ln2[0]), x);
  return { shifted, r: lanes.keep(lanes.nmadd(n, lanes.number(ln2[1]), first)) };
}

/** value · 2ⁿ, in two steps: with one, neither 2^128 nor denormal results could be reached. */
export function scaleTwice(lanes: Lanes, value: Value, shifted: Value): Value {
  const { digits } = formatOf(lanes.element);
  const half = lanes.keep(lanes.shift("shr_u", shifted, 1));
  const rest = lanes.bits("sub", shifted, half);
  const first = lanes.mul(value, lanes.shift("shl", half, digits));
  return lanes.mul(first, lanes.shift("shl", rest, digits));
}

/** For `scaleTwice`: both halves of n + 2 · bias are biased exponents. */
export function scaleOffset(lanes: Lanes): number {
  return 2 * formatOf(lanes.element).bias;
}

export function expValue(lanes: Lanes, x: Value): Value {
  const { range, exp } = formatOf(lanes.element);
  const clamped = lanes.keep(lanes.atLeast(lanes.atMost(x, range[1]), range[0]));
  const { shifted, r } = reduceExp(lanes, clamped, scaleOffset(lanes));
  return scaleTwice(lanes, lanes.polynomial(exp, r), shifted);
}

/** exp of numbers whose result is neither denormal nor too large. NaN stays NaN, so no exponent is added as an integer. */
export function moderateExp(lanes: Lanes, x: Value): Value {
  const { digits, bias, exp } = formatOf(lanes.element);
  const { shifted, r } = reduceExp(lanes, x, bias);
  return lanes.mul(lanes.polynomial(exp, r), lanes.shift("shl", shifted, digits));
}

export function exp(context: VectorContext, x: number): void {
  const lanes = new Lanes(context);
  expValue(lanes, lanes.local(x))();
}

/** e / (1 + e) with e = exp(x), which must stay finite. */
export function sigmoid(context: VectorContext, x: number): void {
  const lanes = new Lanes(context);
  const { range } = formatOf(context.element);
  const e = lanes.keep(expValue(lanes, lanes.atMost(lanes.local(x), range[1] - 2)));
  lanes.op("div", e, lanes.add(e, lanes.number(1)))();
}

/** x + x³ p(x²) in the middle, else ±(1 - 2 / (exp(2 |x|) + 1)). */
export function tanh(context: VectorContext, x: number): void {
  const lanes = new Lanes(context);
  const { tanhEnd, tanhMiddle, tanh: p } = formatOf(context.element);
  const size = lanes.keep(lanes.op("abs", lanes.local(x)));
  const clamped = lanes.keep(lanes.atMost(size, tanhEnd));
  const e = moderateExp(lanes, lanes.keep(lanes.add(clamped, clamped)));
  const one = lanes.number(1);
  const ratio = lanes.op("div", lanes.number(2), lanes.add(e, one));
  const outer = lanes.keep(lanes.sub(one, ratio));
  const square = lanes.keep(lanes.mul(size, size));
  const cube = lanes.mul(size, square);
  const inner = lanes.madd(lanes.polynomial(p, square), cube, size);
  const mask = lanes.op("lt", size, lanes.number(tanhMiddle));
  const sign = lanes.xor(lanes.local(x), size);
  lanes.or(lanes.select(mask, inner, outer), sign)();
}
