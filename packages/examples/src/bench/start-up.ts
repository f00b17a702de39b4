/**
 * @file W8: the start of a process, compiling, the first steps, and memory. Each in processes of its own, as
 * often as there are rounds, in which the systems take turns.
 */
import { execFileSync } from "node:child_process";
import { requireClose, TOLERANCE } from "./check.ts";
import { type Command, ONE_THREAD } from "./child.ts";
import type { FailedRow, Row, RowKey, Unit } from "./measure.ts";
import { rowOf } from "./measure.ts";
import { type ColdStart, compiledStep, oursWith } from "./systems.ts";

export const COLD_START = "import + one gradient";
export const FIRST_STEPS = "compiled W5 step";
export const MEMORY = "compiled W6 step";
export const MEMORY_ERROR = "memory off the announced peak";

export function* measureStartUp(
  coldStarts: readonly ColdStart[],
  rounds: number,
  threads: number,
): Generator<Row> {
  yield* wholeProcesses(coldStarts, rounds);
  for (const count of new Set([1, threads])) {
    yield* firstSteps(rounds, count);
    yield memoryRow(count);
  }
}

function* wholeProcesses(coldStarts: readonly ColdStart[], rounds: number): Generator<Row> {
  const times = coldStarts.map((): number[][] => []);
  const failures = new Map<number, FailedRow>();
  const keys = coldStarts.map(({ system, variant }): RowKey => {
    return { workload: "W8", problem: COLD_START, system, variant };
  });
  const expected = coldStartLoops();
  for (let round = 0; round < rounds; round++) {
    coldStarts.forEach(({ command, variant }, i) => {
      if (failures.has(i)) return;
      try {
        const start = performance.now();
        const { numbers } = runOnce(command) as { numbers?: number[] };
        times[i].push([performance.now() - start]);
        if (numbers !== undefined) requireEach(variant, numbers, expected);
      } catch (error) {
        failures.set(i, failed(keys[i], error));
      }
    });
  }
  for (const [i, key] of keys.entries()) yield failures.get(i) ?? rowOf(key, times[i], {});
}

function requireEach(what: string, found: readonly number[], expected: readonly number[]): void {
  expected.forEach((value, i) => {
    requireClose(`W8 ${what}`, [found[i]], [value], TOLERANCE);
  });
}

function* firstSteps(rounds: number, threads: number): Generator<Row> {
  const key: RowKey = {
    workload: "W8",
    problem: FIRST_STEPS,
    system: oursWith(threads),
    variant: "compile",
  };
  const found: number[][] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const { compileMs, steps } = runOnce(compiledStep("W5", "steps", threads)) as {
        compileMs: number;
        steps: number[];
      };
      found.push([compileMs, ...steps]);
    }
  } catch (error) {
    yield failed(key, error);
    return;
  }
  for (const [i, variant] of ["compile", "first step", "second step", "third step"].entries()) {
    const times = found.map((round) => [round[i]]);
    yield rowOf({ ...key, variant }, times, {});
  }
}

/** How far the growth of memory is from what the program names before it runs, in percent. */
function memoryRow(threads: number): Row {
  const key: RowKey = {
    workload: "W8",
    problem: MEMORY,
    system: oursWith(threads),
    variant: MEMORY_ERROR,
  };
  try {
    const { announced, grown } = runOnce(compiledStep("W6", "memory", threads)) as {
      announced: number;
      grown: number;
    };
    const off = (100 * Math.abs(grown - announced)) / announced;
    const unit: Unit = "%";
    return { ...key, unit, median: off, p10: off, p90: off, n: 1, gflops: null };
  } catch (error) {
    return failed(key, error);
  }
}

function failed(key: RowKey, error: unknown): FailedRow {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const failure = lines.find((line) => /error:/i.test(line)) ?? lines[0] ?? "unknown";
  return { ...key, failure: failure.trim(), wrong: failure.startsWith("W8") };
}

function runOnce({ command, args, cwd, env }: Command): unknown {
  const output = execFileSync(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...ONE_THREAD, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "{}");
}

/** The loss of the small network, and Σ|gradient| of its two weights, in naive loops and float64. */
export function coldStartLoops(): readonly number[] {
  const waves = (length: number): Float64Array =>
    Float64Array.from({ length }, (_, i) => Math.sin(i + 1) * 0.3);
  const [rows, inputs, hidden, outputs] = [8, 16, 32, 4];
  const [x, w1, w2] = [waves(rows * inputs), waves(inputs * hidden), waves(hidden * outputs)];
  const g1 = new Float64Array(w1.length);
  const g2 = new Float64Array(w2.length);
  let loss = 0;
  const count = rows * outputs;
  for (let n = 0; n < rows; n++) {
    const h = Float64Array.from({ length: hidden }, (_, j) => {
      let z = 0;
      for (let i = 0; i < inputs; i++) z += x[n * inputs + i] * w1[i * hidden + j];
      return Math.tanh(z);
    });
    const hBar = new Float64Array(hidden);
    for (let k = 0; k < outputs; k++) {
      let y = 0;
      for (let j = 0; j < hidden; j++) y += h[j] * w2[j * outputs + k];
      loss += (y * y) / count;
      for (let j = 0; j < hidden; j++) {
        g2[j * outputs + k] += (2 * y * h[j]) / count;
        hBar[j] += (2 * y * w2[j * outputs + k]) / count;
      }
    }
    for (let j = 0; j < hidden; j++) {
      const zBar = hBar[j] * (1 - h[j] ** 2);
      for (let i = 0; i < inputs; i++) g1[i * hidden + j] += zBar * x[n * inputs + i];
    }
  }
  const size = (g: Float64Array): number => g.reduce((sum, value) => sum + Math.abs(value), 0);
  return [loss, size(g1), size(g2)];
}
