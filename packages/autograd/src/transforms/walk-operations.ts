/**
 * @file Derivatives of operations that an enclosed function left behind: what nodes that are made of functions pull
 * back and push forward. Both run the operations once more.
 */
import type { Aval } from "../array/aval.ts";
import { type DType, isFloating } from "../array/dtype.ts";
import type { Tape } from "../core/tape.ts";
import { settle, type Tensor } from "../core/tensor.ts";
import { withTape } from "../core/variable.ts";
import type { Operations, Repeated } from "./enclose.ts";
import { seedsOf } from "./vjp.ts";
import { backward, type Derivatives, forward, zeros } from "./walks.ts";

/** Of each input, or of each result; null for zero. */
export type Parts = readonly (Tensor | null)[];

/** The entries of a list that are not null, and the way back. */
export function present<T>(parts: readonly (T | null)[]): {
  readonly values: readonly T[];
  /** Others at their places, null elsewhere. */
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
export function floatingOf<T extends { readonly dtype: DType }>(
  list: readonly T[],
): readonly (T | null)[] {
  return list.map((x) => (isFloating(x.dtype) ? x : null));
}

/** The parts of floating dtype, zeros in place of null. */
export function filled(parts: Parts, avals: readonly Aval[]): readonly Tensor[] {
  return avals.flatMap((aval, k) => (isFloating(aval.dtype) ? [parts[k] ?? zeros(aval)] : []));
}

/** Cotangents of those inputs that are `wanted`, given those of the results; null for the others. */
export function pulledThrough(
  operations: Operations,
  inputs: readonly Tensor[],
  cotangents: Parts,
  wanted: readonly boolean[],
): Parts {
  const { tape, repeated } = traced(operations, inputs);
  const seeded = repeated.results.filter((_, k) => cotangents[k] !== null);
  const seeds = seedsOf(tape, seeded, present(cotangents).values);
  const targets = new Set([...inputs.keys()].filter((i) => wanted[i]));
  // rules that the function defined may close over its values
  const found = repeated.within(() => backward(tape, seeds, targets, { retain: false }));
  return inputs.map((_, i) => (wanted[i] ? (found.get(i) ?? null) : null));
}

/** The results and their tangents, given those of the inputs. */
export function pushedThrough(
  operations: Operations,
  inputs: readonly Tensor[],
  tangents: Parts,
): { readonly results: readonly Tensor[]; readonly tangents: Parts } {
  const { tape, repeated } = traced(operations, inputs);
  const { results } = repeated;
  const seeds: Derivatives = new Map();
  tangents.forEach((tangent, i) => {
    if (tangent !== null) seeds.set(i, tangent);
  });
  const indices = results.map((x) => (x.tape === tape ? x.index : -1));
  const found = repeated.within(() => forward(tape, seeds, new Set(indices)));
  const pushed = indices.map((index) => found.get(index) ?? null);
  return { results: results.map(settle), tangents: pushed };
}

/** The operations once more, on a tape whose values 0, 1, … are the inputs. */
function traced(
  operations: Operations,
  inputs: readonly Tensor[],
): { readonly tape: Tape; readonly repeated: Repeated } {
  const { tape, result: repeated } = withTape("repeat", "pass", (open) => {
    return operations.repeat(inputs.map((x) => open.input(settle(x))));
  });
  return { tape, repeated };
}
