/**
 * @file The pool of threads that help with compiled programs: started once, each with its own instances of the
 * programs over one shared memory.
 *
 * Thread 0 is the caller. It writes which program and unit to help with and raises the ticket; helpers see the
 * ticket, run their parts and count themselves done. A helper spins for a while before it sleeps, because a
 * round takes a fraction of a microsecond between spinning threads and tens of them after a sleep. The caller
 * only ever spins: a browser forbids its main thread to wait.
 *
 * A helper returns to its event loop, where it can receive a new program, when the unit is NONE.
 */
import { availableThreads, startThread, type Thread } from "./host.ts";
import { allocate, isMemoryShared, type Loaded, memoryAs } from "./memory.ts";

/** Fields of the control block, in int32. */
export const CONTROL = { ticket: 0, program: 1, unit: 2, done: 3, asleep: 4, ready: 5 } as const;

const FIELDS = 16;
const NONE = -1;
/** Looks at the ticket before a helper sleeps: some tens of microseconds. */
const SPINS = 20_000;

const HELPER = `
const [TICKET, PROGRAM, UNIT, DONE, ASLEEP, READY] = [0, 1, 2, 3, 4, 5];
const programs = new Map();
let control;
function help() {
  for (let seen = Atomics.load(control, TICKET); ; ) {
    let spins = 0;
    let ticket;
    while ((ticket = Atomics.load(control, TICKET)) === seen) {
      if (++spins < ${SPINS}) continue;
      Atomics.add(control, ASLEEP, 1);
      Atomics.wait(control, TICKET, seen);
      Atomics.sub(control, ASLEEP, 1);
      spins = 0;
    }
    seen = ticket;
    const unit = Atomics.load(control, UNIT);
    if (unit === ${NONE}) return;
    programs.get(Atomics.load(control, PROGRAM))?.[unit]?.();
    Atomics.add(control, DONE, 1);
  }
}
listen(({ id, part, module, memory, address, units, dropped }) => {
  control = new Int32Array(memory.buffer, address, ${FIELDS});
  for (const old of dropped) programs.delete(old);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  programs.set(id, Array.from({ length: units }, (_, unit) => exports["unit " + unit + " part " + part]));
  Atomics.add(control, READY, 1);
  help();
});
`;

interface Pool {
  readonly address: number;
  readonly helpers: Thread[];
  programs: number;
  /** Programs that helpers may forget. */
  dropped: number[];
}

/** undefined: not started; null: not to be had. */
let pool: Pool | null | undefined;

/** The number of threads that a program may use, the caller included, if it asks for `wanted`. */
export function usableThreads(wanted: number): number {
  return isMemoryShared() ? Math.max(1, Math.min(wanted, availableThreads())) : 1;
}

/** Byte address of the control block of `usableThreads(…)` > 1 threads. */
export function controlAddress(): number {
  pool ??= { address: allocate(4 * FIELDS).address, helpers: [], programs: 0, dropped: [] };
  return pool.address;
}

/** A program that helpers know. */
export interface Shared {
  readonly id: number;
  /** Whether every helper has it by now. */
  isReady(): boolean;
}

/**
 * Sends a program to `threads` - 1 helpers, which export its parts as `unit N part P`; null where a helper
 * cannot be started.
 */
export function share(program: Loaded, threads: number, units: number): Shared | null {
  const address = controlAddress();
  if (!pool) return null;
  while (pool.helpers.length < threads - 1) {
    const helper = startThread(HELPER);
    if (helper === null) return null;
    pool.helpers.push(helper);
  }
  const id = pool.programs++;
  const control = controlBlock(address);
  control[CONTROL.unit] = NONE;
  Atomics.add(control, CONTROL.ticket, 1);
  Atomics.notify(control, CONTROL.ticket);
  const { module, memory } = program;
  const { dropped } = pool;
  pool.dropped = [];
  pool.helpers.forEach((helper, i) => {
    helper.post({ id, part: i + 1, module, memory, address, units, dropped });
  });
  expected += pool.helpers.length;
  const needed = expected;
  return { id, isReady: () => Atomics.load(controlBlock(address), CONTROL.ready) >= needed };
}

let expected = 0;

/** Lets helpers forget a program when the next one is sent. */
export function unshare({ id }: Shared): void {
  pool?.dropped.push(id);
}

function controlBlock(address: number): Int32Array {
  return memoryAs("int32").subarray(address / 4, address / 4 + FIELDS) as Int32Array;
}
