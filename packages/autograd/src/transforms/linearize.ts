/**
 * @file linearize: the derivative of a function at one point as a linear function of tangents.
 */
import { settle, type Tensor } from "../core/tensor.ts";
import { flattenTensors, matchingLeaves, requireDifferentiable } from "./arguments.ts";
import { type Traced, trace } from "./vjp.ts";
import { type Derivatives, forward, zeros } from "./walks.ts";

/** What `linearize` returns. */
export interface Linearized<Arguments extends readonly unknown[], Result> {
  readonly output: Result;
  /** The tangent of the output, for tangents of all arguments in their nesting. May be called again. */
  pushforward(tangents: Arguments): Result;
}

/**
 * The value of `f` at `args`, and its derivative there as a function: `jvp` for many tangents at one point.
 *
 * - `f` runs once, and its tape stays: each call of the pushforward is one forward walk, without the values
 * - arguments are floating tensors in any nesting; the pushforward maps ẋ to (∂f/∂x) ẋ, in the nesting of the output
 * - results of dtype int32 or bool have a tangent of zeros
 *
 * @throws DTypeError if an argument is int32 or bool; GradientError if tangents do not fit the arguments.
 * @example
 * const { output, pushforward } = linearize((x) => sin(x), tensor(0));
 * pushforward([tensor(2)]);   // 2
 */
export function linearize<const A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...args: A
): Linearized<A, R> {
  const flat = flattenTensors("linearize", "argument ", args);
  requireDifferentiable("linearize", "argument ", flat);
  const traced = trace("linearize", f, flat);
  const { outputs } = traced;
  return {
    output: outputs.rebuild(outputs.leaves.map(settle)) as R,
    pushforward: (tangents) => {
      const directions = matchingLeaves("pushforward", "tangent ", tangents, flat);
      return outputs.rebuild(pushed(traced, directions)) as R;
    },
  };
}

/** Tangents of the outputs, given those of the inputs, where there are some; zeros where there are none. */
export function pushed(
  { tape, inputs, outputs }: Traced,
  tangents: readonly (Tensor | null)[],
): readonly Tensor[] {
  const seeds: Derivatives = new Map();
  tangents.forEach((tangent, i) => {
    if (tangent !== null) seeds.set(inputs[i], tangent);
  });
  const own = outputs.leaves.flatMap((x) => (x.tape === tape ? [x.index] : []));
  const found = forward(tape, seeds, new Set(own));
  return outputs.leaves.map((x) => {
    return (x.tape === tape ? found.get(x.index) : undefined) ?? zeros(x.aval);
  });
}
