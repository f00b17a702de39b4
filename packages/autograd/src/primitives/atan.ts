/** @file atan. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";
import { mul } from "./mul.ts";

/**
 * The angle from -π/2 to π/2 whose tangent is `x`.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / (1 + x²)
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * atan(tensor([1]));   // [0.785398]
 */
export function atan(x: Tensor): Tensor {
  return bind(atanPrimitive, [x], null);
}

const KERNEL = scalarKernel("atan", 1);

export const atanPrimitive: Primitive<null> = withPartials({
  name: "atan",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("atan"),
  kernel: () => KERNEL,
  partials: [({ primals: [x] }) => div(1, add(1, mul(x, x)))],
});
