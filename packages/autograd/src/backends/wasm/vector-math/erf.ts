/**
 * @file erf: x plus a correction for |x| < 1, beyond it something that falls to 0 taken from 1.
 *
 * float64 is the method and the coefficients of the reference; float32 has short fits of its own.
 */
import {
  ERF_END,
  ERF_LARGE,
  ERF_MIDDLE,
  ERF_PIVOT,
  ERF_SMALL,
} from "../../reference/library/error-function.ts";
import { moderateExp } from "./exp.ts";
import { Lanes, type Value, type VectorContext } from "./lanes.ts";

// erf(x) / x - 1, degree 6 in x² on |x| ≤ 1: relative error of erf 2.7e-9
const SINGLE_SMALL = [
  0.12837916612625122, -0.3761262595653534, 0.1128358542919159, -0.026853812858462334,
  0.005188328679651022, -0.0008010201854631305, 7.853881834307685e-5,
];

/** From here on erf is 1 in float32, and so is the fit. */
const SINGLE_END = 3.93;
const SINGLE_CENTRE = 2.4375;

// erf, degree 14 in x - 2.4375 on 0.98 ≤ x ≤ 3.93: absolute error 8.8e-9
const SINGLE_LARGE = [
  0.9994334578514099, 0.0029656782280653715, -0.00722910650074482, 0.010759923607110977,
  -0.010701659135520458, 0.007200289983302355, -0.003004017984494567, 0.0003904937766492367,
  0.00041797346784733236, -0.00031664836569689214, 6.937132275197655e-5, 2.9681503292522393e-5,
  -1.7409271094948053e-5, -2.975337451971427e-7, 1.1106948250017012e-6,
];

/** The outer form for `size` from 1 to its end. */
function outerSingle(lanes: Lanes, size: Value): Value {
  const x = lanes.keep(lanes.sub(size, lanes.number(SINGLE_CENTRE)));
  return lanes.polynomial(SINGLE_LARGE, x);
}

function outerDouble(lanes: Lanes, size: Value): Value {
  const pivot = lanes.number(ERF_PIVOT);
  const t = lanes.keep(lanes.op("div", lanes.sub(size, pivot), lanes.add(size, pivot)));
  const e = moderateExp(lanes, lanes.keep(lanes.op("neg", lanes.mul(size, size))));
  return lanes.nmadd(e, lanes.polynomial(ERF_LARGE, t), lanes.number(1));
}

export function erf(context: VectorContext, x: number): void {
  const lanes = new Lanes(context);
  const isSingle = context.element.lane === "f32x4";
  const size = lanes.keep(lanes.op("abs", lanes.local(x)));
  const clamped = lanes.keep(lanes.atMost(size, isSingle ? SINGLE_END : ERF_END));
  const outer = lanes.keep((isSingle ? outerSingle : outerDouble)(lanes, clamped));
  const square = lanes.keep(lanes.mul(size, size));
  const correction = lanes.polynomial(isSingle ? SINGLE_SMALL : ERF_SMALL, square);
  const inner = lanes.madd(correction, size, size);
  const mask = lanes.op("lt", size, lanes.number(ERF_MIDDLE));
  const sign = lanes.xor(lanes.local(x), size);
  lanes.or(lanes.select(mask, inner, outer), sign)();
}
