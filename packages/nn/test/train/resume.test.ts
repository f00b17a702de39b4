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

const EPOCHS = 3;

interface Interruption {
  /** After so many steps of the resumed run. */
  readonly after: number;
  /**
   * The process dies, and what was done since the last checkpoint is lost: in a callback, or at the next
   * checkpoint, before it takes its name. Or the run is told to end.
   */
  readonly kind: "crash" | "crash while saving" | "abort";
}

const interruptions = (count: number) =>
  fc.array(
    fc.record<Interruption>({
      after: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom("crash", "crash while saving", "abort"),
    }),
    { minLength: count, maxLength: count },
  );

/** A store that dies instead of keeping a checkpoint, once `isDying` says so. */
const mortal = (store: CheckpointStore, isDying: () => boolean): CheckpointStore => ({
  load: () => store.load(),
  save: (checkpoint) => {
    if (isDying()) throw new Crash();
    store.save(checkpoint);
  },
});

/** With everything that a checkpoint has to hold: a spike that is rejected, a best snapshot, one to go back to. */
const settings = (action: "skip" | "rollback"): Partial<FitOptions<TinyBatch>> => ({
  epochs: EPOCHS,
  earlyStopping: { monitor: "epochLoss", goal: "min", patience: EPOCHS },
  spikes: { action, warmup: 2, threshold: 0.3, window: 6, patience: 100 },
  resume: true,
});

/** Runs until `interruption`, or to the end. */
async function runUntil(
  interruption: Interruption | undefined,
  log: MemoryLogger,
  checkpoints: { readonly store: CheckpointStore; readonly every: number },
  more: Partial<FitOptions<TinyBatch>>,
) {
  const control = new AbortController();
  let [steps, rejected] = [0, 0];
  let isDying = false;
  const onStep = ({ isAccepted }: { isAccepted: boolean }) => {
    if (!isAccepted) rejected++;
    if (++steps !== interruption?.after) return;
    if (interruption.kind === "crash") throw new Crash();
    if (interruption.kind === "abort") control.abort();
    isDying = true;
  };
  const store = mortal(checkpoints.store, () => isDying && interruption?.kind !== "abort");
  const callbacks = [{ onStep, onWarning: () => {} }];
  const run = tinyRun({
    ...more,
    checkpoints: { ...checkpoints, store },
    loggers: [log],
    signal: control.signal,
    callbacks,
  });
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
        const options = { ...settings(action), compiled };
        const whole = { store: new MemoryStore(), every };
        const expected = await runUntil(undefined, new MemoryLogger(), whole, options);
        expect(expected.rejected).toBeGreaterThan(0);
        const [parts, log] = [{ store: new MemoryStore(), every }, new MemoryLogger()];
        for (const point of points) await runUntil(point, log, parts, options);

        const found = await runUntil(undefined, log, parts, options);

        expect(found.outcome).toEqual(expected.outcome);
      },
    );
    await fc.assert(cases, { numRuns: runs });
  });
});
