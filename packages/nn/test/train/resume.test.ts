import {
  type CheckpointStore,
  type FitOptions,
  fit,
  MemoryLogger,
  MemoryStore,
} from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, type TinyBatch, tinyRun } from "./tiny-run.ts";

class Crash extends Error {}

const EPOCHS = 5;

interface Interruption {
  /** After so many steps of the resumed run. */
  readonly after: number;
  /** The process dies: what was done since the last checkpoint is lost. Or the run is told to end. */
  readonly kind: "crash" | "abort";
}

const interruptions = (count: number) =>
  fc.array(
    fc.record<Interruption>({
      after: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom("crash", "abort"),
    }),
    { minLength: count, maxLength: count },
  );

/** With everything that a checkpoint has to hold: a spike that is rejected, a best snapshot, one to go back to. */
const settings = (
  action: "skip" | "rollback",
  store: CheckpointStore,
  every: number,
): Partial<FitOptions<TinyBatch>> => ({
  epochs: EPOCHS,
  checkpoints: { store, every },
  earlyStopping: { monitor: "epochLoss", goal: "min", patience: EPOCHS },
  spikes: { action, warmup: 3, threshold: 1, window: 6, patience: 100 },
  resume: true,
});

/** Runs until `interruption`, or to the end. */
async function runUntil(
  interruption: Interruption | undefined,
  log: MemoryLogger,
  more: Partial<FitOptions<TinyBatch>>,
) {
  const control = new AbortController();
  let steps = 0;
  let rejected = 0;
  const onStep = ({ isAccepted }: { isAccepted: boolean }) => {
    if (!isAccepted) rejected++;
    if (++steps !== interruption?.after) return;
    if (interruption.kind === "crash") throw new Crash();
    control.abort();
  };
  const callbacks = [{ onStep, onWarning: () => {} }];
  const run = tinyRun({ ...more, loggers: [log], signal: control.signal, callbacks });
  const result = await fit(run.options).catch((error: unknown) => {
    if (error instanceof Crash) return null;
    throw error;
  });
  const outcome = { result, log: log.entries, bits: bitsOf(run.options.state) };
  return { outcome, rejected };
}

describe.each<{ compiled: boolean; action: "skip" | "rollback"; points: number; runs: number }>([
  { compiled: false, action: "skip", points: 10, runs: 5 },
  { compiled: false, action: "rollback", points: 10, runs: 1 },
  // every interruption compiles the step again
  { compiled: true, action: "skip", points: 5, runs: 1 },
])("a run that is interrupted $points times", ({ compiled, action, points: count, runs }) => {
  it(`is in the end the run that was not, bit for bit; compiled: ${compiled}, spikes: ${action}`, async () => {
    const cases = fc.asyncProperty(
      interruptions(count),
      fc.integer({ min: 1, max: 3 }),
      async (points, every) => {
        const whole = { ...settings(action, new MemoryStore(), every), compiled };
        const expected = await runUntil(undefined, new MemoryLogger(), whole);
        expect(expected.rejected).toBeGreaterThan(0);
        const [store, log] = [new MemoryStore(), new MemoryLogger()];
        const parts = { ...settings(action, store, every), compiled };
        for (const point of points) await runUntil(point, log, parts);

        const found = await runUntil(undefined, log, parts);

        expect(found.outcome).toEqual(expected.outcome);
      },
    );
    await fc.assert(cases, { numRuns: runs });
  });
});
