/**
 * @file What a parser of files from strangers must satisfy, as tests that every format declares for itself.
 *
 * - `survivesMutations`: damaged copies of good files are read as something well-formed or refused with one of
 *   our errors, within a second, and without allocating more than the file accounts for.
 * - `refuses`: crafted files, each with the problem that the refusal must name.
 *
 * V8 counts the bytes of array buffers exactly as they are made, and those of its heap to within a page. Both
 * are read right before and right after a call, so what the call itself dropped is counted as well, unless the
 * collector ran in between, which an allocation of this size hardly starts.
 */
import { getHeapStatistics } from "node:v8";
import { FormatError, OpError } from "@tapegrad/autograd";
import fc from "fast-check";
import { expect, it } from "vitest";
import { mutate } from "./mutate.ts";

export interface HostileFormat<Value> {
  /** Good files, small ones: the more of the format they use, the deeper mutations reach. */
  readonly files: readonly Uint8Array[];
  readonly parse: (bytes: Uint8Array) => Value;
  /** Throws where a value that was read is not well-formed. */
  readonly check: (value: Value) => void;
  /** Makes checksums right again, so that mutations get behind them; applied to every second one. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** Bytes of buffers beyond twice the file, for what a format may unpack up to a limit of its own. */
  readonly allowance?: number;
  /** Refusals that the format documents beside FormatError. */
  readonly refusals?: readonly (new (
    ...args: never[]
  ) => Error)[];
  /** Milliseconds that one file may take; 1000 by default. */
  readonly timeLimit?: number;
}

const MUTATIONS = 2000;
/** Objects that describe what a file holds; an error with its trace takes some kilobytes as well. */
const BUFFER_SLACK = 1024;
const HEAP_SLACK = 2 ** 20;
const HEAP_FACTOR = 64;
const TIME_LIMIT = 1000;

/** Declares the tests of good and of mutated files: 2,000 mutations, a hundred times as many in the nightly run. */
export function survivesMutations<Value>(format: HostileFormat<Value>): void {
  it("reads the good files that are mutated", () => {
    for (const file of format.files) format.check(format.parse(file));
  });

  it("reads or refuses whatever a file was mutated to, in bounded time and memory", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.noShrink(fc.integer()), (seed) => {
        const { bytes, steps } = mutate(seed, format.files);
        const repaired =
          seed % 2 === 0 && format.repair !== undefined ? format.repair(bytes) : bytes;
        try {
          if (!isRead(format, repaired)) refused++;
        } catch (cause) {
          const text = Buffer.from(repaired).toString("base64");
          throw new Error(`${String(cause)}\nafter ${steps}; the file in base64: ${text}`, {
            cause,
          });
        }
      }),
      // of all of them, also where the nightly run would stop a property that goes on for long
      { numRuns: MUTATIONS, interruptAfterTimeLimit: Number.POSITIVE_INFINITY },
    );
    expect(refused).toBeGreaterThan(0);
  });
}

/** Whether a file was read, and not refused; throws where the parser did anything else. */
export function isRead<Value>(format: HostileFormat<Value>, bytes: Uint8Array): boolean {
  const { timeLimit = TIME_LIMIT } = format;
  const { value, milliseconds, buffers, heap } = measured(() => attempt(format, bytes));
  if (milliseconds > timeLimit)
    throw new Error(`took ${milliseconds} ms for ${bytes.length} bytes`);
  const mostBuffers = 2 * bytes.length + BUFFER_SLACK + (format.allowance ?? 0);
  const mostHeap = HEAP_FACTOR * bytes.length + HEAP_SLACK + (format.allowance ?? 0);
  if (buffers > mostBuffers || heap > mostHeap) {
    const found = `allocated ${buffers} bytes of buffers and ${heap} of heap`;
    throw new Error(`${found} for ${bytes.length} bytes`);
  }
  if (value === undefined) return false;
  format.check(value.read);
  return true;
}

function attempt<Value>(
  { parse, refusals = [] }: HostileFormat<Value>,
  bytes: Uint8Array,
): { readonly read: Value } | undefined {
  try {
    return { read: parse(bytes) };
  } catch (error) {
    const expected = [FormatError, ...refusals].some((refusal) => error instanceof refusal);
    if (!expected) throw error;
    return undefined;
  }
}

interface Measured<Value> {
  readonly value: Value;
  readonly milliseconds: number;
  readonly buffers: number;
  readonly heap: number;
}

function measured<Value>(act: () => Value): Measured<Value> {
  const before = getHeapStatistics();
  const [start, used] = [performance.now(), process.cpuUsage()];
  const value = act();
  const { user, system } = process.cpuUsage(used);
  // the time of a machine that was busy elsewhere does not count, nor that of other threads of this process
  const milliseconds = Math.min(performance.now() - start, (user + system) / 1000);
  const after = getHeapStatistics();
  const buffers = after.external_memory - before.external_memory;
  return { value, milliseconds, buffers, heap: after.used_heap_size - before.used_heap_size };
}

/** Well-formedness of an array, as `check` of a format: as many values as its shape says. */
export function requireFit(array: {
  readonly shape: readonly number[];
  readonly data: ArrayLike<unknown>;
}): void {
  const size = array.shape.reduce((product, length) => product * length, 1);
  const isShape = array.shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (isShape && array.data.length === size) return;
  throw new Error(`has ${array.data.length} values for shape [${array.shape.join(", ")}]`);
}

/** A crafted file: what is wrong with it, the problem that the refusal must name, and its bytes. */
export type CraftedFile<Problem extends string> = readonly [
  what: string,
  problem: Problem,
  bytes: Uint8Array | (() => Uint8Array),
];

/**
 * Declares one test for each crafted file: it is refused, and `details.problem` names the problem. `allowance` is
 * that of HostileFormat.
 */
export function refuses<Problem extends string>(
  parse: (bytes: Uint8Array) => unknown,
  files: readonly CraftedFile<Problem>[],
  { allowance = 0 }: { readonly allowance?: number } = {},
): void {
  it.each(files)("refuses %s: %s", (_, problem, file) => {
    const bytes = typeof file === "function" ? file() : file;

    const { value: error, milliseconds, buffers } = measured(() => refusalOf(parse, bytes));

    expect(error.details).toMatchObject({ problem });
    expect(error.message.length).toBeLessThan(700);
    expect(buffers).toBeLessThanOrEqual(2 * bytes.length + BUFFER_SLACK + allowance);
    expect(milliseconds).toBeLessThan(TIME_LIMIT);
  });
}

function refusalOf(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): OpError {
  try {
    parse(bytes);
  } catch (error) {
    if (error instanceof OpError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
