/** @file atan2. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating, floatingArithmetic, type TensorLike } from "./door.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";

/**
 * The angle of the point (x, y), from -π to π.
 *
 * - shape: broadcast; dtype: promoted, integers to float32
 * - derivative: x / (x² + y²) for y, -y / (x² + y²) for x; NaN at the origin
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * atan2(tensor([1]), tensor([-1]));   // [2.35619]
 */
export function atan2(y: TensorLike, x: TensorLike): Tensor {
  return bind(atan2Primitive, floatingArithmetic("atan2", y, x), null);
}

const KERNEL = scalarKernel("atan2", 2);

const squaredLength = (y: Tensor, x: Tensor): Tensor => add(mul(x, x), mul(y, y));

export const atan2Primitive: Primitive<null> = withPartials({
  name: "atan2",
  arity: 2,
  domain: [{ min: 0.5, max: 3 }],
  cases: [{ params: null }],
  residuals: [0, 1],
  abstractEval: alikeFloating("atan2"),
  kernel: () => KERNEL,
  partials: [
    ({ primals: [y, x] }) => div(x, squaredLength(y, x)),
    ({ primals: [y, x] }) => div(neg(y), squaredLength(y, x)),
  ],
});
