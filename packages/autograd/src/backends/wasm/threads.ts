/**
 * @file The pool of threads that help with compiled programs: started once, each with its own instances of the
 * programs over one shared memory.
 *
 * Thread 0 is the caller. It writes which program and unit to help with and raises the ticket; helpers see the
 * ticket, run their parts and count themselves done. A helper spins for a while before it sleeps, because a
 * round takes a fraction of a microsecond between spinning threads and tens of them after a sleep. The caller
 * only ever spins: a browser forbids its main thread to wait.
 *
 * A helper returns to its event loop, where it can receive a new program, when the unit is NONE. Where one has
 * stopped, programs run alone from then on.
 */
import { availableThreads, startThread, type Thread } from "./host.ts";
import { allocate, hasProgramMemory, isMemoryShared, type Loaded, memoryAs } from "./memory.ts";

/** Fields of the control block, in int32. */
export const CONTROL = {
  ticket: 0,
  program: 1,
  unit: 2,
  done: 3,
  asleep: 4,
  /** Programs that helpers have been sent, and that they have received. */
  sent: 5,
  ready: 6,
  /** How often a helper has failed, or was seen to have stopped. */
  lost: 7,
  /** From here on: programs that helper number 1, 2, … has been sent. */
  sentTo: 8,
} as const;

/** What a program returns instead of a status where a helper has not computed its part. */
export const UNFINISHED: number = 2 ** 31 - 1;
/**
 * How often the caller looks whether the helpers are done, before it gives them up. Minutes: a helper may be waiting
 * for a core that others use.
 */
export const PATIENCE: number = 2 ** 35;

/** More helpers than these are not started. */
const MOST_HELPERS = 63;
const FIELDS = CONTROL.sentTo + 1 + MOST_HELPERS;
const NONE = -1;
/** Looks at the ticket before a helper sleeps: some tens of microseconds. */
const SPINS = 20_000;

/**
 * The script of a helper. It looks at the ticket before it says that it is ready, so it cannot miss the next one;
 * it returns for a program that was sent meanwhile. Extra helpers of another program have no part and say nothing.
 */
const HELPER = `
const TICKET = ${CONTROL.ticket}, PROGRAM = ${CONTROL.program}, UNIT = ${CONTROL.unit};
const DONE = ${CONTROL.done}, ASLEEP = ${CONTROL.asleep}, READY = ${CONTROL.ready}, LOST = ${CONTROL.lost};
const programs = new Map();
let received = 0;
function help(control, first) {
  for (let seen = first; ; ) {
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
    const part = programs.get(Atomics.load(control, PROGRAM))?.[unit];
    if (part === undefined) continue;
    try {
      part();
    } catch (error) {
      Atomics.add(control, LOST, 1);
      throw error;
    } finally {
      Atomics.add(control, DONE, 1);
    }
  }
}
listen(({ id, part, module, memory, imports, address, units, dropped }) => {
  const control = new Int32Array(memory.buffer, address, ${FIELDS});
  for (const old of dropped) programs.delete(old);
  // what calls JavaScript is one part, which the caller computes: these are never called
  const host = Array.from({ length: imports }, () => () => 0);
  const { exports } = new WebAssembly.Instance(module, { env: { memory }, host });
  programs.set(id, Array.from({ length: units }, (_, unit) => exports["unit " + unit + " part " + part]));
  const seen = Atomics.load(control, TICKET);
  Atomics.add(control, READY, 1);
  if (++received === Atomics.load(control, ${CONTROL.sentTo} + part)) help(control, seen);
});
`;

interface Pool {
  readonly address: number;
  readonly helpers: Thread[];
  programs: number;
  /** Programs that helpers may forget. */
  dropped: number[];
  /** Whether the caller has given up a helper that may still be computing. */
  hangs: boolean;
}

/** undefined: not started. */
let pool: Pool | undefined;

/** The number of threads that a program may use, the caller included, if it asks for `wanted`. */
export function usableThreads(wanted: number): number {
  if (wanted === 1 || !hasProgramMemory()) return 1;
  return isMemoryShared() ? Math.max(1, Math.min(wanted, availableThreads(), MOST_HELPERS + 1)) : 1;
}

/** Byte address of the control block of `usableThreads(…)` > 1 threads. */
export function controlAddress(): number {
  if (pool === undefined) {
    const { address } = allocate(4 * FIELDS);
    // memory that was in use before holds its old numbers
    controlBlock(address).fill(0);
    pool = { address, helpers: [], programs: 0, dropped: [], hangs: false };
  }
  return pool.address;
}

/** A program that helpers know. */
export interface Shared {
  readonly id: number;
  /** Whether every helper has it by now, and none has stopped. @throws Error while one hangs that was given up. */
  isReady(): boolean;
  /** After a program has returned UNFINISHED. @throws Error always. */
  giveUp(): never;
}

/**
 * Sends a program to `threads` - 1 helpers, which export its parts as `unit N part P`; null where a helper
 * cannot be started, or one has stopped.
 */
export function share(program: Loaded, threads: number, units: number): Shared | null {
  const address = controlAddress();
  const control = controlBlock(address);
  if (pool === undefined || Atomics.load(control, CONTROL.lost) > 0) return null;
  while (pool.helpers.length < threads - 1) {
    const helper = startThread(HELPER, () => Atomics.add(controlBlock(address), CONTROL.lost, 1));
    if (helper === null) return null;
    pool.helpers.push(helper);
  }
  const id = pool.programs++;
  Atomics.add(control, CONTROL.sent, pool.helpers.length);
  // before the ticket: a helper that has seen it must know that a program is on its way
  for (let i = 1; i <= pool.helpers.length; i++) Atomics.add(control, CONTROL.sentTo + i, 1);
  Atomics.store(control, CONTROL.unit, NONE);
  Atomics.add(control, CONTROL.ticket, 1);
  Atomics.notify(control, CONTROL.ticket);
  const { module, memory, imports } = program;
  const { dropped } = pool;
  pool.dropped = [];
  pool.helpers.forEach((helper, i) => {
    helper.post({ id, part: i + 1, module, memory, imports, address, units, dropped });
  });
  return { id, isReady: () => isReady(address), giveUp: () => giveUp(address) };
}

/** Whether no program is on its way to a helper, and none has stopped: then all of them watch the ticket. */
function isReady(address: number): boolean {
  const control = controlBlock(address);
  if (Atomics.load(control, CONTROL.lost) > 0) return false;
  // it could still write into the memory of a program
  if (pool?.hangs === true) throw givenUp();
  return Atomics.load(control, CONTROL.ready) === Atomics.load(control, CONTROL.sent);
}

function giveUp(address: number): never {
  if (pool !== undefined && Atomics.load(controlBlock(address), CONTROL.lost) === 0) {
    pool.hangs = true;
    throw givenUp();
  }
  throw new Error(
    `compile: a helper thread failed in its part of the program. ${RESTORE} Then go on: programs run in one thread from now on.`,
  );
}

const RESTORE = "Restore the variables that it assigns, which may hold half of the step.";

const givenUp = (): Error =>
  new Error(
    `compile: a helper thread was killed or hangs, and has not finished its part of the program. ${RESTORE} Start the process anew, or compile with \`threads: 1\`.`,
  );

/** Lets helpers forget a program when the next one is sent. */
export function unshare({ id }: Shared): void {
  pool?.dropped.push(id);
}

function controlBlock(address: number): Int32Array {
  return memoryAs("int32").subarray(address / 4, address / 4 + FIELDS) as Int32Array;
}
