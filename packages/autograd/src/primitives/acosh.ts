/** @file acosh. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";
import { sqrt } from "./sqrt.ts";
import { sub } from "./sub.ts";

/**
 * The number of 0 or more whose hyperbolic cosine is `x`.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / √(x² - 1)
 * - infinite derivative at x = 1; NaN below
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 */
export function acosh(x: Tensor): Tensor {
  return bind(acoshPrimitive, [x], null);
}

const KERNEL = scalarKernel("acosh", 1);

export const acoshPrimitive: Primitive<null> = withPartials({
  name: "acosh",
  arity: 1,
  domain: [{ min: 1.5, max: 4 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("acosh"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => div(1, sqrt(sub(mul(x, x), 1)))],
});
