/** @file fmod. A primitive because a - b · trunc(a / b) is wrong where the quotient is rounded to an integer. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import { splat, type Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alike, arithmetic, type TensorLike } from "./door.ts";
import { floor } from "./floor.ts";
import { neg } from "./neg.ts";
import { sub } from "./sub.ts";

/**
 * The remainder of a / b with the sign of `a`, as JavaScript's `%`.
 *
 * - shape: broadcast; dtype: promoted
 * - derivative: 1 for a, minus the whole quotient for b; the jumps have none
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * fmod(tensor([-7]), 3);   // [-1]
 */
export function fmod(a: TensorLike, b: TensorLike): Tensor {
  return bind(fmodPrimitive, arithmetic("fmod", a, b), null);
}

const KERNEL = scalarKernel("fmod", 2);

export const fmodPrimitive: Primitive<null> = withPartials({
  name: "fmod",
  arity: 2,
  domain: [
    // the quotient is between 3.1 and 3.9
    { min: 9.3, max: 11 },
    { min: 2.8, max: 3 },
  ],
  cases: [{ params: null }],
  residuals: [0, 1, "output"],
  abstractEval: alike("fmod"),
  kernel: () => KERNEL,
  partials: [
    ({ primals: [a] }) => splat(a.aval, 1),
    // (a - y) / b is the whole quotient, up to a rounding that floor(· + ½) undoes
    ({ primals: [a, b], output }) => neg(floor(add(div(sub(a, output), b), 0.5))),
  ],
});
