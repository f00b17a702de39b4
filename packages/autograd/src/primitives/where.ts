/** @file where. */
import { broadcastShapes } from "../array/broadcast.ts";
import { sameShape } from "../array/shape.ts";
import { bind, requireTensor } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { DTypeError } from "../errors.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { linear } from "./define.ts";
import { alike, commonDType, shapeOf, spread, type TensorLike, unlike } from "./door.ts";

/**
 * `a` where `condition` is true, else `b`, element by element.
 *
 * - shape: all three broadcast; dtype: that of `a` and `b`, promoted
 * - derivative: the cotangent goes to the operand that was chosen, 0 to the other
 *
 * @throws DTypeError if `condition` is not bool; ShapeError if the shapes do not broadcast.
 * @example
 * where(greater(x, 0), x, 0);   // relu
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const mask = requireTensor("where", condition);
  requireBool(mask);
  const dtype = commonDType("where", a, b);
  const values = broadcastShapes("where", shapeOf(a), shapeOf(b));
  const shape = broadcastShapes("where", mask.shape, values);
  const operands = [
    spread("where", mask, shape, "bool"),
    spread("where", a, shape, dtype),
    spread("where", b, shape, dtype),
  ];
  return bind(wherePrimitive, operands, null);
}

function requireBool(condition: { readonly dtype: string }): void {
  if (condition.dtype === "bool") return;
  throw new DTypeError("where", { dtype: condition.dtype }, ({ dtype }) => {
    return `the condition must be bool but is ${dtype}. Compare first, as in \`notEqual(x, 0)\`.`;
  });
}

const KERNEL = scalarKernel("select", 3);

export const wherePrimitive: Primitive<null> = linear({
  name: "where",
  arity: 3,
  domain: [
    { min: 0, max: 1, dtype: "bool" },
    { min: -3, max: 3 },
  ],
  cases: [{ params: null }],
  residuals: [0],
  linearIn: [1, 2],
  abstractEval: ([condition, a, b]) => {
    requireBool(condition);
    if (!sameShape(condition.shape, a.shape)) throw unlike("where", condition.shape, a.shape);
    return alike("where")([a, b]);
  },
  kernel: () => KERNEL,
  transpose: (cotangent, { primals: [condition] }, input) =>
    input === 1 ? where(condition, cotangent, 0) : where(condition, 0, cotangent),
});
