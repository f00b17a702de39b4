/**
 * Composites that work element by element: values and derivatives where something could go wrong, and derivatives of two
 * orders against differences elsewhere. PyTorch's values: `npm run oracle -- ops --only unary`, `--only binary`.
 */
import {
  add,
  celu,
  ceil,
  clamp,
  copysign,
  deg2rad,
  divide,
  elu,
  exp2,
  floorDivide,
  fmax,
  fmin,
  fmod,
  frac,
  gelu,
  grad,
  hardswish,
  hardtanh,
  hypot,
  i0,
  leakyRelu,
  lerp,
  log2,
  log10,
  logAddExp,
  logAddExp2,
  logit,
  logSigmoid,
  mish,
  nanToNum,
  remainder,
  round,
  rsqrt,
  selu,
  sgn,
  signbit,
  silu,
  sinc,
  softplus,
  softshrink,
  softsign,
  special,
  tan,
  tanhshrink,
  type Tensor,
  tensor,
  trunc,
  xlogy,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const float64 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });
const valuesOf = (x: Tensor): readonly number[] => Array.from(x.toTypedArray());

/** Away from kinks and jumps. */
const X = float64(-2.3, -0.7, 0.2, 0.9, 2.6);
const POSITIVE = float64(0.2, 0.7, 1.3, 2.4, 0.05);
const PROBABILITY = float64(0.1, 0.3, 0.5, 0.8, 0.95);

describe("first and second derivatives agree with differences:", () => {
  it.each<[string, (x: Tensor) => Tensor, Tensor]>([
    ["tan", tan, X.mul(0.4)],
    ["exp2", exp2, X],
    ["log2", log2, POSITIVE],
    ["log10", log10, POSITIVE],
    ["rsqrt", rsqrt, POSITIVE],
    ["sinc", sinc, X],
    ["sinc, near 0", (x) => sinc(x.mul(0.04)), X],
    ["logit", logit, PROBABILITY],
    ["gelu", gelu, X],
    ["gelu by tanh", (x) => gelu(x, { approximate: "tanh" }), X],
    ["silu", silu, X],
    ["mish", mish, X],
    ["softplus of β", (x) => softplus(x, { beta: 2 }), X],
    ["logSigmoid", logSigmoid, X],
    ["elu", elu, X],
    ["celu", (x) => celu(x, { alpha: 0.5 }), X],
    ["selu", selu, X],
    ["softsign", softsign, X],
    ["tanhshrink", tanhshrink, X],
    ["hardswish", (x) => hardswish(x).mul(x), X],
    ["frac", (x) => frac(x).mul(x), X],
    ["special.entr", special.entr, POSITIVE],
    ["special.ndtr", special.ndtr, X],
    ["special.logNdtr", special.logNdtr, X.mul(3)],
    ["special.i1", special.i1, X],
    ["i0", i0, X],
    ["hypot", (x) => hypot(x, X.mul(0.3)), X],
    ["logAddExp", (x) => logAddExp(x, x.mul(x)), X],
    ["logAddExp2", (x) => logAddExp2(x, x.mul(x)), X],
    ["xlogy", (x) => xlogy(x, x.mul(x)), POSITIVE],
    ["lerp", (x) => lerp(x, x.mul(x), 0.3), X],
    ["remainder by the divisor", (x) => remainder(7, x).mul(x), POSITIVE.add(0.03)],
    ["fmod", (x) => fmod(x.mul(x), 0.35).mul(x), X],
  ])("%s", (_, f, x) => {
    assertGradcheck(f, [x], { order: 2, seed: 1, method: "directional" });
  });
});

