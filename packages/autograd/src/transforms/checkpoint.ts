/**
 * @file checkpoint: a function of which the tape keeps the inputs only. What its derivative needs beside them is
 * computed again.
 */
import type { Tape } from "../core/tape.ts";
import { settle, type Tensor } from "../core/tensor.ts";
import { openTape, withTape } from "../core/variable.ts";
import { isFloating } from "../array/dtype.ts";
import { after } from "../primitives/after.ts";
import { flattenResult, flattenTensors } from "./arguments.ts";
import {
  bindEnclosed,
  enclose,
  type NodeRules,
  type Operations,
  type Repeated,
} from "./enclose.ts";
import { seedsOf } from "./vjp.ts";
import { backward, type Derivatives, forward } from "./walks.ts";

const OP = "checkpoint";

/** Of each input or result; null for zero. */
type Parts = readonly (Tensor | null)[];

/**
 * `f`, the same function, of which a tape keeps the arguments and what `f` closes over instead of everything in
 * between. A derivative computes that again: about one more run of `f` for each walk, for less memory.
 *
 * - arguments and results are tensors in any nesting; values, derivatives of any order and in any mode are those of `f`
 * - JavaScript runs `f` once; what is repeated are its operations, with the same variables and the same random
 *   numbers. What `f` assigns to variables is assigned once
 * - what it computes of constants alone is kept, and so are its results where something else needs them
 * - in a compiled program, too, the operations are repeated, when the walk has come to them
 * - outside of any recording or derivative, `f` itself runs
 *
 * @throws GradientError if `f` is asynchronous, returns what is no tensor, or leaves a value behind that is used
 * outside of it.
 * @example
 * const block = checkpoint((x: Tensor, w: Tensor) => tanh(matMul(x, w)));
 * grad((w: Tensor) => sum(block(block(x, w), w)))(w);
 */
export function checkpoint<A extends readonly unknown[], R>(
  f: (...args: A) => R,
): (...args: A) => R {
  return (...args) => {
    const flat = flattenTensors(OP, "argument ", args);
    const run = (leaves: readonly Tensor[]): R => f(...(flat.rebuild(leaves) as A));
    return checkpointed(run, flat.leaves) as R;
  };
}

/** The result of `f`, with its leaves bound as those of one node where there is a tape. */
function checkpointed(
  f: (leaves: readonly Tensor[]) => unknown,
  leaves: readonly Tensor[],
): unknown {
  if (openTape() === null) {
    const flat = flattenResult(OP, f(leaves));
    return flat.rebuild(flat.leaves);
  }
  const enclosed = enclose(OP, f, leaves);
  return bindEnclosed(enclosed, rulesOf(enclosed.operations));
}

/** Walks over the operations, repeated. The walks are checkpointed in their turn, for derivatives of theirs. */
function rulesOf(operations: Operations): NodeRules {
  const { inputAvals } = operations;
  return {
    residuals: inputAvals.map((_, i) => i),
    derivative: {
      kind: "custom",
      vjp: (cotangents, { primals }, wanted) => {
        const indices = inputAvals.flatMap(({ dtype }, i) => {
          return isFloating(dtype) && (wanted?.[i] ?? true) ? [i] : [];
        });
        return walked(primals as readonly Tensor[], cotangents, (inputs, given) => {
          const late = inputs.map((x) => given.reduce<Tensor>((y, c) => (c ? after(y, c) : y), x));
          return pulledBack(operations, late, given, indices);
        });
      },
      jvp: (tangents, { primals }) => {
        return walked(primals as readonly Tensor[], tangents, (inputs, given) => {
          return pushedForward(operations, inputs, given);
        });
      },
    },
  };
}

/** What `walk` gives for `inputs` and `given`, as the result of one checkpointed function of both. */
function walked(
  inputs: readonly Tensor[],
  given: Parts,
  walk: (inputs: readonly Tensor[], given: Parts) => Parts,
): Parts {
  const there = given.flatMap((x, i) => (x === null ? [] : [i]));
  let found: Parts = [];
  const run = (leaves: readonly Tensor[]): readonly Tensor[] => {
    const rest = leaves.slice(inputs.length);
    const parts = given.map((x, i) => x && rest[there.indexOf(i)]);
    found = walk(leaves.slice(0, inputs.length), parts);
    return found.filter((x) => x !== null);
  };
  const results = checkpointed(run, [...inputs, ...given.filter((x) => x !== null)]);
  const next = (results as readonly Tensor[])[Symbol.iterator]();
  return found.map((x) => x && (next.next().value ?? null));
}

/** Cotangents of the inputs at `indices`, null for those that are not asked for. */
function pulledBack(
  operations: Operations,
  inputs: readonly Tensor[],
  cotangents: Parts,
  indices: readonly number[],
): Parts {
  const { tape, repeated } = traced(operations, inputs);
  const outputs = repeated.results.filter((_, k) => cotangents[k]);
  const seeds = seedsOf(
    tape,
    outputs,
    cotangents.filter((x) => x !== null),
  );
  const found = repeated.within(() => {
    return backward(tape, seeds, new Set(indices), { retain: false });
  });
  return inputs.map((_, i) => (indices.includes(i) ? (found.get(i) ?? null) : null));
}

function pushedForward(operations: Operations, inputs: readonly Tensor[], tangents: Parts): Parts {
  const { tape, repeated } = traced(operations, inputs);
  const seeds: Derivatives = new Map();
  tangents.forEach((tangent, i) => {
    if (tangent !== null) seeds.set(i, tangent);
  });
  const outputs = repeated.results.map((x) => (x.tape === tape ? x.index : -1));
  const found = repeated.within(() => forward(tape, seeds, new Set(outputs)));
  return outputs.map((index) => found.get(index) ?? null);
}

/** The operations once more, on a tape whose values 0, 1, … are the inputs. */
function traced(
  operations: Operations,
  inputs: readonly Tensor[],
): { readonly tape: Tape; readonly repeated: Repeated } {
  const { tape, result: repeated } = withTape(OP, "pass", (open) => {
    return operations.repeat(inputs.map((x) => open.input(settle(x))));
  });
  return { tape, repeated };
}
