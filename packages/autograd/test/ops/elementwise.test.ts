/**
 * Composites that work element by element: values and derivatives where something could go wrong, and derivatives of two
 * orders against differences elsewhere. PyTorch's values: `npm run oracle -- ops --only unary`, `--only binary`.
 */
import {
  add,
  ceil,
  celu,
  clamp,
  concatenate,
  copysign,
  deg2rad,
  digamma,
  divide,
  elu,
  exp2,
  floatPower,
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
  ldexp,
  leakyRelu,
  lerp,
  lgamma,
  log10,
  log2,
  logAddExp,
  logAddExp2,
  logit,
  logSigmoid,
  mish,
  nanToNum,
  polygamma,
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
  tensor,
  type Tensor,
  trunc,
  xlogy,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const float64 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });
const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
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
    ["round of tiny negative numbers is -0", round(float64(-1e-17, -5e-324)), [-0, -0]],
    ["round of what lies just inside a half", round(float64(0.5 - 2 ** -54)), [0]],
    ["round to decimals", round(float64(1.2345), { decimals: 2 }), [1.23]],
    ["round of large numbers", round(float64(2 ** 53 - 1, infinity)), [2 ** 53 - 1, infinity]],
    [
      "lgamma of tiny numbers",
      lgamma(float64(-1e-310, 1e-310)),
      [713.8013788281542, 713.8013788281542],
    ],
    ["polygamma far to the right", polygamma(1, float64(infinity, 1e300)), [0, 1e-300]],
    [
      "polygamma(170) between poles of the same distance",
      polygamma(170, float64(-1.5)),
      [-6.501903386474079e238],
    ],
    ["polygamma(170) near poles", polygamma(170, float64(-1.25, -1.75)), [infinity, -infinity]],
    ["digamma near its root", digamma(float64(1.4617)), [6.565939229367651e-5]],
    [
      "erfcx where it is largest",
      special.erfcx(float64(-25.5, -27)),
      [5.023620838323981e282, infinity],
    ],
    [
      "i1 and i1e keep the sign of a zero",
      concatenate([special.i1e(float64(-0)), special.i1(float64(-0))]),
      [-0, -0],
    ],
    ["signbit", signbit(float64(-0, 0, -1, nan)), [1, 0, 1, 0]],
    ["copysign", copysign(float64(3, -3, 3), float64(-0, 1, -2)), [-3, 3, -3]],
    ["copysign of integers takes the sign of a fraction", copysign(int32(3, -3), -0.5), [-3, -3]],
    [
      "ldexp by an integer that float32 has no power of",
      ldexp(float64(3), int32(200)),
      [3 * 2 ** 200],
    ],
    ["ldexp whose power alone overflows", ldexp(float64(2 ** -1000), 1100), [2 ** 100]],
    ["sgn of NaN", sgn(float64(nan, -2)), [0, -1]],
    [
      "remainder has the sign of the divisor",
      remainder(float64(-7, 7, 6), float64(3, -3, 3)),
      [2, -2, 0],
    ],
    ["fmod has the sign of the dividend", fmod(float64(-7, 7), float64(3, -3)), [-1, 1]],
    // 1 / 0.1 is 10, but 0.1 is a little more than a tenth
    ["floorDivide sees the rounding of the quotient", floorDivide(float64(1), float64(0.1)), [9]],
    [
      "floorDivide of integers is exact",
      floorDivide(int32(16777217, -7, 5), int32(1, 2, 0)),
      [16777217, -4, 0],
    ],
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
    [
      "hypot of an infinity beside NaN",
      hypot(float64(infinity, nan), float64(nan, -infinity)),
      [infinity, infinity],
    ],
    [
      "logAddExp keeps small digits",
      logAddExp(float64(0, -40), float64(-40, 0)),
      [4.248354255291589e-18, 4.248354255291589e-18],
    ],
    ["logAddExp2 of powers of two is exact", logAddExp2(float64(1000), float64(1000)), [1001]],
    ["softplus keeps small digits", softplus(float64(-40)), [Math.exp(-40)]],
    ["logNdtr far to the left", special.logNdtr(float64(-1e3)), [-500007.8266948121]],
    ["i0 where the exponential overflows", special.i0(float64(712)), [2.468411057762752e307]],
    [
      "logAddExp of -∞",
      logAddExp(float64(-infinity, -infinity, infinity), float64(-infinity, 2, infinity)),
      [-infinity, 2, infinity],
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

  it.each<[string, Tensor, readonly number[]]>([
    ["log2 of powers of two", log2(float64(8, 0.25, 2 ** 29, 5e-324)), [3, -2, 29, -1074]],
    ["log10 of powers of ten", log10(float64(1000, 1e15, 1e-5)), [3, 15, -5]],
    ["exp2 of integers", exp2(float64(10, -1074)), [1024, 5e-324]],
  ])("%s: exactly", (_, found, expected) => {
    expect(valuesOf(found)).toEqual(expected);
  });

  it.each<[string, Tensor, string]>([
    ["floorDivide of integers", floorDivide(int32(7), 2), "int32"],
    ["divide of integers, rounded down", divide(int32(7), 2, { roundingMode: "floor" }), "int32"],
    ["divide of integers, towards 0", divide(int32(7), 2, { roundingMode: "trunc" }), "int32"],
    ["copysign of integers", copysign(int32(7), int32(-1)), "float32"],
    ["floatPower of numbers", floatPower(2, 3), "float64"],
  ])("%s has its dtype", (_, { dtype }, expected) => {
    expect(dtype).toBe(expected);
  });

  it.each<[string, (x: Tensor) => Tensor, readonly number[]]>([
    ["i0", i0, [1, 0, 1 / 2, 0, 3 / 8, 0, 5 / 16]],
    ["i1", special.i1, [0, 1 / 2, 0, 3 / 8, 0, 5 / 16, 0]],
    ["logAddExp of x and -x", (x) => logAddExp(x, x.neg()), [Math.LN2, 0, 1, 0, -2, 0, 16]],
  ])("%s has the derivatives of its power series at 0", (_, f, expected) => {
    const found: number[] = [];
    let derivative = f;
    for (let order = 0; order < expected.length; order++) {
      found.push(derivative(tensor(0, { dtype: "float64" })).item());
      derivative = grad(derivative);
    }

    found.forEach((value, order) => {
      expect(value).toBeCloseTo(expected[order], 13);
    });
  });

  it("erfcx has a derivative that does not cancel far out", () => {
    const x = float64(1e4, 1e8);

    const found = grad((t: Tensor) => special.erfcx(t).sum())(x);

    // -1 / (√π x²) (1 - 3 / (2x²)), DLMF 7.12.1
    const expected = [1e4, 1e8].map((t) => -(1 - 1.5 / t ** 2) / (Math.sqrt(Math.PI) * t ** 2));
    valuesOf(found).forEach((value, i) => {
      expect(value / expected[i]).toBeCloseTo(1, 14);
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
    ["entr falls without bound at infinity", special.entr, infinity, -infinity],
    ["round is flat at infinity", (x) => add(round(x), 0), infinity, 0],
    ["xlogy is flat where both are 0", (x) => xlogy(x, x), 0, 0],
  ])("%s", (_, f, x, expected) => {
    expect(grad((t: Tensor) => f(t).sum())(float64(x)).item()).toBe(expected);
  });
});