describe("values at a glance:", () => {
  it.each<[string, Tensor, readonly number[]]>([
    ["ceil keeps the sign of a zero", ceil(float64(-0.5, 0.5, -infinity)), [-0, 1, -infinity]],
    ["trunc", trunc(float64(-1.7, 1.7)), [-1, 1]],
    [
      "round takes halves to the even",
      round(float64(0.5, 1.5, 2.5, -0.5, nan)),
      [0, 2, 2, -0, nan],
    ],
    ["round to decimals", round(float64(1.2345), { decimals: 2 }), [1.23]],
    ["round of large numbers", round(float64(2 ** 53 - 1, infinity)), [2 ** 53 - 1, infinity]],
    ["signbit", signbit(float64(-0, 0, -1, nan)), [1, 0, 1, 0]],
    ["copysign", copysign(float64(3, -3, 3), float64(-0, 1, -2)), [-3, 3, -3]],
    ["sgn of NaN", sgn(float64(nan, -2)), [0, -1]],
    [
      "remainder has the sign of the divisor",
      remainder(float64(-7, 7, 6), float64(3, -3, 3)),
      [2, -2, 0],
    ],
    ["fmod has the sign of the dividend", fmod(float64(-7, 7), float64(3, -3)), [-1, 1]],
    // 1 / 0.1 is 10, but 0.1 is a little more than a tenth
    ["floorDivide sees the rounding of the quotient", floorDivide(float64(1), float64(0.1)), [9]],
    ["divide, towards 0", divide(float64(-7), 2, { roundingMode: "trunc" }), [-3]],
    ["clamp: the upper bound wins", clamp(float64(0), { min: 1, max: -1 }), [-1]],
    ["fmax passes over NaN", fmax(float64(nan, 1), float64(2, nan)), [2, 1]],
    ["fmin passes over NaN", fmin(float64(nan, 1), float64(2, nan)), [2, 1]],
    ["nanToNum", nanToNum(float64(nan, infinity), { nan: 7, posinf: 8 }), [7, 8]],
    [
      "hypot does not overflow",
      hypot(float64(3e300, 3e-300), float64(4e300, 4e-300)),
      [5e300, 5e-300],
    ],
    ["softplus keeps small digits", softplus(float64(-40)), [Math.exp(-40)]],
    ["logNdtr far to the left", special.logNdtr(float64(-1e3)), [-500007.8266948121]],
    ["i0 where the exponential overflows", special.i0(float64(712)), [2.468411057762752e307]],
    [
      "logAddExp of -∞",
      logAddExp(float64(-infinity, -infinity), float64(-infinity, 2)),
      [-infinity, 2],
    ],
    ["hardtanh: the upper bound wins", hardtanh(float64(0), { min: 1, max: -1 }), [-1]],
    ["softshrink", softshrink(float64(-2, 0.2, 2)), [-1.5, 0, 1.5]],
    ["deg2rad", deg2rad(float64(180)), [Math.PI]],
    ["gelu keeps small digits", gelu(float64(-10)), [-7.619853024160527e-23]],
  ])("%s", (_, found, expected) => {
    valuesOf(found).forEach((value, i) => {
      if (Object.is(value, expected[i])) return;
      expect(Math.abs(value / expected[i] - 1)).toBeLessThan(1e-13);
    });
  });

  it.each<[string, (x: Tensor) => Tensor, number, number]>([
    ["leakyRelu at 0 has the slope of the left", leakyRelu, 0, 0.01],
    ["clamp on its bound has slope 1", (x) => clamp(x, { min: 0 }), 0, 1],
    ["hardtanh on its bound has slope 0", hardtanh, 1, 0],
    ["copysign turns the slope with the sign", (x) => copysign(x, -1), 2, -1],
    ["sinc is flat at 0", sinc, 0, 0],
    ["softplus at 0 has slope ½", softplus, 0, 0.5],
    ["entr rises without bound at 0", special.entr, 0, infinity],
    ["round is flat at infinity", (x) => add(round(x), 0), infinity, 0],
    ["xlogy is flat where both are 0", (x) => xlogy(x, x), 0, 0],
  ])("%s", (_, f, x, expected) => {
    expect(grad((t: Tensor) => f(t).sum())(float64(x)).item()).toBe(expected);
  });
});
