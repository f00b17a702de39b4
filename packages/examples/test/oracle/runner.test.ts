import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormatError, ValueError } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { paper } from "../../src/oracle/paper.ts";
import { runOracle } from "../../src/oracle/runner.ts";
import { type Check, type Suite, worstDifference } from "../../src/oracle/suite.ts";

const passed: Check = { status: "passed" };
const failed: Check = {
  status: "failed",
  id: "a/1",
  problem: "at [0]: 1, expected 2, tolerance 0",
};
const skipped: Check = { status: "skipped", id: "b/2", reason: "not there yet" };

/** Runs a suite of the given checks under the name "toy". */
function run(suite: Suite, argv: readonly string[] = ["toy"]) {
  const lines: string[] = [];
  const errors: string[] = [];
  const code = runOracle(argv, {
    suites: new Map([
      ["toy", suite],
      ["paper", paper],
    ]),
    context: { oracle: "/no/such/oracle", mnist: "/no/such/mnist", results: "/no/such/results" },
    print: (line) => lines.push(line),
    printError: (line) => errors.push(line),
  });
  return { code, lines, errors };
}

describe("the oracle runner", () => {
  it("succeeds if something passed and nothing failed", () => {
    const { code, lines } = run(() => [passed, skipped, passed]);

    expect(code).toBe(0);
    expect(lines).toEqual(["skipped: toy b/2: not there yet", "2 passed, 0 failed, 1 skipped"]);
  });

  it("fails with a line for each failure", () => {
    const { code, lines } = run(() => [passed, failed]);

    expect(code).toBe(1);
    expect(lines).toEqual([
      "toy a/1 at [0]: 1, expected 2, tolerance 0",
      "1 passed, 1 failed, 0 skipped",
    ]);
  });

  it("does not call an empty or wholly skipped suite a success", () => {
    expect(run(() => []).code).toBe(1);
    expect(run(() => [skipped]).code).toBe(1);
  });

  it("tells a damaged fixture (1) from a missing one (2)", () => {
    const damaged = run(() => {
      throw new FormatError("reader", {}, () => "bad bytes. Take others.");
    });
    const missing = run(() => {
      throw new ValueError("reader", {}, () => "no file. Put one there.");
    });

    expect([damaged.code, missing.code]).toEqual([1, 2]);
  });

  it("refuses unknown suites and options, and a missing folder, with exit code 2", () => {
    const calls = [
      ["papr"],
      [],
      ["toy", "toy"],
      ["toy", "--fast"],
      ["paper"],
      ["paper", "--mapped"],
    ];

    const outcomes = calls.map((argv) => run(() => [passed], argv));

    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(outcomes.map(({ errors }) => errors[0])).toMatchInlineSnapshot(`
      [
        "oracle: there is no suite papr. Call \`npm run oracle -- SUITE [--compiled] [--mapped] [--only NAME] [--json FILE]\` with one of the suites toy, paper.",
        "oracle: 0 suites were named instead of one. Call \`npm run oracle -- SUITE [--compiled] [--mapped] [--only NAME] [--json FILE]\` with one of the suites toy, paper.",
        "oracle: 2 suites were named instead of one. Call \`npm run oracle -- SUITE [--compiled] [--mapped] [--only NAME] [--json FILE]\` with one of the suites toy, paper.",
        "oracle: Unknown option '--fast'. Call \`npm run oracle -- SUITE [--compiled] [--mapped] [--only NAME] [--json FILE]\` with one of the suites toy, paper.",
        "oracle: there is no folder /no/such/oracle/paper. Set ORACLE_DIR to the folder with the fixtures.",
        "oracle: training has no mapped form: its variables would differ between members. Leave out \`--mapped\`.",
      ]
    `);
  });

  it("writes the counts and everything that did not pass as JSON", () => {
    const folder = mkdtempSync(join(tmpdir(), "oracle-"));
    const path = join(folder, "toy.json");

    run(() => [passed, failed], ["toy", "--json", path]);

    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      suite: "toy",
      compiled: false,
      mapped: false,
      groups: {},
      passed: 1,
      failed: 1,
      skipped: 0,
      listed: [failed],
    });
    rmSync(folder, { recursive: true });
  });
});

describe("worstDifference", () => {
  it("is null within the tolerance, and names the worst place beyond it", () => {
    expect(worstDifference([1, 2], [1.05, 2], 0.1)).toBeNull();
    expect(worstDifference([1, 2, 3], [1.2, 2.5, 3.1], 0.01)).toBe(
      "at [1]: 2, expected 2.5, tolerance 0.01",
    );
  });

  it("takes a NaN on one side alone for the worst, and equal infinities for equal", () => {
    expect(worstDifference([Number.NaN, 9], [1, 1], 0.1)).toBe(
      "at [0]: NaN, expected 1, tolerance 0.1",
    );
    expect(worstDifference([Infinity, Number.NaN], [Infinity, Number.NaN], 0)).toBeNull();
  });
});
