/** @file maximum. */
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
 * The larger of two operands, element by element.
 *
 * - shape: broadcast; dtype: promoted; NaN in either operand gives NaN
 * - derivative: 1 for the larger operand, 0 for the other; at a tie ½ for each
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * maximum(tensor([1, 5]), 3);   // [3, 5]
 */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return bind(maximumPrimitive, arithmetic("maximum", a, b), null);
}

const KERNEL = scalarKernel("maximum", 2);

export const maximumPrimitive: Primitive<null> = withPartials({
  name: "maximum",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0, 1],
  abstractEval: alike("maximum"),
  kernel: () => KERNEL,
  partials: [({ primals: [a, b] }) => share(a, b), ({ primals: [a, b] }) => share(b, a)],
});

/** 1 where `winner` is larger, ½ at a tie, else 0. */
function share(winner: Tensor, other: Tensor): Tensor {
  const { dtype } = winner;
  return mul(0.5, add(cast(less(other, winner), dtype), cast(lessEqual(other, winner), dtype)));
}
