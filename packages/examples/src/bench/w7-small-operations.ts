/**
 * @file W7: 1,000 additions of small tensors in a row. The arithmetic is next to nothing, so this is what
 * one operation costs: plain, recorded on a tape, and recorded and walked backward.
 */
import { full, randomKey, record, type Tensor, uniform } from "@tapegrad/autograd";
import { requireClose } from "./check.ts";
import type { Case, Workload } from "./workload.ts";

const ADDITIONS = 1000;

export const smallOperations: Workload = {
  name: "W7",
  title: "1,000 additions in a row",
  cases: (size) => (size === "full" ? [10, 200] : [3]).flatMap(additionCases),
};

function additionCases(length: number): readonly Case[] {
  // Adding 0 stores every element, where `full` stores one. A power of two makes every sum exact.
  const x = full([length], 1).add(0);
  const step = full([length], 2 ** -10).add(0);
  const cotangent = uniform(randomKey(7), [length]);
  const additions = (start: Tensor): Tensor => {
    let y = start;
    for (let i = 0; i < ADDITIONS; i++) y = y.add(step);
    return y;
  };
  const expected = new Float64Array(length).fill(1 + ADDITIONS * 2 ** -10);
  const walk = (): readonly Tensor[] => {
    const tape = record(additions, x);
    return [tape.output, ...tape.gradient(tape.inputs, { cotangent })];
  };
  const name = (how: string): string => `add [${length}] ${how}`;
  return [
    {
      name: name("plain"),
      operations: ADDITIONS,
      run: () => additions(x),
      check: () => {
        requireClose("W7 plain", additions(x).toTypedArray(), expected, 0);
      },
    },
    {
      name: name("recording"),
      operations: ADDITIONS,
      run: () => record(additions, x),
      check: () => {
        const tape = record(additions, x);
        requireClose("W7 nodes", [tape.nodes.length], [ADDITIONS], 0);
        requireClose("W7 recording", tape.output.toTypedArray(), expected, 0);
      },
    },
    {
      name: name("recording + backward"),
      operations: ADDITIONS,
      run: walk,
      check: () => {
        const [output, xBar] = walk();
        requireClose("W7 output", output.toTypedArray(), expected, 0);
        requireClose("W7 gradient", xBar.toTypedArray(), cotangent.toTypedArray(), 0);
      },
    },
  ];
}
