/**
 * @file The benchmarks without their clock: every workload computes the right thing on tiny sizes and
 * fills its row, and the command line says what is wrong with it. No time is asserted.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ValueError } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { batchNormLoops, CheckError, requireClose } from "../src/bench/check.ts";
import { convNetLoss } from "../src/bench/conv-net-loops.ts";
import { WORKLOADS } from "../src/bench/index.ts";
import { QUICK, type Row, rowOf, type TimedRow, timesOf } from "../src/bench/measure.ts";
import { networkLoss } from "../src/bench/network-loops.ts";
import { parseOptions } from "../src/bench/options.ts";
import { defaultPeersFolder, PEER_PACKAGES } from "../src/bench/peers.ts";
import { writeProblems } from "../src/bench/problem-files.ts";
import {
  describeEnvironment,
  renderEnvironment,
  renderHeading,
  renderRow,
  renderVerdicts,
  reportOf,
} from "../src/bench/report.ts";
import { decide, type Requirement, ratioOf, requirements } from "../src/bench/requirements.ts";
import { measureWorkload } from "../src/bench/rounds.ts";
import { coldStartLoops, measureStartUp } from "../src/bench/start-up.ts";
import type { System } from "../src/bench/systems.ts";

const ONE_CALL = { warmUpMs: 0, timeMs: 0, calls: 1 };
const ONE_THREAD = { threads: 1 };

describe.each(WORKLOADS)("$name: $title", (workload) => {
  const cases = workload.cases("tiny", ONE_THREAD);

  it.each(cases)("computes the right thing on tiny sizes: $problem, $variant", (one) => {
    const prepared = one.prepare();
    try {
      prepared.check();
    } catch (error) {
      // until the compiler prints convolutions, that row says so
      if (String(error).includes("convolution is not printed")) return;
      throw error;
    }

    const times = timesOf(prepared, ONE_CALL);
    expect(times.length).toBeGreaterThanOrEqual(1);
    expect(times.every((time) => time >= 0)).toBe(true);
  });

  it("names its cases apart", () => {
    const names = cases.map(({ problem, variant }) => `${problem}: ${variant}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it("gives other systems finite numbers in the shapes it names", () => {
    for (const { name, inputs, expected } of workload.problems("tiny")) {
      expect(cases.some(({ problem }) => problem.startsWith(name))).toBe(true);
      for (const { shape, data } of [...Object.values(inputs), ...Object.values(expected)]) {
        expect(data.length).toBe(shape.reduce((size, length) => size * length, 1));
        expect(data.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it("has every case and problem that is required", () => {
    const full = workload.cases("full", ONE_THREAD);
    for (const { workload: name, problem, ours } of requirements(2)) {
      if (name !== workload.name) continue;
      const found = full.find((one) => one.problem === problem && one.variant === ours.variant);
      expect(found, `${problem}: ${ours.variant}`).toBeDefined();
    }
  });
});

describe("a comparison", () => {
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

describe("the naive loops of W6 and W8", () => {
  it("give log(classes) for a convolutional network of zeros", () => {
    const sizes = { samples: 2, side: 4, first: 2, second: 3 };
    const state = [18, 2, 2, 54, 3, 3, 12, 4].map((size) => new Float64Array(size));
    const batch = { x: new Float64Array(32).map((_, i) => Math.sin(i)), labels: [0, 3] };

    expect(convNetLoss(state, batch, sizes)).toBeCloseTo(Math.log(4), 12);
  });

  it("give what PyTorch gives for the small network of the cold start", () => {
    const pytorch = [4.1983879782492295e-5, 0.12915678322315216, 0.007975636050105095];

    coldStartLoops().forEach((value, i) => {
      expect(value / pytorch[i]).toBeCloseTo(1, 5);
    });
  });
});

describe("parseOptions", () => {
  const parsing =
    (...argv: string[]) =>
    () =>
      parseOptions(argv);

  it("measures everything, thoroughly, without a file by default", () => {
    expect(parseOptions([])).toEqual({
      only: ["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8"],
      quick: false,
      json: null,
      threads: 1,
      peers: null,
    });
  });

  it("reads every option", () => {
    const argv = ["--only", "w5,W3", "--quick", "--json=bench.json", "--threads", "2", "--peers"];
    expect(parseOptions(argv)).toEqual({
      only: ["W5", "W3"],
      quick: true,
      json: "bench.json",
      threads: 2,
      peers: defaultPeersFolder(),
    });
  });

  it("takes a folder of peers for the wish to have them", () => {
    expect(parseOptions(["--peers-dir", "results/peers"])).toHaveProperty(
      "peers",
      resolve("results/peers"),
    );
  });

  it("answers --help, even when something else is wrong", () => {
    expect(parseOptions(["--onyl", "--help"])).toHaveProperty("help");
    expect(parsing("-h")()).toMatchInlineSnapshot(`
      {
        "help": "Times the workloads of docs/performance.md. Each is checked before it is timed.

      Usage: npm run bench -- [options]

      Options
        --only NAMES      some workloads, separated by commas (default: all)
        --quick           short runs, for a first look
        --threads N       compiled functions with N threads too, in rows of their own (default: 1)
        --peers           other systems in the same run: PyTorch where Python has it, TensorFlow.js and jax-js,
                          which are installed outside this folder when they are first asked for
        --peers-dir DIR   where they are installed (default: a folder among the caches of this system)
        --json FILE       also write environment, rows and requirements to FILE
        -h, --help        print this and stop

      Workloads
        W1   matrix product
        W2   mean(sigmoid(a·x + b)·x)
        W3   batch norm per feature, forward + backward
        W4   batch norm of feature maps, forward + backward
        W5   training step of the paper's MNIST network
        W6   training step of a convolutional network
        W7   1,000 additions in a row
        W8   start of a process, compiling, first steps, memory

      Examples
        npm run bench -- --quick
        npm run bench -- --only W3,W5 --json results/bench.json
        npm run bench -- --peers --threads 2
      ",
      }
    `);
  });

  it.each([
    [["--onyl", "W5"]],
    [["--only"]],
    [["--only", "--quick"]],
    [["--only", "W9"]],
    [["--threads"]],
    [["--threads", "0"]],
    [["--threads", "1.5"]],
    [["--threads", "many"]],
    [["--peers=yes"]],
    [["--peers-dir"]],
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
      message("--only", "W9"),
      message("--threads", "many"),
      message("--peers-dir"),
      message("--quick=yes"),
      message("W5"),
    ]).toMatchInlineSnapshot(`
      [
        "bench: there is no option \`--onyl\`. Check its spelling; \`npm run bench -- --help\` lists all options.",
        "bench: \`--only\` needs a value. Write \`--only W3,W5\`; \`npm run bench -- --help\` lists all options.",
        "bench: there is no workload "W9". Use W1, W2, W3, W4, W5, W6, W7, W8; \`npm run bench -- --help\` lists all options.",
        "bench: "many" is no number of threads. Use a whole number from 1 to 64; \`npm run bench -- --help\` lists all options.",
        "bench: \`--peers-dir\` needs a value. Write \`--peers-dir results/peers\`; \`npm run bench -- --help\` lists all options.",
        "bench: \`--quick\` takes no value. Write \`--quick\` alone; \`npm run bench -- --help\` lists all options.",
        "bench: "W5" is not an option. Begin with \`--\`; \`npm run bench -- --help\` lists all options.",
      ]
    `);
  });
});

describe("the folder of the other systems", () => {
  it.each([
    ["linux", {}, join("ada", ".cache")],
    ["linux", { XDG_CACHE_HOME: "caches" }, "caches"],
    ["darwin", {}, join("ada", "Library", "Caches")],
    ["win32", {}, join("ada", "AppData", "Local")],
    ["win32", { LOCALAPPDATA: "local" }, "local"],
  ] as const)("is among the caches of %s with %j", (platform, environment, expected) => {
    expect(defaultPeersFolder(platform, environment, "ada")).toBe(
      join(expected, "tapegrad", "bench-peers"),
    );
  });

  it("gets exact versions", () => {
    for (const version of Object.values(PEER_PACKAGES)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("gets the problems as a manifest and little-endian numbers", () => {
    const folder = mkdtempSync(join(tmpdir(), "tapegrad-bench-"));
    try {
      const x = { shape: [2], data: Float64Array.of(1, 2) };
      const labels = { shape: [1], data: Int32Array.of(7) };
      writeProblems(folder, [{ name: "p", inputs: { x, labels }, expected: { y: x } }]);

      const [problem] = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
      expect(problem.name).toBe("p");
      expect(problem.inputs.labels).toMatchObject({ shape: [1], dtype: "int32" });
      const bytes = readFileSync(join(folder, problem.inputs.x.file));
      expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([1, 2]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the rounds", () => {
  /** A system that answers from a list of scripted answers, or ends. */
  const scripted = (name: string, answers: readonly object[] | null): System => {
    const hello = { about: name, cases: [{ problem: "p", variant: "v" }] };
    const script = `
      const answers = ${JSON.stringify(answers)};
      if (answers === null) throw new Error("not today");
      console.log("a library says hello");
      console.log(${JSON.stringify(JSON.stringify(hello))});
      require("node:readline").createInterface({ input: process.stdin })
        .on("line", () => console.log(JSON.stringify(answers.shift())));
    `;
    return { name, serve: () => ({ command: process.execPath, args: ["-e", script] }) };
  };
  const workload = {
    name: "W1" as const,
    title: "planted",
    cases: () => [
      {
        problem: "p",
        variant: "v",
        flops: 4e6,
        prepare: () => ({ run: () => 1, check: () => {} }),
      },
    ],
    problems: () => [],
  };
  const measured = async (...systems: System[]): Promise<Row[]> => {
    const rows: Row[] = [];
    for await (const row of measureWorkload(workload, systems, QUICK)) rows.push(row);
    return rows;
  };

  it("give a median of the medians of all rounds, and the rate of the problem", async () => {
    const rounds = [[3, 1, 2], [9, 9, 9], [4]].map((times) => ({ times }));
    const [row] = await measured(scripted("ours", rounds));

    expect(row).toMatchObject({ system: "ours", problem: "p", variant: "v", median: 4, n: 7 });
    expect(row).toMatchObject({ unit: "ms", gflops: 1 });
  });

  it("give no time to what is wrong, fails or does not start", async () => {
    const wrong = scripted("wrong", [{ failure: "2 instead of 1", wrong: true }]);
    const failing = scripted("failing", [{ times: [1] }, { failure: "out of memory" }]);
    const rows = await measured(wrong, failing, scripted("absent", null));
    const failures = rows.map((row) =>
      "failure" in row ? [row.system, row.failure, row.wrong] : [],
    );

    expect(failures).toEqual([
      ["absent", "the process ended: Error: not today", false],
      ["wrong", "2 instead of 1", true],
      ["failing", "out of memory", false],
    ]);
  });

  it("hold whole processes to the same numbers", () => {
    const one = (system: string, numbers: readonly number[]) => ({
      system,
      variant: "v",
      command: {
        command: process.execPath,
        args: ["-e", `console.log(JSON.stringify({ numbers: ${JSON.stringify(numbers)} }))`],
      },
    });
    const starts = [one("right", coldStartLoops()), one("wrong", [1, 2, 3])];
    const [right, wrong] = measureStartUp(starts, 1, 1);

    expect(right).toMatchObject({ system: "right", unit: "ms", n: 1 });
    expect(wrong).toMatchObject({ system: "wrong", wrong: true });
  });
});

