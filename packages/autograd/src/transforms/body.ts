/**
 * @file What scan, cond and whileLoop have in common: functions that are parts of one node. They run once, on
 * values that are only shapes; what they did is repeated, pulled back and pushed forward from there.
 */
import type { Aval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import { flatCopy, type StridedArray } from "../array/strided-array.ts";
import { sizeOf } from "../array/shape.ts";
import { arrayOf, settle, Tensor } from "../core/tensor.ts";
import { assertInvariant, ValueError } from "../errors.ts";
import type { FlatTensors } from "./arguments.ts";
import { enclose, type Operations, type Repeated } from "./enclose.ts";
import { pushed } from "./linearize.ts";
import { seedsOf, type Traced, trace } from "./vjp.ts";
import { backward } from "./walks.ts";

/** Of each input, or of each result; null for zero. */
export type Parts = readonly (Tensor | null)[];

export interface Body {
  /** Their inputs are those of the function, then those that `closure` stands for. */
  readonly operations: Operations;
  /** Values of the tapes around, and variables, that the function met. */
  readonly closure: readonly Tensor[];
}

/**
 * What `f` does for inputs of these avals.
 *
 * @param what names `f` in messages.
 * @throws ValueError if it assigns a variable.
 */
export function bodyOf(
  op: string,
  what: string,
  f: (inputs: readonly Tensor[]) => unknown,
  avals: readonly Aval[],
): Body {
  const given = avals.map((aval) => new Tensor(aval, null));
  const { operations, inputs, writes } = enclose(op, f, given, { isAbstract: true });
  const [written] = writes.keys();
  if (written !== undefined) {
    throw new ValueError(op, { variable: written.name }, ({ variable }) => {
      return `${what} assigned variable ${variable}, but it runs as often as the numbers say. Return the value, and assign it outside.`;
    });
  }
  return { operations, closure: inputs.slice(given.length) };
}

/** `list` in consecutive parts of these lengths; the last one is what is left. */
export function cut<T>(
  list: readonly T[],
  ...lengths: readonly number[]
): readonly (readonly T[])[] {
  const [first, ...rest] = lengths;
  if (first === undefined) return [list];
  return [list.slice(0, first), ...cut(list.slice(first), ...rest)];
}

/** The entries of a list that are not null, and the way back. */
export function present(parts: Parts): {
  readonly values: readonly Tensor[];
  /** Others of them at their places. */
  at(values: readonly Tensor[]): Parts;
} {
  return {
    values: parts.filter((x) => x !== null),
    at: (values) => {
      let next = 0;
      return parts.map((x) => (x === null ? null : values[next++]));
    },
  };
}

/** The entries of floating dtype, null in place of the others. */
export function floatingOf(tensors: readonly Tensor[]): Parts {
  return tensors.map((x) => (isFloating(x.dtype) ? x : null));
}

/** Cotangents of those inputs that are `wanted`, given those of the results. */
export function pulledThrough(
  op: string,
  operations: Operations,
  inputs: readonly Tensor[],
  cotangents: Parts,
  wanted: readonly boolean[],
): Parts {
  const { repeated, traced } = traceAlong(op, operations, inputs, wanted);
  const { tape, outputs } = traced;
  const seeded = outputs.leaves.filter((_, k) => cotangents[k] !== null);
  const seeds = seedsOf(tape, seeded, present(cotangents).values);
  const targets = new Set(traced.inputs);
  // rules that the function defined may close over its values
  const found = repeated.within(() => backward(tape, seeds, targets, { retain: false }));
  let next = 0;
  return inputs.map((_, i) => (wanted[i] ? (found.get(traced.inputs[next++]) ?? null) : null));
}

/** All results and their tangents, given those of the inputs. */
export function pushedThrough(
  op: string,
  operations: Operations,
  inputs: readonly Tensor[],
  tangents: Parts,
): { readonly results: readonly Tensor[]; readonly tangents: readonly Tensor[] } {
  const along = tangents.map((t) => t !== null);
  const { repeated, traced } = traceAlong(op, operations, inputs, along);
  return {
    results: traced.outputs.leaves.map(settle),
    tangents: repeated.within(() => pushed(traced, present(tangents).values)),
  };
}

/** The operations once more, as a function of the inputs marked. */
function traceAlong(
  op: string,
  operations: Operations,
  inputs: readonly Tensor[],
  marked: readonly boolean[],
): { readonly repeated: Repeated; readonly traced: Traced } {
  let repeated: Repeated | null = null;
  const run = (...values: readonly Tensor[]): readonly Tensor[] => {
    let next = 0;
    repeated = operations.repeat(inputs.map((x, i) => (marked[i] ? values[next++] : x)));
    return repeated.results;
  };
  const traced = trace(op, run, listOf(inputs.filter((_, i) => marked[i])));
  assertInvariant(repeated !== null, "a traced function has run");
  return { repeated, traced };
}

/** Tensors as a list of arguments. */
export function listOf(leaves: readonly Tensor[]): FlatTensors {
  return { leaves, paths: leaves.map((_, i) => `[${i}]`), rebuild: (others) => others };
}

/** Copies the numbers of each tensor into its output, at place `at` of the first axis where they are one of many. */
export function writeAll(
  outputs: readonly StridedArray[],
  tensors: readonly Tensor[],
  at = 0,
): void {
  outputs.forEach(({ data, offset }, k) => {
    const x = tensors[k];
    data.set(flatCopy(arrayOf("write", x), x.dtype), offset + at * sizeOf(x.shape));
  });
}
