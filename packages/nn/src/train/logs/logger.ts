/**
 * @file Logger: where the numbers of a run go, step by step; and MemoryLogger, which keeps them.
 *
 * Invariant: steps never decrease. A run that goes on from an earlier step calls `rewind` first, so that no step
 * is logged twice.
 */
import { ValueError } from "@tapegrad/autograd";

/** The numbers of one step, by name. */
export interface LogEntry {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Where the numbers of a run go, step by step. Steps never decrease: `rewind` before going on from an earlier one. */
export interface Logger {
  /** Adds the numbers of a step. @throws ValueError if the step is below the one before. */
  log(step: number, values: LogEntry["values"]): void;
  /** Drops what was logged of later steps, which a run that goes on after `step` will log again. */
  rewind(step: number): void;
  /** Returns when everything is where it stays: on the disk, for files. */
  flush(): void;
  /** Flushes, and takes nothing more. */
  close(): void;
}

/** The entries of a run in memory. */
export class MemoryLogger implements Logger {
  #entries: LogEntry[] = [];

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  log(step: number, values: LogEntry["values"]): void {
    requireStep("MemoryLogger", step, this.#entries.at(-1)?.step);
    this.#entries.push({ step, values: { ...values } });
  }

  rewind(step: number): void {
    this.#entries = this.#entries.filter((entry) => entry.step <= step);
  }

  flush(): void {}

  close(): void {}
}

/** @throws ValueError if `step` is no step, or below `before`. */
export function requireStep(op: string, step: number, before = 0): void {
  if (Number.isSafeInteger(step) && step >= before) return;
  throw new ValueError(op, { step, before }, (d) => {
    const fact = `step ${d.step} was logged after step ${d.before}`;
    return Number.isSafeInteger(d.step) && d.step >= 0
      ? `${fact}. Call \`rewind(${d.step - 1})\` first, if the run goes on from there.`
      : `the step is ${d.step}. Use an integer of at least 0.`;
  });
}