describe("the table", () => {
  const row: TimedRow = {
    workload: "W1",
    problem: "256×256 · 256×256",
    system: "tapegrad",
    variant: "compiled",
    unit: "ms",
    median: 2.3456,
    p10: 2.1,
    p90: 1234.5,
    n: 42,
    gflops: 14.32,
  };
  const theirs = { ...row, system: "jax-js", variant: "matmul", median: 4 };
  const failed = {
    workload: "W6" as const,
    problem: "conv net",
    system: "tapegrad",
    variant: "compiled",
    failure: "convolution is not printed",
    wrong: false,
  };

  it("has three digits of every time, a rate where there is one, and why there is no time", () => {
    const rows = [
      row,
      { ...row, workload: "W7" as const, unit: "µs/op" as const, gflops: null },
      failed,
      { ...failed, wrong: true },
    ];
    expect(`\n${[renderHeading(), ...rows.map(renderRow)].join("\n")}`).toMatchInlineSnapshot(`
      "
      problem                                    system                                              median       p10       p90      n  GFLOP/s
      W1 256×256 · 256×256, ms                   tapegrad: compiled                                    2.35      2.10      1235     42     14.3
      W7 256×256 · 256×256, µs/op                tapegrad: compiled                                    2.35      2.10      1235     42
      W6 conv net                                tapegrad: compiled  not measured: convolution is not printed
      W6 conv net                                tapegrad: compiled  WRONG: convolution is not printed"
    `);
  });

  it("says what was required, what was found, and what was not measured", () => {
    const shared = {
      workload: "W1",
      problem: row.problem,
      ours: { system: "tapegrad", variant: "compiled" },
    } as const;
    const [fast, slow] = ["matmul", "matMul"].map((variant) => ({ system: "jax-js", variant }));
    const list: readonly Requirement[] = [
      { ...shared, theirs: [slow, fast], limit: 0.625, kind: "at most" },
      { ...shared, theirs: [fast], limit: 0.5, kind: "at most" },
      { ...shared, theirs: [], limit: 14, kind: "at least" },
      { ...shared, theirs: [slow], limit: 1, kind: "at most" },
      { ...shared, workload: "W2", theirs: [fast], limit: 1, kind: "at most" },
    ];
    const verdicts = decide(list, [row, theirs]);

    expect(verdicts.map(({ met }) => met)).toEqual([true, false, true, null]);
    expect(`\n${renderVerdicts(verdicts)}`).toMatchInlineSnapshot(`
      "
      problem                                    ours                                               time against                                                time     found     required
      W1 256×256 · 256×256                       tapegrad: compiled                              2.35 ms jax-js: matmul                                      4.00 ms     0.586    ≤ 0.625 ×  ✓
      W1 256×256 · 256×256                       tapegrad: compiled                              2.35 ms jax-js: matmul                                      4.00 ms     0.586    ≤ 0.500 ×  ✗
      W1 256×256 · 256×256                       tapegrad: compiled                              2.35 ms                                                                  14.3 ≥ 14.0 GFLOP/s  ✓
      W1 256×256 · 256×256                       tapegrad: compiled                              2.35 ms jax-js: matMul                                            -               ≤ 1.00 ×  not measured
      2 reached, 1 not reached, 1 not measured"
    `);
  });

  it("divides our time by theirs, compiled before eager", () => {
    const eager = { ...row, variant: "eager", median: 100 };
    expect(ratioOf(theirs, [eager, row, theirs])).toBeCloseTo(2.3456 / 4);
    expect(ratioOf(theirs, [eager, failed, theirs])).toBe(25);
    expect(ratioOf(row, [eager, row, theirs])).toBeNull();
  });

  it("counts an operation where the row is of one", () => {
    const { workload, problem, system, variant } = row;
    const key = { workload, problem, system, variant };
    expect(rowOf(key, [[1], [2, 4], [3]], { operations: 1000 })).toMatchObject({
      unit: "µs/op",
      median: 3,
      n: 4,
      gflops: null,
    });
  });

  it("says where and when it was measured", () => {
    const how = { quick: true, threads: 2, missing: [], warnings: [] };
    const environment = describeEnvironment(how);

    expect(environment.node).toBe(process.versions.node);
    expect(environment.cores).toBeGreaterThan(0);
    expect(Date.parse(environment.date)).not.toBeNaN();
    expect(renderEnvironment(environment)).toContain("--quick");
    expect(renderEnvironment(environment)).toContain("2 threads");
    expect(renderEnvironment({ ...environment, quick: false })).not.toContain("--quick");
    const missing = [{ name: "PyTorch", reason: "no module named torch" }];
    expect(renderEnvironment({ ...environment, missing })).toContain(
      "missing: PyTorch: no module named torch",
    );
  });

  it("becomes JSON with the ratio of every row", () => {
    const how = { quick: true, threads: 1, missing: [], warnings: [] };
    const report = reportOf(describeEnvironment(how), [row, theirs, failed], []);

    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report.rows.map(({ ratio }) => ratio)).toEqual([null, 2.3456 / 4, null]);
  });
});
