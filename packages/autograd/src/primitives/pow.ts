/** @file pow. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { equal } from "./compare.ts";
import { withPartials } from "./define.ts";
import { alikeFloating, floatingArithmetic, type TensorLike } from "./door.ts";
import { log } from "./log.ts";
import { mul } from "./mul.ts";
import { where } from "./where.ts";
import { sub } from "./sub.ts";

/**
 * `base` to the power of `exponent`, element by element.
 *
 * - shape: broadcast; dtype: promoted, integers to float32
 * - derivative: exponent · base^(exponent - 1) for the base, y · log(base) for the exponent
 * - powers of 1 are 1, those of a NaN exponent too, and the infinite powers of -1, as in IEEE 754
 * - at exponent = 0 the derivative for the base is 0, at base = 0 too; at y = 0 the derivative for the
 *   exponent is 0, and at base = exponent = 0, where y is 1
 * - for base < 0 the derivative for the exponent is NaN, and so is y unless the exponent is an integer
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * pow(tensor([2, 3]), 2);   // [4, 9]
 */
export function pow(base: TensorLike, exponent: TensorLike): Tensor {
  return bind(powPrimitive, floatingArithmetic("pow", base, exponent), null);
}

const KERNEL = scalarKernel("pow", 2);

export const powPrimitive: Primitive<null> = withPartials({
  name: "pow",
  arity: 2,
  domain: [
    { min: 0.1, max: 3 },
    { min: -2, max: 2 },
  ],
  cases: [{ params: null }],
  residuals: [0, 1, "output"],
  abstractEval: alikeFloating("pow"),
  kernel: () => KERNEL,
  partials: [
    // p · x^(p-1) is 0 · ∞ where both are 0, and only there: elsewhere 1 / x is its derivative at p = 0
    ({ primals: [x, p] }) => mul(p, pow(oneAtZeros(x, p), sub(p, 1))),
    // y · log(x) is 0 · ∞ where y = 0, and a constant where it is 0⁰
    ({ primals: [x, p], output }) => {
      return mul(output, log(where(equal(output, 0), 1, oneAtZeros(x, p))));
    },
  ],
});

/**
 * x, and 1 where x and p are 0, which makes a derivative 0 there at every order. Choosing between results
 * would leave 0 · ∞ to the next.
 */
function oneAtZeros(x: Tensor, p: Tensor): Tensor {
  return where(equal(x, 0), where(equal(p, 0), 1, x), x);
}
