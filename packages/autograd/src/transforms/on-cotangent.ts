/**
 * @file onCotangent: a look at the cotangent of a value, while a walk goes through it backward.
 */
import { formatAval, sameAval } from "../array/aval.ts";
import { bind, requireTensor } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import { Tensor } from "../core/tensor.ts";
import { GradientError } from "../errors.ts";
import { custom } from "../primitives/define.ts";
import { requireFloating } from "../primitives/door.ts";
import { kindOf } from "./arguments.ts";

const OP = "onCotangent";

/** Is given the cotangent of a value. What it returns takes its place; nothing, if it is to stay. */
export type CotangentHook =
  | ((cotangent: Tensor) => Tensor | undefined)
  | ((cotangent: Tensor) => void);

/**
 * `x`, whose cotangent `hook` sees, and may replace, in every backward walk that reaches it: to print it, to measure
 * it, to clip it.
 *
 * - shape and dtype: those of `x`, which must be floating; no copy is made
 * - the cotangent is that of this use of `x`: all that depends on the result
 * - in derivatives of the gradient what the hook computes is differentiated like everything else, and a backward walk
 *   over a backward walk calls it again; forward walks do not call it
 * - in a compiled function it runs once for each signature, without numbers
 *
 * @throws DTypeError if `x` is int32 or bool; GradientError if the hook returns what does not fit.
 * @example
 * grad((x: Tensor) => sum(mul(onCotangent(x, (c) => clamp(c, { min: -1, max: 1 })), 5)))(x);   // 1, not 5
 */
export function onCotangent(x: Tensor, hook: CotangentHook): Tensor {
  requireFloating(OP, requireTensor(OP, x).dtype);
  return bind(onCotangentPrimitive, [x], { hook });
}

const onCotangentPrimitive: Primitive<{ readonly hook: CotangentHook }> = custom({
  name: OP,
  arity: 1,
  // its params hold a function, so there is nothing that could be drawn
  domain: [],
  cases: [],
  residuals: [],
  abstractEval: ([x]) => x,
  kernel: (_params, [x]) => ({ kind: "view", transform: { type: "stretch", shape: x.shape } }),
  vjp: ([cotangent], { params }) => [cotangent && seenBy(params.hook, cotangent)],
  jvp: ([tangent]) => [tangent],
});

function seenBy(hook: CotangentHook, cotangent: Tensor): Tensor {
  const { aval } = cotangent;
  const returned: unknown = hook(cotangent);
  if (returned === undefined) return cotangent;
  if (returned instanceof Tensor && sameAval(returned.aval, aval)) return returned;
  const found = returned instanceof Tensor ? formatAval(returned.aval) : kindOf(returned);
  throw new GradientError(OP, { found, expected: aval }, (d) => {
    return `the hook returned ${d.found} for a cotangent of ${formatAval(d.expected)}. Return one like it, or nothing to leave it as it is.`;
  });
}
