/**
 * @file The vitest setup file of properties: seeds them, multiplies their runs and counts both.
 *
 * - Each test gets its own fast-check seed, derived from the seed base of the run and the test's name
 *   (see property-policy.ts). A failing property prints that seed and a path.
 * - A plugin of fast-check sees every finished property, whichever way it was started; what a test ran
 *   travels to the reporter in its `task.meta`, so that it works across workers.
 * - The factor of the nightly run also multiplies an explicit `{ numRuns: 1000 }`. fast-check lets it
 *   override the global setting, so `assert` and `check` are wrapped, and only when the factor is not 1.
 *   A property then stops after LONG_RUN_LIMIT without failing, which keeps the nightly run within an hour.
 *
 * Tests marked `concurrent` would share the counter and the seed: there are none in this project.
 */

import fc from "fast-check";
import { afterEach, beforeEach, inject, vi } from "vitest";
import { type PropertyPolicy, seedOfTest } from "./property-policy.ts";

/** What the properties of one test amounted to. */
export interface PropertyCount {
  properties: number;
  runs: number;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly propertyPolicy: PropertyPolicy;
  }
  interface TaskMeta {
    propertyCount?: PropertyCount;
  }
}

const DEFAULT_RUNS = 100;
/** Milliseconds. */
const LONG_RUN_LIMIT = 30_000;

const { seed, runsFactor } = inject("propertyPolicy");

/** The properties of the test that runs now. Global, since without isolation files share one fast-check. */
const count = installCounter();

beforeEach(({ task }) => {
  count.properties = 0;
  count.runs = 0;
  fc.configureGlobal({
    seed: seedOfTest(seed, task.fullTestName),
    numRuns: Math.ceil(DEFAULT_RUNS * runsFactor),
    ...(runsFactor <= 1 ? {} : { interruptAfterTimeLimit: LONG_RUN_LIMIT }),
  });
});

afterEach(({ task }) => {
  if (count.properties > 0) task.meta.propertyCount = { ...count };
});

/** Makes fast-check count every property when all its runs are over; installs itself once. */
function installCounter(): PropertyCount {
  const shared = globalThis as { tapegradPropertyCount?: PropertyCount };
  if (shared.tapegradPropertyCount !== undefined) return shared.tapegradPropertyCount;
  const installed: PropertyCount = { properties: 0, runs: 0 };
  fc.installGlobalPlugin(() => ({
    onAllRunsComplete: ({ numRuns }) => {
      installed.properties += 1;
      installed.runs += numRuns;
    },
  }));
  shared.tapegradPropertyCount = installed;
  return installed;
}

/** `fc.assert` or `fc.check` with the explicit number of runs multiplied; a replayed path stays as it is. */
function scaled<F extends typeof fc.assert | typeof fc.check>(runner: F): F {
  const wrapper = (property: fc.IRawProperty<unknown>, parameters?: fc.Parameters<unknown>) => {
    const scale = parameters?.numRuns !== undefined && parameters.path === undefined;
    const actual = scale
      ? { ...parameters, numRuns: Math.ceil((parameters.numRuns ?? DEFAULT_RUNS) * runsFactor) }
      : parameters;
    return Reflect.apply(runner, undefined, [property, actual]) as unknown;
  };
  return wrapper as unknown as F;
}

if (runsFactor !== 1) {
  vi.doMock("fast-check", async (importOriginal) => {
    const original = await importOriginal<typeof import("fast-check")>();
    const wrapped = { assert: scaled(original.assert), check: scaled(original.check) };
    return { ...original, ...wrapped, default: { ...original.default, ...wrapped } };
  });
}
