/**
 * @file jvp: forward mode, a second walk over the tape that the function left behind.
 */
import { settle } from "../core/tensor.ts";
import { transaction } from "../core/variable.ts";
import { flattenTensors, matchingLeaves, requireDifferentiable } from "./arguments.ts";
import { pushed } from "./linearize.ts";
import { trace } from "./vjp.ts";

export interface Jvp<Result> {
  readonly output: Result;
  /** (∂f/∂x) ẋ in the nesting of the output. Results of dtype int32 or bool have a tangent of zeros. */
  readonly tangent: Result;
}

/**
 * The value of `f` at `primals`, and its derivative along `tangents`.
 *
 * - primals and tangents are lists of arguments, each in any nesting, alike in shape and dtype
 *
 * @throws DTypeError if a primal is int32 or bool; GradientError if the tangents do not fit the primals.
 * @example
 * jvp((x) => sin(x), [tensor(0)], [tensor(2)]);   // { output: 0, tangent: 2 }
 */
export function jvp<const A extends readonly unknown[], R>(
  f: (...args: A) => R,
  primals: A,
  tangents: A,
): Jvp<R> {
  const flat = flattenTensors("jvp", "primal ", primals);
  requireDifferentiable("jvp", "primal ", flat);
  const directions = matchingLeaves("jvp", "tangent ", tangents, flat);
  // where a rule throws, nothing that `f` assigned is kept
  return transaction(() => {
    const traced = trace("jvp", f, flat);
    const { outputs } = traced;
    return {
      output: outputs.rebuild(outputs.leaves.map(settle)) as R,
      tangent: outputs.rebuild(pushed(traced, directions)) as R,
    };
  });
}
