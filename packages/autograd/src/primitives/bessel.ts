/**
 * @file besselI: the modified Bessel functions of the first kind, each in the derivative of its neighbours, and
 * besselIe, the same times exp(-|x|).
 */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { elementwiseKernel } from "../kernel/kernel.ts";
import { apply, constant, input } from "../kernel/scalar.ts";
import { add } from "./add.ts";
import { withPartials } from "./define.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sign } from "./sign.ts";
import { sub } from "./sub.ts";

/**
 * I₀(x), the modified Bessel function of order 0.
 *
 * - shape and dtype: those of `x`
 * - derivative: I₁(x)
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * i0(tensor([0, 1]));   // [1, 1.26607]
 * @see DLMF, section 10.25.
 */
export function i0(x: Tensor): Tensor {
  return bind(besselIPrimitive, [x], { order: 0 });
}

/** I₁(x), the modified Bessel function of order 1; its derivative is (I₀(x) + I₂(x)) / 2. @throws as `i0`. */
export function i1(x: Tensor): Tensor {
  return bind(besselIPrimitive, [x], { order: 1 });
}

/**
 * exp(-|x|) I₀(x), the modified Bessel function of order 0.
 *
 * - shape and dtype: those of `x`
 * - derivative: i1e(x) - sign(x) y; 0 at x = 0, where the scale has a kink
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * special.i0e(tensor([0, 1]));   // [1, 0.46576]
 * @see DLMF, section 10.29.
 */
export function i0e(x: Tensor): Tensor {
  return bind(besselIePrimitive, [x], { order: 0 });
}

/**
 * exp(-|x|) I₁(x), the modified Bessel function of order 1.
 *
 * - shape and dtype: those of `x`
 * - derivative: exp(-|x|) (I₀(x) + I₂(x)) / 2 - sign(x) y; ½ at x = 0
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @see DLMF, section 10.29.
 */
export function i1e(x: Tensor): Tensor {
  return bind(besselIePrimitive, [x], { order: 1 });
}

/** Parameters of a Bessel function: its order, an integer of 0 or more. */
interface Order {
  readonly order: number;
}

/**
 * (Iₙ₋₁ + Iₙ₊₁) / 2, where I₋₁ = I₁: DLMF 10.29.1. Other forms divide by x, and the derivatives of such a quotient
 * are wrong at 0.
 */
function neighbours(primitive: Primitive<Order>, x: Tensor, order: number): Tensor {
  const above = bind(primitive, [x], { order: order + 1 });
  return order === 0 ? above : mul(0.5, add(bind(primitive, [x], { order: order - 1 }), above));
}

export const besselIPrimitive: Primitive<Order> = withPartials({
  name: "besselI",
  arity: 1,
  // from where the mean of cosines, with which the laws compare, keeps the digits of order 2
  domain: [{ min: 0.5, max: 3 }],
  cases: [{ params: { order: 0 } }, { params: { order: 1 } }, { params: { order: 2 } }],
  residuals: [0],
  abstractEval: alikeFloating("besselI"),
  kernel: ({ order }) => elementwiseKernel(apply("besselI", constant(order), input(0))),
  partials: [({ primals: [x], params: { order } }) => neighbours(besselIPrimitive, x, order)],
});

export const besselIePrimitive: Primitive<Order> = withPartials({
  name: "besselIe",
  arity: 1,
  // the scale has a kink at 0
  domain: [{ min: 0.5, max: 3 }],
  cases: [{ params: { order: 0 } }, { params: { order: 1 } }, { params: { order: 2 } }],
  residuals: [0, "output"],
  abstractEval: alikeFloating("besselIe"),
  kernel: ({ order }) => elementwiseKernel(apply("besselIe", constant(order), input(0))),
  partials: [
    ({ primals: [x], output, params: { order } }) => {
      return sub(neighbours(besselIePrimitive, x, order), mul(sign(x), output));
    },
  ],
});
