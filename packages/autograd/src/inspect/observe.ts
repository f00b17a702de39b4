/**
 * @file What is looked at: a tape as it was recorded, or a function that is recorded for the purpose.
 *
 * Looking changes nothing: what the function assigns to variables is dropped, and a tape runs with the values
 * that its variables had when it was recorded.
 */
import type { Primitive } from "../core/primitive.ts";
import { type Operand, Tape as NodeTape } from "../core/tape.ts";
import { arrayOf, fromArray, settle, type Tensor } from "../core/tensor.ts";
import { openTape, withTape } from "../core/variable.ts";
import { flattenResult, flattenTensors, matchingLeaves } from "../transforms/arguments.ts";
import { recordingOf, Tape } from "../transforms/record.ts";
import {
  fromEntries,
  isInput,
  makeRecording,
  operandOn,
  type Recording,
  runNodes,
  type TapeInput,
} from "../transforms/recording.ts";
import { SourceLines } from "../transforms/source-lines.ts";

export interface Observed {
  readonly recording: Recording;
  /** What was assigned to variables: numbers of values, or constants. None for a tape. */
  readonly writes: readonly Operand[];
}

/**
 * The recording of `subject` with `args`; a tape for which none are given has those with which it was recorded.
 *
 * @throws GradientError if the arguments do not fit the tape, or are no tensors.
 */
export function observe(
  op: string,
  subject: Tape | ((...args: never) => unknown),
  args: readonly unknown[],
): Observed {
  if (!(subject instanceof Tape)) return observeFunction(op, subject, args);
  const recording = recordingOf(subject);
  return {
    recording: args.length === 0 ? recording : withArguments(op, recording, args),
    writes: [],
  };
}

function observeFunction(
  op: string,
  f: (...args: never) => unknown,
  args: readonly unknown[],
): Observed {
  const flat = flattenTensors(op, "argument ", args);
  const traced: Tensor[] = [];
  const tape = new NodeTape(openTape(), new SourceLines());
  const { result, reads, writes } = withTape(
    op,
    "observe",
    (open) => {
      for (const leaf of flat.leaves) traced.push(open.input(settle(leaf)));
      const result = f(...(flat.rebuild(traced) as never));
      return result === undefined ? null : flattenResult(op, result);
    },
    tape,
  );
  const outputs = result ?? { leaves: [], paths: [], rebuild: () => undefined };
  return {
    recording: makeRecording(tape, { ...flat, leaves: traced }, reads, outputs),
    writes: [...writes.values()].map((x) => operandOn(tape, x)),
  };
}

/** The same recording with other values of its arguments. */
function withArguments(op: string, recording: Recording, args: readonly unknown[]): Recording {
  const { arguments: indices, inputs } = recording;
  const recorded = new Map(inputs.map(({ index, value }) => [index, value]));
  const like = indices.leaves.flatMap((index) => recorded.get(index) ?? []);
  const leaves = matchingLeaves(op, "argument ", args, { ...indices, leaves: like });
  const given = new Map(indices.leaves.map((index, i) => [index, leaves[i]]));
  return withInputs(recording, ({ index, value }) => given.get(index) ?? value);
}

/** A tape on which a function that is one node is what it consists of. */
class ExpandingTape extends NodeTape {
  override append(
    primitive: Primitive,
    operands: readonly Tensor[],
    lowered: readonly Tensor[],
    params: unknown,
    results: readonly Tensor[],
  ): readonly Tensor[] {
    if (primitive.expand !== undefined) return primitive.expand(operands, params);
    return super.append(primitive, operands, lowered, params, results);
  }
}

/**
 * The same recording, in which a function that is one node, as `checkpoint` makes it, is what it consists of. Values
 * have other numbers then, and rules of its own for its derivative are lost.
 *
 * @throws ValueError where an input has no numbers.
 */
export function expanded(op: string, recording: Recording): Recording {
  if (recording.nodes.every(({ primitive }) => primitive.expand === undefined)) return recording;
  const { inputs, outputs, arguments: args } = recording;
  const tape = new ExpandingTape(openTape(), new SourceLines(() => null));
  const traced = new Map<number, Tensor>();
  const { result } = withTape(
    op,
    "observe",
    () => {
      const values = runNodes(withNumbers(op, recording), ({ index, value }) => {
        const input = tape.input(value);
        traced.set(index, input);
        return input;
      });
      return outputs.leaves.map((x) => (typeof x === "number" ? values[x] : x));
    },
    tape,
  );
  const leaves = args.leaves.flatMap((index) => traced.get(index) ?? []);
  const reads = inputs.flatMap(({ variable, index }) => {
    const input = traced.get(index);
    return variable === null || input === undefined ? [] : [[variable, input] as const];
  });
  return makeRecording(tape, { ...args, leaves }, new Map(reads), { ...outputs, leaves: result });
}

/** The same recording, whose inputs have the values that `valueOf` gives them. */
export function withInputs(recording: Recording, valueOf: (input: TapeInput) => Tensor): Recording {
  const entries = recording.entries.map((entry) => {
    return isInput(entry) ? { ...entry, value: valueOf(entry) } : entry;
  });
  return fromEntries({ ...recording, entries });
}

/**
 * The same recording, whose inputs are eager: no tape that is open records when it is run.
 *
 * @throws ValueError where an input has no numbers.
 */
export function withNumbers(op: string, recording: Recording): Recording {
  return withInputs(recording, ({ value }) => fromArray(arrayOf(op, value), value.dtype));
}
