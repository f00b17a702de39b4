/**
 * @file log: x = 2ᵏ m with m from √½ to √2, log x = k ln 2 + log m.
 *
 * float32: log m = f - f²/2 + f³ p(f) with f = m - 1. float64: with s = f / (2 + f), log m =
 * f - (f²/2 - s (f²/2 + R(s²))), after K. C. Ng's log of fdlibm (1993). The fits are our own.
 * Denormals, 0, negative numbers, Infinity and NaN are set right behind a branch.
 */
import { LN2_DOUBLE, LN2_SINGLE } from "./exp.ts";
import { Lanes, type Value, type VectorContext } from "./lanes.ts";

// degree 7 on √½ - 1 ≤ f ≤ √2 - 1: relative error of log m 6.2e-9
const SINGLE = [
  0.3333333134651184, -0.2500081956386566, 0.20001225173473358, -0.1662335842847824,
  0.1420179307460785, -0.1316021978855133, 0.12761348485946655, -0.07634098082780838,
];

// degree 6 in s² on s² ≤ 0.02945: relative error of log m 2e-18
const DOUBLE = [
  0.6666666666666735, 0.3999999999941314, 0.28571428742766564, 0.22222198530860993,
  0.18183566690663533, 0.15313986105078928, 0.14796631954173664,
];

/** The bits of √½, in float64 of its upper word only. */
const ROOT_SINGLE = 0x3f3504f3n;
const ROOT_DOUBLE = 0x3fe6a09e00000000n;

/** k as a number, and m, of float64 numbers that are normal and positive. */
export function splitDouble(lanes: Lanes, x: Value): { readonly k: Value; readonly m: Value } {
  const shifted = lanes.keep(
    lanes.bits("add", x, lanes.integer(0x3ff0000000000000n - ROOT_DOUBLE)),
  );
  // the integer k + 1023 in the low bits of 2^52 is the number 2^52 + k + 1023
  const exponent = lanes.or(lanes.shift("shr_u", shifted, 52), lanes.integer(0x4330000000000000n));
  const k = lanes.keep(lanes.sub(exponent, lanes.number(2 ** 52 + 1023)));
  const fraction = lanes.and(shifted, lanes.integer(0xfffffffffffffn));
  return { k, m: lanes.keep(lanes.bits("add", fraction, lanes.integer(ROOT_DOUBLE))) };
}

/** `less` is how much smaller k is than the exponent says, or null. */
function single(lanes: Lanes, x: Value, less: Value | null): Value {
  const shifted = lanes.keep(lanes.bits("sub", x, lanes.integer(ROOT_SINGLE)));
  const whole: Value = () => {
    shifted();
    lanes.code.i32(23).op("i32x4.shr_s", "f32x4.convert_i32x4_s");
  };
  const k = lanes.keep(less === null ? whole : lanes.sub(whole, less));
  const fraction = lanes.and(shifted, lanes.integer(0x7fffffn));
  const m = lanes.bits("add", fraction, lanes.integer(ROOT_SINGLE));
  const f = lanes.keep(lanes.sub(m, lanes.number(1)));
  const square = lanes.keep(lanes.mul(f, f));
  const tail = lanes.mul(lanes.madd(lanes.polynomial(SINGLE, f), f, lanes.number(-0.5)), square);
  const inner = lanes.add(f, lanes.madd(k, lanes.number(LN2_SINGLE[1]), tail));
  return lanes.madd(k, lanes.number(LN2_SINGLE[0]), inner);
}

function double(lanes: Lanes, x: Value, less: Value | null): Value {
  const split = splitDouble(lanes, x);
  const k = less === null ? split.k : lanes.keep(lanes.sub(split.k, less));
  const f = lanes.keep(lanes.sub(split.m, lanes.number(1)));
  const s = lanes.keep(lanes.op("div", f, lanes.add(f, lanes.number(2))));
  const z = lanes.keep(lanes.mul(s, s));
  const half = lanes.keep(lanes.mul(lanes.mul(f, f), lanes.number(0.5)));
  const rest = lanes.madd(lanes.polynomial(DOUBLE, z), z, half);
  const tail = lanes.madd(s, rest, lanes.mul(k, lanes.number(LN2_DOUBLE[1])));
  const inner = lanes.sub(f, lanes.sub(half, tail));
  return lanes.madd(k, lanes.number(LN2_DOUBLE[0]), inner);
}

export function log(context: VectorContext, operand: number): void {
  const lanes = new Lanes(context);
  const isSingle = context.element.lane === "f32x4";
  const core = isSingle ? single : double;
  const x = lanes.local(operand);
  const smallest = lanes.number(isSingle ? 2 ** -126 : 2 ** -1022);
  const infinity = lanes.number(Number.POSITIVE_INFINITY);
  const result = lanes.variable(core(lanes, x, null));
  const normal = lanes.and(lanes.op("ge", x, smallest), lanes.op("lt", x, infinity));
  lanes.whenAny(lanes.apply("v128.not", normal), () => {
    const isSmall = lanes.keep(lanes.op("lt", x, smallest));
    const scaled = lanes.keep(lanes.select(isSmall, lanes.mul(x, lanes.number(2 ** 54)), x));
    const finite = core(lanes, scaled, lanes.and(isSmall, lanes.number(54)));
    const zero = lanes.number(0);
    const below = lanes.select(
      lanes.op("eq", x, zero),
      lanes.number(Number.NEGATIVE_INFINITY),
      lanes.number(Number.NaN),
    );
    const above = lanes.select(lanes.op("lt", x, infinity), finite, x);
    lanes.assign(result, lanes.select(lanes.op("le", x, zero), below, above));
  });
  context.code.get(result);
}
