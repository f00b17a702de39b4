/** @file i0e and i1e: exponentially scaled modified Bessel functions, each in the derivative of the other. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { equal } from "./compare.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sign } from "./sign.ts";
import { sub } from "./sub.ts";
import { where } from "./where.ts";

/**
 * exp(-|x|) I₀(x), the modified Bessel function of order 0.
 *
 * - shape and dtype: those of `x`
 * - derivative: i1e(x) - sign(x) y; 0 at x = 0, where the scale has a kink
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @see DLMF, section 10.29.
 */
export function i0e(x: Tensor): Tensor {
  return bind(i0ePrimitive, [x], null);
}

/**
 * exp(-|x|) I₁(x), the modified Bessel function of order 1.
 *
 * - shape and dtype: those of `x`
 * - derivative: i0e(x) - y / x - sign(x) y; ½ at x = 0
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @see DLMF, section 10.29.
 */
export function i1e(x: Tensor): Tensor {
  return bind(i1ePrimitive, [x], null);
}

const I0E = scalarKernel("besselI0e", 1);
const I1E = scalarKernel("besselI1e", 1);

export const i0ePrimitive: Primitive<null> = withPartials({
  name: "i0e",
  arity: 1,
  domain: [{ min: 0.2, max: 3 }],
  cases: [{ params: null }],
  residuals: [0, "output"],
  abstractEval: alikeFloating("i0e"),
  kernel: () => I0E,
  partials: [({ primals: [x], output }) => sub(i1e(x), mul(sign(x), output))],
});

export const i1ePrimitive: Primitive<null> = withPartials({
  name: "i1e",
  arity: 1,
  domain: [{ min: 0.2, max: 3 }],
  cases: [{ params: null }],
  residuals: [0, "output"],
  abstractEval: alikeFloating("i1e"),
  kernel: () => I1E,
  partials: [
    ({ primals: [x], output }) => {
      const isZero = equal(x, 0);
      const ratio = where(isZero, 0.5, div(output, where(isZero, 1, x)));
      return sub(sub(i0e(x), ratio), mul(sign(x), output));
    },
  ],
});
