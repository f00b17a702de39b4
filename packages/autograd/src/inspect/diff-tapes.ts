/**
 * @file diffTapes and diffRuns: the first operation in which two tapes, or two runs of a function, differ, and by
 * how much.
 *
 * Structure comes first: numbers are compared only where both tapes do the same from beginning to end.
 */
import type { Operand } from "../core/tape.ts";
import type { Tensor } from "../core/tensor.ts";
import { printNode, printOperand } from "../transforms/print-tape.ts";
import { recordingOf, type Tape } from "../transforms/record.ts";
import { placeOf } from "../transforms/arguments.ts";
import { isInput, type Recording, runNodes, type TapeNode } from "../transforms/recording.ts";
import { differenceOf, requireTolerance, type Tolerance } from "./difference.ts";
import { expanded, observe, withNumbers } from "./observe.ts";
import { type StructuralDifference, structuralDifference } from "./structural-difference.ts";
import { type ComparedValue, type DifferingSide, TapeDifference } from "./tape-difference.ts";

/**
 * The first operation in which two tapes differ, with its source lines where they were kept; null if there is none.
 *
 * - structure comes first: the primitive, shapes, operands, params, and at the end the results. float32 and float64
 *   are alike, so that both can be compared; variables correspond by identity, or else by name
 * - where it is the same, all operations of both run with the values that arguments and variables had when they were
 *   recorded, and the first result is found whose numbers differ, by any bit or by more than `tolerance`
 * - a function that is one node, as `checkpoint` makes it, is looked into; the numbers of values are then those of a
 *   tape of what it consists of. Of loops and choices, `scan` and `cond`, only the numbers are compared
 * - what arguments, variables and constants differ in is told where an operation reads them
 *
 * @throws ValueError for a tolerance below 0; where there are no numbers, as inside of a compiled function.
 * @example
 * const modes = ["train", "eval"] as const;
 * const [a, b] = modes.map((mode) =>
 *   recordWith({ sourceLines: true }, () => model.forward(images, { mode })),
 * );
 * console.log(String(diffTapes(a, b)));
 */
export function diffTapes(a: Tape, b: Tape, tolerance: Tolerance = {}): TapeDifference | null {
  return firstDifference("diffTapes", recordingOf(a), recordingOf(b), tolerance);
}

/**
 * As `diffTapes`, for two runs of one function or tape, each with a list of arguments.
 *
 * - `f` is recorded with source lines, once for each list; nothing that it assigns to variables is kept
 *
 * @throws GradientError if arguments do not fit the tape; ValueError as `diffTapes`.
 * @example
 * const f = (w: Tensor) => sum(exp(w));
 * diffRuns(f, [weights], [cast(weights, "float64")], { relative: 1e-3 });   // where float32 loses digits
 */
export function diffRuns<A extends readonly unknown[]>(
  f: Tape<A> | ((...args: A) => unknown),
  a: NoInfer<Readonly<A>>,
  b: NoInfer<Readonly<A>>,
  tolerance: Tolerance = {},
): TapeDifference | null {
  const [left, right] = [a, b].map((args) => {
    return observe("diffRuns", f as Tape | ((...args: never) => unknown), args).recording;
  });
  return firstDifference("diffRuns", left, right, tolerance);
}

function firstDifference(
  op: string,
  a: Recording,
  b: Recording,
  tolerance: Tolerance,
): TapeDifference | null {
  requireTolerance(op, tolerance);
  const [left, right] = [a, b].map((recording) => expanded(op, recording));
  const structural = structuralDifference(left, right);
  if (structural !== null) return ofStructure(left, right, structural);
  return ofNumbers(op, left, right, tolerance);
}

function ofStructure(
  a: Recording,
  b: Recording,
  { fact, position }: StructuralDifference,
): TapeDifference {
  const side = (recording: Recording): DifferingSide => {
    const node = recording.nodes[position];
    return node === undefined ? resultSide(recording) : nodeSide(node, position);
  };
  return new TapeDifference({ fact, a: side(a), b: side(b) });
}

function ofNumbers(
  op: string,
  a: Recording,
  b: Recording,
  tolerance: Tolerance,
): TapeDifference | null {
  const [left, right] = [a, b].map((recording) => {
    return runNodes(withNumbers(op, recording), ({ value }) => value);
  });
  const compared = (x: Operand, y: Operand, within: Tolerance): ComparedValue => {
    const [p, q] = [read(left, x), read(right, y)];
    const difference = differenceOf(op, p, q, within);
    return { name: nameOf(a, x), dtypes: [p.dtype, q.dtype], difference };
  };
  for (const [position, node] of a.nodes.entries()) {
    const other = b.nodes[position];
    const results = node.results.map((x, k) => compared(x, other.results[k], tolerance));
    const value = results.find(({ difference }) => difference !== null);
    if (value === undefined) continue;
    const operands = node.operands.map((x, i) => compared(x, other.operands[i], {}));
    const sides = { a: nodeSide(node, position), b: nodeSide(other, position) };
    return new TapeDifference({ fact: "numbers", ...sides, value, operands });
  }
  // results that no operation made
  const results = a.outputs.leaves.map((x, i) => compared(x, b.outputs.leaves[i], tolerance));
  const at = results.findIndex(({ difference }) => difference !== null);
  if (at < 0) return null;
  const sides = { a: resultSide(a, at), b: resultSide(b, at) };
  return new TapeDifference({ fact: "numbers", ...sides, value: results[at] });
}

function read(values: readonly Tensor[], x: Operand): Tensor {
  return typeof x === "number" ? values[x] : x;
}

function nodeSide(node: TapeNode, position: number): DifferingSide {
  const { line = null, derivativeOf = null } = node.origin ?? {};
  return { position, text: printNode(node), line, derivativeOf };
}

/** What is returned; only the result at position `only` if that is given. */
function resultSide({ outputs }: Recording, only?: number): DifferingSide {
  const results = outputs.leaves.map((x, i) => {
    return `${placeOf("the result", outputs.paths[i])} is ${printOperand(x)}`;
  });
  const text = only === undefined ? results.join(", ") : results[only];
  return { position: null, text, line: null, derivativeOf: null };
}

/** `%3`, with the name of an input; or what a constant is. */
function nameOf({ entries }: Recording, x: Operand): string {
  if (typeof x !== "number") return printOperand(x).replace(/^const .*/, "a constant");
  const input = entries.find((entry) => isInput(entry) && entry.index === x);
  return input !== undefined && isInput(input) ? `%${x}, ${input.name}` : `%${x}`;
}
