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
  cases: (size) =>
    (size === "full" ? [10, 200] : [3]).flatMap((length) => [
      plain(length),
      recording(length),
      recordingAndBackward(length),
    ]),
};

/** 1 in every element. Adding 0 stores all of them, where `full` stores one. */
const start = (length: number): Tensor => full([length], 1).add(0);

/** x + 2^-10 + 2^-10 + …, which is exact. */
function additions(x: Tensor): Tensor {
  const step = full([x.size], 2 ** -10).add(0);
  let y = x;
  for (let i = 0; i < ADDITIONS; i++) y = y.add(step);
  return y;
}

function requireSums(what: string, found: Tensor): void {
  const expected = new Float64Array(found.size).fill(1 + ADDITIONS * 2 ** -10);
  requireClose(`W7 ${what}`, found.toTypedArray(), expected, 0);
}

function plain(length: number): Case {
  const x = start(length);
  return {
    name: `add [${length}] plain`,
    operations: ADDITIONS,
    run: () => additions(x),
    check: () => {
      requireSums("plain", additions(x));
    },
  };
}

function recording(length: number): Case {
  const x = start(length);
  return {
    name: `add [${length}] recording`,
    operations: ADDITIONS,
    run: () => record(additions, x),
    check: () => {
      const tape = record(additions, x);
      requireClose("W7 nodes", [tape.nodes.length], [ADDITIONS], 0);
      requireSums("recording", tape.output);
    },
  };
}

function recordingAndBackward(length: number): Case {
  const x = start(length);
  const cotangent = uniform(randomKey(7), [length]);
  const run = (): readonly [Tensor, Tensor] => {
    const tape = record(additions, x);
    const [xBar] = tape.gradient(tape.inputs, { cotangent });
    return [tape.output, xBar];
  };
  return {
    name: `add [${length}] recording + backward`,
    operations: ADDITIONS,
    run,
    check: () => {
      const [output, xBar] = run();
      requireSums("output", output);
      requireClose("W7 gradient", xBar.toTypedArray(), cotangent.toTypedArray(), 0);
    },
  };
}
