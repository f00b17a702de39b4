/**
 * @file W7: 1,000 additions of small tensors in a row. The arithmetic is next to nothing, so this is what
 * one operation costs: plain, recorded on a tape, and recorded and walked backward.
 */
import { full, randomKey, record, type Tensor, uniform } from "@tapegrad/autograd";
import { requireClose } from "./check.ts";
import { numbers, numbersOf } from "./compiled.ts";
import type { Case, Prepared, Problem, Size, Workload } from "./workload.ts";

const ADDITIONS = 1000;
/** 2^-10, so that the sums are exact. */
const STEP = 2 ** -10;

export const smallOperations: Workload = {
  name: "W7",
  title: "1,000 additions in a row",
  cases: (size) =>
    lengthsOf(size).flatMap((length): Case[] => {
      const shared = { problem: nameOf(length), operations: ADDITIONS };
      return [
        { ...shared, variant: "plain", prepare: () => plain(length) },
        { ...shared, variant: "recording", prepare: () => recording(length) },
        { ...shared, variant: "recording + backward", prepare: () => recordingAndBackward(length) },
      ];
    }),
  problems: (size) => lengthsOf(size).map(problemOf),
};

const lengthsOf = (size: Size): readonly number[] => (size === "full" ? [10, 200] : [3]);
const nameOf = (length: number): string => `add [${length}]`;

/** 1 in every element. Adding 0 stores all of them, where `full` stores one. */
const start = (length: number): Tensor => full([length], 1).add(0);

/** x + 2^-10 + 2^-10 + …, which is exact. */
function additions(x: Tensor): Tensor {
  const step = full([x.size], STEP).add(0);
  let y = x;
  for (let i = 0; i < ADDITIONS; i++) y = y.add(step);
  return y;
}

function requireSums(what: string, found: Tensor): void {
  const expected = new Float64Array(found.size).fill(1 + ADDITIONS * STEP);
  requireClose(`W7 ${what}`, found.toTypedArray(), expected, 0);
}

function plain(length: number): Prepared {
  const x = start(length);
  return {
    run: () => additions(x),
    check: () => {
      requireSums("plain", additions(x));
    },
  };
}

function recording(length: number): Prepared {
  const x = start(length);
  return {
    run: () => record(additions, x),
    check: () => {
      const tape = record(additions, x);
      requireClose("W7 nodes", [tape.nodes.length], [ADDITIONS], 0);
      requireSums("recording", tape.output);
    },
  };
}

function recordingAndBackward(length: number): Prepared {
  const x = start(length);
  const cotangent = uniform(randomKey(7), [length]);
  const run = (): readonly [Tensor, Tensor] => {
    const tape = record(additions, x);
    const [xBar] = tape.gradient(tape.inputs, { cotangent });
    return [tape.output, xBar];
  };
  return {
    run,
    check: () => {
      const [output, xBar] = run();
      requireSums("output", output);
      requireClose("W7 gradient", xBar.toTypedArray(), cotangent.toTypedArray(), 0);
    },
  };
}

function problemOf(length: number): Problem {
  const cotangent = numbersOf(uniform(randomKey(7), [length]));
  const sums = Array.from({ length }, () => 1 + ADDITIONS * STEP);
  return {
    name: nameOf(length),
    parameters: { additions: ADDITIONS, step: STEP },
    inputs: { x: numbersOf(start(length)), cotangent },
    expected: { output: numbers(sums), xBar: cotangent },
  };
}
