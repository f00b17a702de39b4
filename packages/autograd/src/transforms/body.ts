/**
 * @file What scan, cond and whileLoop have in common: functions that are parts of one node. They run once, on
 * values that are only shapes; what they did is repeated from there, inside of a kernel.
 */
import type { Aval } from "../array/aval.ts";
import { sizeOf } from "../array/shape.ts";
import { flatCopy, type StridedArray } from "../array/strided-array.ts";
import { arrayOf, Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { enclose, type Operations } from "./enclose.ts";

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
