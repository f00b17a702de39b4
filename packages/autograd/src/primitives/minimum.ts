/** @file minimum. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { cast } from "./cast.ts";
import { less, lessEqual } from "./compare.ts";
import { withPartials } from "./define.ts";
import { alike, arithmetic, type TensorLike } from "./door.ts";
import { mul } from "./mul.ts";

/**
 * The smaller of two operands, element by element.
 *
 * - shape: broadcast; dtype: promoted; NaN in either operand gives NaN
 * - derivative: 1 for the smaller operand, 0 for the other; at a tie ½ for each
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * minimum(tensor([1, 5]), 3);   // [1, 3]
 */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return bind(minimumPrimitive, arithmetic("minimum", a, b), null);
}

const KERNEL = scalarKernel("minimum", 2);

export const minimumPrimitive: Primitive<null> = withPartials({
  name: "minimum",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0, 1],
  abstractEval: alike("minimum"),
  kernel: () => KERNEL,
  partials: [({ primals: [a, b] }) => share(a, b), ({ primals: [a, b] }) => share(b, a)],
});

/** 1 where `winner` is smaller, ½ at a tie, else 0. */
function share(winner: Tensor, other: Tensor): Tensor {
  const { dtype } = winner;
  return mul(0.5, add(cast(less(winner, other), dtype), cast(lessEqual(winner, other), dtype)));
}
