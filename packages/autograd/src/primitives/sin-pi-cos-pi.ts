/**
 * @file sinPi and cosPi, each in the other's derivative. Primitives because the derivatives of composites would not be
 * exact where the functions are: that of sin(π r), after r was reduced, is 2e-16 at ½ instead of 0.
 */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { elementwiseKernel } from "../kernel/kernel.ts";
import { apply, constant, input, type Scalar } from "../kernel/scalar.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";

/**
 * sin(πx) of every element: half turns instead of radians.
 *
 * - shape and dtype: those of `x`
 * - derivative: π cosPi(x), exactly 0 at ½, 1½, …
 * - exact at every multiple of ½, however large: 0 at whole numbers, 1 and -1 between; NaN at ±Infinity
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * sinPi(tensor([0.5, 1, 1e6]));   // [1, 0, 0]
 * @see IEEE 754-2019, section 9.2: the zeros at whole numbers have the sign of x.
 */
export function sinPi(x: Tensor): Tensor {
  return bind(sinPiPrimitive, [x], null);
}

/**
 * cos(πx) of every element: half turns instead of radians.
 *
 * - shape and dtype: those of `x`
 * - derivative: -π sinPi(x), exactly 0 at whole numbers
 * - exact at every multiple of ½, however large: 1 and -1 at whole numbers, 0 between; NaN at ±Infinity
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * cosPi(tensor([0, 0.5, 1]));   // [1, 0, -1]
 */
export function cosPi(x: Tensor): Tensor {
  return bind(cosPiPrimitive, [x], null);
}

const [zero, quarter, half, one, two, pi] = [0, 0.25, 0.5, 1, 2, Math.PI].map(constant);
const X = input(0);
const WHOLE = apply("floor", apply("abs", X));
const FRACTION = apply("sub", apply("abs", X), WHOLE);
/** The distance to the nearest whole number, at most ½; like the fraction it is exact. */
const DISTANCE = apply("minimum", FRACTION, apply("sub", one, FRACTION));
/** 1 where the whole part is even, -1 where it is odd. */
const PARITY = apply(
  "sub",
  one,
  apply(
    "mul",
    two,
    apply("sub", WHOLE, apply("mul", two, apply("floor", apply("mul", half, WHOLE)))),
  ),
);

/** `near` of π times the distance d up to ¼, and beyond `far` of π (½ - d), so that a multiple of ½ gives 0 or 1. */
function eighths(near: "sin" | "cos", far: "sin" | "cos"): Scalar {
  return apply(
    "select",
    apply("lessEqual", DISTANCE, quarter),
    apply(near, apply("mul", pi, DISTANCE)),
    apply(far, apply("mul", pi, apply("sub", half, DISTANCE))),
  );
}

/** Adding 0 makes 0 of -0. */
const unsigned = (x: Scalar): Scalar => apply("add", x, zero);

const SIN = elementwiseKernel(
  apply("mul", apply("sign", X), unsigned(apply("mul", PARITY, eighths("sin", "cos")))),
);
const SIDE = apply("sub", one, apply("mul", two, apply("less", half, FRACTION)));
const COS = elementwiseKernel(
  unsigned(apply("mul", apply("mul", PARITY, SIDE), eighths("cos", "sin"))),
);

export const sinPiPrimitive: Primitive<null> = withPartials({
  name: "sinPi",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("sinPi"),
  kernel: () => SIN,
  partials: [({ primals: [x] }) => mul(Math.PI, cosPi(x))],
});

export const cosPiPrimitive: Primitive<null> = withPartials({
  name: "cosPi",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("cosPi"),
  kernel: () => COS,
  partials: [({ primals: [x] }) => mul(-Math.PI, sinPi(x))],
});
