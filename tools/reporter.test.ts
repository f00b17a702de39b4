/**
 * @file What the reporter counts and prints, and where the seeds of properties come from.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TestModule } from "vitest/node";
import { propertyPolicy, seedOfTest } from "./property-policy.ts";
import {
  countLine,
  propertyLine,
  skippedLines,
  summarize,
  type Tallies,
  tallyLines,
} from "./reporter.ts";

interface FakeTest {
  readonly state: "passed" | "failed" | "skipped" | "pending";
  readonly note?: string;
  readonly runs?: number;
  readonly tallies?: Tallies;
}

/** A module of vitest as far as the reporter looks at it. */
function module(tests: readonly FakeTest[], errors = 0, suiteErrors = 0): TestModule {
  const listed = (count: number): object[] => Array.from({ length: count }, () => ({}));
  const cases = tests.map(({ state, note, runs, tallies }, i) => ({
    fullName: `test ${i}`,
    module: { relativeModuleId: "a.test.ts" },
    options: {},
    result: () => ({ state, note }),
    meta: () => ({
      ...(runs === undefined ? {} : { propertyCount: { properties: 1, runs } }),
      ...(tallies === undefined ? {} : { tallies }),
    }),
  }));
  const suites = [{ errors: () => listed(suiteErrors) }];
  const fake = {
    errors: () => listed(errors),
    children: { allTests: () => cases, allSuites: () => suites },
  };
  return fake as unknown as TestModule;
}

describe("the count of tests", () => {
  it("adds up all modules", () => {
    const summary = summarize([
      module([{ state: "passed" }, { state: "failed" }]),
      module([{ state: "passed" }, { state: "skipped", note: "no device" }]),
    ]);

    expect(countLine(summary)).toBe("2 passed, 1 failed, 1 skipped");
    expect(skippedLines(summary.skipped)).toEqual(["skipped: a.test.ts > test 1 (no device)"]);
  });

  it.each([
    ["a module that does not load", module([], 1)],
    ["a suite whose beforeAll throws", module([], 0, 1)],
    ["a test whose worker died", module([{ state: "pending" }])],
  ])("counts %s as failed", (_, broken) => {
    expect(countLine(summarize([broken]))).toBe("0 passed, 1 failed, 0 skipped");
  });

  it("sums what the properties of all tests ran", () => {
    const summary = summarize([
      module([{ state: "passed", runs: 1000 }, { state: "failed", runs: 45 }, { state: "passed" }]),
    ]);

    expect(propertyLine(summary, { seed: 7, runsFactor: 1 })).toBe(
      "properties: 2, runs: 1,045, seed base: 7",
    );
  });

  it("adds up what tests have counted, a line for each title", () => {
    const { tallies } = summarize([
      module([{ state: "passed", tallies: { cases: { "order 1": 999 } } }]),
      module([
        {
          state: "passed",
          tallies: { cases: { "order 2": 2, "order 1": 1 }, mutants: { killed: 5 } },
        },
        { state: "passed" },
      ]),
    ]);

    expect(tallyLines(tallies)).toEqual([
      "cases: 1,002 (order 1: 1,000, order 2: 2)",
      "mutants: 5 (killed: 5)",
    ]);
  });

  it("lists forty skips and counts the rest", () => {
    const lines = skippedLines(Array.from({ length: 42 }, (_, i) => String(i)));

    expect(lines).toHaveLength(41);
    expect(lines.at(-1)).toBe("skipped: and 2 more");
  });
});

describe("the policy of properties", () => {
  it("takes seed and factor from the environment", () => {
    const environment = { TAPEGRAD_SEED: "-12", TAPEGRAD_RUNS_FACTOR: "5" };

    expect(propertyPolicy("test", environment)).toEqual({ seed: -12, runsFactor: 5 });
  });

  it("multiplies the runs in the nightly mode only", () => {
    expect(propertyPolicy("test", {}).runsFactor).toBe(1);
    expect(propertyPolicy("nightly", {}).runsFactor).toBeGreaterThan(1);
  });

  it.each(["x", "1.5", "1e30"])("refuses the seed %s", (seed) => {
    expect(() => propertyPolicy("test", { TAPEGRAD_SEED: seed })).toThrow(
      /TAPEGRAD_SEED: expected/,
    );
  });

  it("gives every test its own seed, and always the same one", () => {
    expect(seedOfTest(7, "sqrt > is right")).toBe(seedOfTest(7, "sqrt > is right"));
    expect(seedOfTest(7, "sqrt > is right")).not.toBe(seedOfTest(7, "exp > is right"));
    expect(seedOfTest(7, "sqrt > is right")).not.toBe(seedOfTest(8, "sqrt > is right"));
  });

  it("reaches fast-check: the cases of this test follow from its name", ({ task }) => {
    const seen: number[] = [];
    fc.assert(fc.property(fc.nat(), (n) => void seen.push(n)));

    const { seed = 0 } = fc.readConfigureGlobal();
    expect(seen.slice(0, 5)).toEqual(fc.sample(fc.nat(), { seed, numRuns: 5 }));
    expect(task.fullTestName).toContain("reaches fast-check");
  });

  it("counts and multiplies an explicit number of runs", ({ task }) => {
    let runs = 0;
    fc.assert(
      fc.property(fc.nat(), () => {
        runs += 1;
      }),
      { numRuns: 7 },
    );

    const factor = (fc.readConfigureGlobal().numRuns ?? 0) / 100;
    expect(runs).toBe(7 * factor);
    expect(task.meta.propertyCount).toBeUndefined(); // it is written when the test is over
  });
});
