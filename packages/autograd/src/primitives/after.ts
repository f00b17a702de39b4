/** @file after. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { custom } from "./define.ts";

/**
 * `x`, to be read only once `event` is there: a compiled program neither takes it for `x` itself, nor reads it earlier.
 * What is computed of it again is thereby computed late, instead of being kept since the first time.
 *
 * - shape and dtype: those of `x`; no copy is made. `event` may have any
 * - derivative: 1 by `x`, 0 by `event`
 *
 * `exp(after(x, cotangent))` is a second exp(x), if exp(x) is there.
 */
export function after(x: Tensor, event: Tensor): Tensor {
  return bind(afterPrimitive, [x, event], null);
}

export const afterPrimitive: Primitive<null> = custom({
  name: "after",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }, { params: null, shapes: [[2, 3], [4]] }],
  residuals: [],
  abstractEval: ([x]) => x,
  kernel: () => ({ kind: "view", transform: { type: "same" } }),
  vjp: ([cotangent]) => [cotangent, null],
  jvp: ([tangent]) => [tangent],
});
