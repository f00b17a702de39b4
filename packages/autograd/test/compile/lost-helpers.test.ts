/**
 * @file Helpers that stop: a program then runs alone, or says that its step is unfinished; it never waits for ever.
 *
 * The scripts of the helpers are changed here on their way to the threads.
 */
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { availableThreads } from "../../src/backends/wasm/host.ts";
import type { Tensor } from "../../src/index.ts";

const threads = process.getBuiltinModule("node:worker_threads");
const OriginalWorker = threads.Worker;
const THREADS = "../../src/backends/wasm/threads.ts";

/** Helpers that were started, and what becomes of their part of a unit. */
let workers: Worker[] = [];
let part = "part();";

beforeEach(() => {
  [workers, part] = [[], "part();"];
  vi.resetModules();
  threads.Worker = class extends OriginalWorker {
    constructor(script: string, options: object) {
      super(script.replace("part();", part), options);
      workers.push(this);
    }
  };
});

afterEach(async () => {
  threads.Worker = OriginalWorker;
  vi.doUnmock(THREADS);
  await Promise.all(workers.map((worker) => worker.terminate()));
});

/** A program of two threads that its helper has received but not run yet, and what it computes. */
async function start() {
  const { compile, exp, mul, tensor } = await import("../../src/index.ts");
  const x = tensor(Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i)));
  const f = (y: Tensor): Tensor => exp(mul(y, 0.5));
  const step = compile(f, { threads: 2 });
  const program = step.programFor(x);
  for (let i = 0; i < 500 && program.threads < 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(program.threads).toBe(2);
  const expected = compile(f)(x).toTypedArray();
  return { run: () => step(x).toTypedArray(), program, expected, compile, f, x };
}

describe.skipIf(availableThreads() < 2)("a helper that stops", () => {
  it("between two calls is missed: all programs run alone", async () => {
    const { run, program, expected, compile, f, x } = await start();
    expect(run()).toEqual(expected);

    await workers[0].terminate();

    expect(program.threads).toBe(1);
    expect(run()).toEqual(expected);
    const later = compile((y: Tensor) => f(y).mul(2), { threads: 2 });
    expect(later(x).size).toBe(x.size);
    expect(later.programFor(x).threads).toBe(1);
    expect(workers.length).toBe(1);
  });

  it("in its part ends the call with an error, and the next one runs alone", async () => {
    part = 'throw new Error("planted");';
    const { run, program, expected } = await start();

    expect(run).toThrowErrorMatchingInlineSnapshot(
      `[Error: compile: a helper thread failed in its part of the program. Restore the variables that it assigns, which may hold half of the step. Then go on: programs run in one thread from now on.]`,
    );
    expect(program.threads).toBe(1);
    expect(run()).toEqual(expected);
  });

  it("without a word is given up, and not trusted before it has ended", async () => {
    vi.doMock(THREADS, async (original) => ({ ...(await original<object>()), PATIENCE: 2 ** 26 }));
    part = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";
    const { run, program, expected } = await start();

    expect(run).toThrowErrorMatchingInlineSnapshot(
      `[Error: compile: a helper thread was killed or hangs, and has not finished its part of the program. Restore the variables that it assigns, which may hold half of the step. Start the process anew, or compile with \`threads: 1\`.]`,
    );
    expect(() => program.threads).toThrow("was killed or hangs");

    await workers[0].terminate();
    expect(program.threads).toBe(1);
    expect(run()).toEqual(expected);
  });
});
