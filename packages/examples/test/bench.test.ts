/**
 * @file The benchmarks without their clock: every workload computes the right thing on tiny sizes and
 * fills its row, and the command line says what is wrong with it. No time is asserted.
 */
import { ValueError } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { batchNormLoops, CheckError, requireClose } from "../src/bench/check.ts";
import { WORKLOADS } from "../src/bench/index.ts";
import { measure, type Row } from "../src/bench/measure.ts";
import { networkLoss } from "../src/bench/network-loops.ts";
import { parseOptions } from "../src/bench/options.ts";
import {
  describeEnvironment,
  renderEnvironment,
  renderHeading,
  renderRow,
} from "../src/bench/report.ts";

const ONE_CALL = { warmUpMs: 0, timeMs: 0, calls: 1 };

describe.each(WORKLOADS)("$name: $title", (workload) => {
  it("computes the right thing on tiny sizes, and gives a row for each case", () => {
    const rows = [...measure(workload, "tiny", ONE_CALL)];

    expect(rows.map((row) => row.name)).toEqual(workload.cases("tiny").map(({ name }) => name));
    for (const row of rows) {
      expect(row.workload).toBe(workload.name);
      expect(row.n).toBeGreaterThanOrEqual(1);
      expect([row.p10, row.median, row.p90].every(Number.isFinite)).toBe(true);
      expect(row.p10).toBeLessThanOrEqual(row.median);
      expect(row.median).toBeLessThanOrEqual(row.p90);
    }
  });

  it("names its cases apart", () => {
    const names = workload.cases("tiny").map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("a case that computes something wrong", () => {
  it("is not timed", () => {
    let calls = 0;
    const wrong = {
      name: "W1" as const,
      title: "planted",
      cases: () => [
        {
          name: "planted",
          run: () => calls++,
          check: () => requireClose("planted", [1], [2], 1e-3),
        },
      ],
    };

    expect(() => [...measure(wrong, "tiny", ONE_CALL)]).toThrow(CheckError);
    expect(calls).toBe(0);
  });

  it.each([
    ["another number", [1, 2.1, 3], [1, 2, 3]],
    ["NaN, wherever it stands", [Number.NaN, 2, 3], [1, 2, 3]],
    ["NaN at the end", [1, 2, Number.NaN], [1, 2, 3]],
    ["another length", [1, 2], [1, 2, 3]],
    ["something where nothing is expected", [1e-300], [0]],
  ])("is told by %s", (_, found, expected) => {
    expect(() => requireClose("x", found, expected, 1e-3)).toThrow(CheckError);
  });

  it("is named with the worst place and both numbers", () => {
    expect(() =>
      requireClose("x", [1, 2.5, 3.1], [1, 2, 3], 1e-3),
    ).toThrowErrorMatchingInlineSnapshot(
      `[CheckError: x: number 1 is 2.5 instead of 2, more than 0.001 of the largest apart.]`,
    );
  });
});

describe("the naive loops", () => {
  it("normalise two values to -1 and 1", () => {
    const numbers = { x: [1, 3], gamma: [2], beta: [5], cotangent: [1, 0] };
    const result = batchNormLoops(numbers, { count: 1, of: () => 0 }, 0);

    expect([...result.output]).toEqual([3, 7]);
    expect([...result.xBar]).toEqual([0, 0]);
    expect([...result.gammaBar]).toEqual([-1]);
    expect([...result.betaBar]).toEqual([1]);
  });

  it("give log(classes) for a network of zeros", () => {
    const state = [
      [0, 0, 0, 0],
      [0, 0],
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0],
    ];
    const batch = { x: [1, 2, 3, 4], labels: [0, 2] };

    expect(networkLoss(state, batch, { units: [2, 2, 3], batchNorm: false })).toBeCloseTo(
      Math.log(3),
      12,
    );
  });
});

describe("parseOptions", () => {
  const parsing =
    (...argv: string[]) =>
    () =>
      parseOptions(argv);

  it("measures everything, thoroughly, without a file by default", () => {
    expect(parseOptions([])).toEqual({
      only: ["W1", "W2", "W3", "W4", "W5", "W7"],
      quick: false,
      json: null,
    });
  });

  it("reads every option", () => {
    expect(parseOptions(["--only", "w5,W3", "--quick", "--json=bench.json"])).toEqual({
      only: ["W5", "W3"],
      quick: true,
      json: "bench.json",
    });
  });

  it("answers --help, even when something else is wrong", () => {
    expect(parseOptions(["--onyl", "--help"])).toHaveProperty("help");
    expect(parsing("-h")()).toMatchInlineSnapshot(`
      {
        "help": "Times the workloads of docs/benchmarks.md. Each is checked before it is timed.

      Usage: npm run bench -- [options]

      Options
        --only NAMES   some workloads, separated by commas (default: all)
        --quick        short runs, for a first look
        --json FILE    also write environment and rows to FILE
        -h, --help     print this and stop

      Workloads
        W1   matrix product
        W2   mean(sigmoid(a·x + b)·x)
        W3   batch norm per feature, forward + backward
        W4   batch norm of feature maps, forward + backward
        W5   training step of the paper's MNIST network
        W7   1,000 additions in a row

      Examples
        npm run bench -- --quick
        npm run bench -- --only W3,W5 --json results/bench.json
      ",
      }
    `);
  });

  it.each([
    [["--onyl", "W5"]],
    [["--only"]],
    [["--only", "--quick"]],
    [["--only", "W6"]],
    [["--json"]],
    [["--quick=yes"]],
    [["W5"]],
    [["-q"]],
  ])("refuses %j", (argv) => {
    expect(parsing(...argv)).toThrow(ValueError);
  });

  it("says what is wrong and what would be right", () => {
    const message = (...argv: string[]): string => {
      try {
        parseOptions(argv);
        return "accepted";
      } catch (error) {
        return (error as Error).message;
      }
    };

    expect([
      message("--onyl", "W5"),
      message("--only"),
      message("--only", "W6"),
      message("--quick=yes"),
      message("W5"),
    ]).toMatchInlineSnapshot(`
      [
        "bench: there is no option \`--onyl\`. Check its spelling; \`npm run bench -- --help\` lists all options.",
        "bench: \`--only\` needs a value. Write \`--only W3,W5\`; \`npm run bench -- --help\` lists all options.",
        "bench: there is no workload "W6". Use W1, W2, W3, W4, W5, W7; \`npm run bench -- --help\` lists all options.",
        "bench: \`--quick\` takes no value. Write \`--quick\` alone; \`npm run bench -- --help\` lists all options.",
        "bench: "W5" is not an option. Begin with \`--\`; \`npm run bench -- --help\` lists all options.",
      ]
    `);
  });
});

describe("the table", () => {
  const row: Row = {
    workload: "W1",
    name: "256×256 · 256×256",
    unit: "ms",
    median: 2.3456,
    p10: 2.1,
    p90: 1234.5,
    n: 42,
    gflops: 14.32,
  };

  it("has three digits of every time, and a rate where there is one", () => {
    const rows = [row, { ...row, workload: "W7" as const, unit: "µs/op" as const, gflops: null }];
    expect(`\n${[renderHeading(), ...rows.map(renderRow)].join("\n")}`).toMatchInlineSnapshot(`
      "
      case                                                    median       p10       p90      n  GFLOP/s
      W1 256×256 · 256×256, ms                                  2.35      2.10      1235     42     14.3
      W7 256×256 · 256×256, µs/op                               2.35      2.10      1235     42"
    `);
  });

  it("says where and when it was measured", () => {
    const environment = describeEnvironment(true);

    expect(environment.node).toBe(process.versions.node);
    expect(environment.cores).toBeGreaterThan(0);
    expect(Date.parse(environment.date)).not.toBeNaN();
    expect(JSON.parse(JSON.stringify(environment))).toEqual(environment);
    expect(renderEnvironment(environment)).toContain("--quick");
    expect(renderEnvironment({ ...environment, quick: false })).not.toContain("--quick");
  });
});
