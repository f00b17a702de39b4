/** @file stopGradient. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { flat } from "./define.ts";

/**
 * `x`, as a constant to every derivative. It stays on the tape, so a replay computes it anew.
 *
 * - shape and dtype: those of `x`; no copy is made
 * - derivative: 0
 *
 * @example
 * grad((x: Tensor) => mul(x, stopGradient(x)))(tensor(3));   // 3, not 6
 */
export function stopGradient(x: Tensor): Tensor {
  return bind(stopGradientPrimitive, [x], null);
}

export const stopGradientPrimitive: Primitive<null> = flat({
  name: "stopGradient",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  abstractEval: ([x]) => x,
  kernel: (_params, [x]) => ({ kind: "view", transform: { type: "stretch", shape: x.shape } }),
});
