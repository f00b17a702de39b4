/**
 * @file A recorded function as plain read-only data, for whatever prints, saves, draws, compares or runs a tape.
 *
 * The mechanism's own list (core/tape.ts) changes while it is walked backward; what is here does not, and
 * has no residuals.
 */
import type { Aval } from "../array/aval.ts";
import type { FlatTree } from "../array/trees.ts";
import { bindAll } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Operand, Origin, Tape as NodeTape } from "../core/tape.ts";
import { settle, type Tensor } from "../core/tensor.ts";
import { openTape, type Variable } from "../core/variable.ts";
import { assertInvariant } from "../errors.ts";
import { type FlatTensors, placeOf } from "./arguments.ts";

/** One operation on a tape. Values have numbers: `%3` on the printed tape is 3. */
export interface TapeNode {
  readonly primitive: Primitive;
  /** Numbers of values, or constants. */
  readonly operands: readonly Operand[];
  readonly operandAvals: readonly Aval[];
  readonly params: unknown;
  /** Numbers of its results. */
  readonly results: readonly number[];
  readonly resultAvals: readonly Aval[];
  /** null unless the tape keeps source lines. */
  readonly origin: Origin | null;
}

/** A value that no node computes. */
export interface TapeInput {
  readonly index: number;
  /** What it was when the function ran. */
  readonly value: Tensor;
  /** null for an argument. */
  readonly variable: Variable | null;
  /** What messages and pictures call it: `argument 0 at .w`, `variable weight`. */
  readonly name: string;
}

/** One line of a printed tape. */
export type TapeEntry = TapeInput | TapeNode;

export function isInput(entry: TapeEntry): entry is TapeInput {
  return "variable" in entry;
}

export interface Recording {
  /** Avals of all values, by number. */
  readonly avals: readonly Aval[];
  /** Inputs and nodes, in the order of their numbers. */
  readonly entries: readonly TapeEntry[];
  readonly inputs: readonly TapeInput[];
  readonly nodes: readonly TapeNode[];
  /** Numbers of the arguments, in their nesting. */
  readonly arguments: FlatTree<number>;
  /** Numbers or constants, in the nesting of the result. */
  readonly outputs: FlatTree<Operand>;
}

/** @param args the values of `tape` that stand for arguments; @param reads those that stand for variables. */
export function makeRecording(
  tape: NodeTape,
  args: FlatTensors,
  reads: ReadonlyMap<Variable, Tensor>,
  outputs: FlatTensors,
): Recording {
  const inputs = [
    ...args.leaves.map((x, i) => inputOf(x, null, placeOf("argument ", args.paths[i]))),
    ...[...reads].map(([variable, x]) => inputOf(x, variable, `variable ${variable.name}`)),
  ];
  const nodes = tape.nodes.map(({ primitive, operands, params, avals, first, count, origin }) => {
    const resultAvals = tape.values.slice(first, first + count);
    const results = resultAvals.map((_, k) => first + k);
    return { primitive, operands, operandAvals: avals, params, results, resultAvals, origin };
  });
  return fromEntries({
    avals: [...tape.values],
    entries: [...inputs, ...nodes].sort((a, b) => firstOf(a) - firstOf(b)),
    arguments: { ...args, leaves: args.leaves.map(({ index }) => index) },
    outputs: { ...outputs, leaves: outputs.leaves.map((x) => operandOn(tape, x)) },
  });
}

export function fromEntries(parts: Omit<Recording, "inputs" | "nodes">): Recording {
  const { entries } = parts;
  const nodes = entries.flatMap((entry) => (isInput(entry) ? [] : [entry]));
  return { ...parts, inputs: entries.filter(isInput), nodes };
}

function firstOf(entry: TapeEntry): number {
  return isInput(entry) ? entry.index : entry.results[0];
}

function inputOf(x: Tensor, variable: Variable | null, name: string): TapeInput {
  assertInvariant(x.below !== null, "an input of a tape has a value below");
  return { index: x.index, value: settle(x.below), variable, name };
}

/** The number of `x` on `tape`, which may be closed; else `x` as it is now. */
export function operandOn(tape: NodeTape, x: Tensor): Operand {
  let value = x;
  while (value.tape !== tape && value.tape?.instead) value = value.tape.instead(value);
  return value.tape === tape ? value.index : value;
}

/** The results of one node, as they come. */
export type Visit = (
  node: TapeNode,
  operands: readonly Tensor[],
  results: readonly Tensor[],
) => void;

/** Runs the nodes in their order. Gives all values, by number. @param valueOf is asked when an input is due. */
export function runNodes(
  { avals, entries }: Pick<Recording, "avals" | "entries">,
  valueOf: (input: TapeInput) => Tensor,
  visit?: Visit,
): readonly Tensor[] {
  const origins = openTape()?.origins ?? null;
  const values = new Array<Tensor>(avals.length);
  for (const entry of entries) {
    if (isInput(entry)) {
      values[entry.index] = valueOf(entry);
      continue;
    }
    const operands = entry.operands.map((x) => (typeof x === "number" ? values[x] : x));
    const run = (): readonly Tensor[] => bindAll(entry.primitive, operands, entry.params);
    const { origin } = entry;
    const results = origins === null || origin === null ? run() : origins.within(origin, run);
    results.forEach((result, k) => {
      values[entry.results[k]] = result;
    });
    visit?.(entry, operands, results);
  }
  return values;
}

/** The result of a run, in its nesting. */
export function outputsOf(recording: Recording, values: readonly Tensor[]): unknown {
  const { leaves, rebuild } = recording.outputs;
  return rebuild(leaves.map((x) => (typeof x === "number" ? values[x] : x)));
}
