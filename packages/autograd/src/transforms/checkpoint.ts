/**
 * @file checkpoint: a function of which the tape keeps the inputs only. What its derivative needs beside them is
 * computed again.
 */
import { isFloating } from "../array/dtype.ts";
import type { Tensor } from "../core/tensor.ts";
import { openTape } from "../core/variable.ts";
import { after } from "../primitives/after.ts";
import { flattenResult, flattenTensors } from "./arguments.ts";
import { mapOperations } from "./map-operations.ts";
import { spreadOver } from "./members.ts";
import { bindEnclosed, enclose, type NodeRules, type Operations } from "./enclose.ts";
import { type Parts, present, pulledThrough, pushedThrough } from "./walk-operations.ts";

const OP = "checkpoint";

/**
 * `f`, the same function, of which a tape keeps the arguments and what `f` closes over instead of everything in
 * between. A derivative computes that again: about one more run of `f` for each walk, for less memory.
 *
 * - arguments and results are tensors in any nesting; values, derivatives of any order and in any mode are those of `f`
 * - JavaScript runs `f` once; what is repeated are its operations, with the same variables and the same random
 *   numbers. What `f` assigns to variables is assigned once
 * - what it computes of constants alone is kept, and so are its results where something else needs them
 * - under `vmap` it is one checkpointed function of all members
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

/**
 * Walks over the operations, repeated. They are checkpointed in their turn, for derivatives of theirs, and so are the
 * operations for all members of a vmap.
 */
function rulesOf(operations: Operations): NodeRules {
  const { inputAvals } = operations;
  return {
    residuals: inputAvals.map((_, i) => i),
    derivative: {
      kind: "custom",
      vjp: (cotangents, { primals }, wanted) => {
        const asked = inputAvals.map(({ dtype }, i) => isFloating(dtype) && (wanted?.[i] ?? true));
        return walked(primals as readonly Tensor[], cotangents, (inputs, given) => {
          const late = inputs.map((x) => given.reduce<Tensor>((y, c) => (c ? after(y, c) : y), x));
          return pulledThrough(operations, late, given, asked);
        });
      },
      jvp: (tangents, { primals }) => {
        return walked(primals as readonly Tensor[], tangents, (inputs, given) => {
          return pushedThrough(operations, inputs, given).tangents;
        });
      },
    },
    mapped: (inputs, isMapped, size) => {
      const run = (leaves: readonly Tensor[]): readonly Tensor[] => {
        const given = leaves.map((value, i) => ({ value, isMapped: isMapped[i] }));
        return mapOperations(operations, given, size).map((y) => spreadOver(y, size));
      };
      return checkpointed(run, inputs) as readonly Tensor[];
    },
  };
}

/** What `walk` gives for `inputs` and `given`, as the result of one checkpointed function of both. */
function walked(
  inputs: readonly Tensor[],
  given: Parts,
  walk: (inputs: readonly Tensor[], given: Parts) => Parts,
): Parts {
  const there = present(given);
  let found: Parts = [];
  const run = (leaves: readonly Tensor[]): readonly Tensor[] => {
    found = walk(leaves.slice(0, inputs.length), there.at(leaves.slice(inputs.length)));
    return present(found).values;
  };
  const results = checkpointed(run, [...inputs, ...there.values]) as readonly Tensor[];
  return present(found).at(results);
}
