/**
 * @file vjp: reverse mode as a function from cotangents of the result to cotangents of the arguments.
 */
import { isFloating } from "../array/dtype.ts";
import { withTape } from "../core/variable.ts";
import type { Tape } from "../core/tape.ts";
import { settle, type Tensor } from "../core/tensor.ts";
import { add } from "../primitives/add.ts";
import {
  flattenResult,
  flattenTensors,
  type FlatTensors,
  matchingLeaves,
  requireDifferentiable,
} from "./arguments.ts";
import { backward, type Derivatives, zeros } from "./walks.ts";

/** What `vjp` returns. */
export interface Vjp<Arguments extends readonly unknown[], Result> {
  readonly output: Result;
  /** Cotangents of all arguments, in their nesting, for a cotangent in the nesting of the output. May be called again. */
  pullback(cotangent: Result): Arguments;
}

/** A function traced on a tape of its own. */
export interface Traced {
  readonly tape: Tape;
  /** Value numbers of the arguments' leaves. */
  readonly inputs: readonly number[];
  /** The leaves of the result, as values of the tape (or constants). */
  readonly outputs: FlatTensors;
}

/** Runs `f` with every leaf of `args` as an input of a new tape. */
export function trace<A extends readonly unknown[], R>(
  op: string,
  f: (...args: A) => R,
  args: FlatTensors,
): Traced {
  const { tape, result: outputs } = withTape(op, "pass", (open) => {
    const inputs = args.leaves.map((x) => open.input(settle(x)));
    return flattenResult(op, f(...(args.rebuild(inputs) as unknown as A)));
  });
  return { tape, inputs: tape.inputs, outputs };
}

/**
 * The value of `f` at `args`, and its pullback.
 *
 * - every argument may be a nesting of floating tensors; the result too (int32 and bool results carry no cotangent)
 * - the pullback maps a cotangent ȳ to (∂f/∂x)ᵀ ȳ for each argument x; an argument that was not used gets zeros
 *
 * @throws DTypeError if an argument is int32 or bool; GradientError if a cotangent does not fit the output.
 * @example
 * const { output, pullback } = vjp((a, b) => mul(a, b), x, y);
 * const [xBar, yBar] = pullback(onesLike(output));
 */
export function vjp<const A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...args: A
): Vjp<A, R> {
  const flat = flattenTensors("vjp", "argument ", args);
  requireDifferentiable("vjp", "argument ", flat);
  const { tape, inputs, outputs } = trace("vjp", f, flat);
  const values = outputs.leaves.map(settle);
  const wanted = new Set(inputs);
  return {
    output: outputs.rebuild(values) as R,
    pullback: (cotangent) => {
      const seeds = matchingLeaves("pullback", "the cotangent", cotangent, outputs);
      const found = backward(tape, seedsOf(tape, outputs.leaves, seeds), wanted, { retain: true });
      return flat.rebuild(gather(tape, inputs, found)) as A;
    },
  };
}

/** Seeds by value number; an output that stands twice adds up, one that is constant or not floating is left out. */
export function seedsOf(
  tape: Tape,
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
): Derivatives {
  const seeds: Derivatives = new Map();
  outputs.forEach((output, i) => {
    if (output.tape !== tape || !isFloating(output.dtype)) return;
    const known = seeds.get(output.index);
    seeds.set(output.index, known === undefined ? cotangents[i] : add(known, cotangents[i]));
  });
  return seeds;
}

/** The derivatives of `indices`, zeros where there is none. */
export function gather(tape: Tape, indices: readonly number[], found: Derivatives): Tensor[] {
  return indices.map((index) => found.get(index) ?? zeros(tape.values[index]));
}
