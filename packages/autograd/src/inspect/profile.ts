/**
 * @file profile: what every operation of a tape costs when it runs eagerly.
 */
import { storedBytes } from "../array/stored-array.ts";
import { arrayOf, type Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { printNode } from "../transforms/print-tape.ts";
import type { Tape } from "../transforms/record.ts";
import { runNodes, type TapeNode } from "../transforms/recording.ts";
import { flopsOfNode } from "./flops.ts";
import { expanded, observe, withNumbers } from "./observe.ts";
import { type ProfiledNode, Profile } from "./profile-report.ts";

export interface ProfileOptions {
  /** How often the tape runs, after one run that is not counted; 5 by default. */
  readonly runs?: number;
}

/** A tape, or a function to be recorded first. */
export type Subject<A extends readonly unknown[]> = Tape<A> | ((...args: A) => unknown);

/**
 * The time that every operation of a function or of a tape takes, with the bytes it moves and its floating-point
 * operations.
 *
 * - the function runs once, to be recorded; then its operations run one by one, once to warm up and five times to be
 *   timed. What it assigns to variables is not kept. A tape for which no arguments are given has those with which
 *   it was recorded
 * - what is timed is eager execution, operation by operation; a compiled program fuses many of them into one
 * - a function that is one node, as `checkpoint` makes it, is timed operation by operation too, with numbers of their
 *   own; a loop of `scan` is one operation
 * - a clock of a browser may be too coarse for small operations
 *
 * @throws GradientError if the arguments do not fit; ValueError where there are no numbers.
 * @example
 * console.log(String(profile(step, images, labels)));
 */
export function profile<A extends readonly unknown[]>(
  subject: Subject<A>,
  ...args: NoInfer<A> | readonly []
): Profile {
  return profileWith({}, subject, ...args);
}

/**
 * As `profile`, with options.
 *
 * @throws ValueError if the number of runs is none.
 * @example
 * profileWith({ runs: 50 }, tape);
 */
export function profileWith<A extends readonly unknown[]>(
  options: ProfileOptions,
  subject: Subject<A>,
  ...args: NoInfer<A> | readonly []
): Profile {
  const runs = requireRuns(options.runs ?? 5);
  const { recording } = observe("profile", subject as Subject<never>, args);
  const numbers = withNumbers("profile", expanded("profile", recording));
  const times = numbers.nodes.map((): number[] => []);
  const bytes: { readonly read: number; readonly written: number }[] = [];
  for (let run = 0; run <= runs; run++) {
    let position = 0;
    let before = performance.now();
    runNodes(
      numbers,
      ({ value }) => value,
      (_, operands, results) => {
        const now = performance.now();
        if (run === 0) bytes.push(movedBy(operands, results));
        else times[position].push(now - before);
        position++;
        before = performance.now();
      },
    );
  }
  const nodes = numbers.nodes.map((node, i) => profiled(node, median(times[i]), bytes[i]));
  return new Profile(nodes, runs);
}

function profiled(
  node: TapeNode,
  milliseconds: number,
  bytes: { readonly read: number; readonly written: number },
): ProfiledNode {
  const { primitive, params, operandAvals, resultAvals, origin } = node;
  const kernel = primitive.kernel(params, operandAvals);
  return {
    name: primitive.name,
    text: printNode(node),
    kind: kernel.kind,
    operandAvals,
    resultAvals,
    milliseconds,
    bytesRead: bytes.read,
    bytesWritten: bytes.written,
    flops: flopsOfNode(node),
    line: origin?.line ?? null,
    derivativeOf: origin?.derivativeOf ?? null,
  };
}

/** What is stored of operands and results; nothing moves where they share their memory. */
function movedBy(
  operands: readonly Tensor[],
  results: readonly Tensor[],
): { readonly read: number; readonly written: number } {
  const memory = new Set(operands.map((x) => arrayOf("profile", x).data));
  const isView = results.every((y) => memory.has(arrayOf("profile", y).data));
  if (isView) return { read: 0, written: 0 };
  const stored = (x: Tensor): number => storedBytes(x.shape, x.dtype, arrayOf("profile", x).stride);
  const sum = (xs: readonly Tensor[]): number => xs.reduce((total, x) => total + stored(x), 0);
  return { read: sum(operands), written: sum(results) };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function requireRuns(runs: number): number {
  if (Number.isSafeInteger(runs) && runs >= 1) return runs;
  throw new ValueError("profile", { runs }, (d) => {
    return `runs is ${d.runs}, which is no number of runs. Use an integer of 1 or more.`;
  });
}
