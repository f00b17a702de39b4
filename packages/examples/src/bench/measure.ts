/**
 * @file Times one case with tinybench, and sums up the rounds of a case as a row.
 */
import { Bench } from "tinybench";
import { percentile } from "../experiments/shared/percentiles.ts";
import type { Prepared, WorkloadName } from "./workload.ts";

/** How long a case is run in one round: until both the time and the number of calls are reached. */
export interface Budget {
  readonly warmUpMs: number;
  readonly timeMs: number;
  readonly calls: number;
}

/** The rounds of every case; in each, the systems take turns. */
export interface Plan {
  readonly rounds: number;
  readonly first: Budget;
  readonly later: Budget;
}

// shorter warm-ups leave part of the code to V8's interpreter, above all on a busy machine
export const THOROUGH: Plan = {
  rounds: 5,
  first: { warmUpMs: 600, timeMs: 500, calls: 3 },
  later: { warmUpMs: 100, timeMs: 500, calls: 3 },
};
export const QUICK: Plan = {
  rounds: 3,
  first: { warmUpMs: 300, timeMs: 100, calls: 2 },
  later: { warmUpMs: 30, timeMs: 100, calls: 2 },
};

/** No measurement takes much longer than it was given, however slow a call is. */
const PATIENCE = 8;

export type Unit = "ms" | "µs/op" | "%";

/** What is measured: the same problem for all systems, and the way one of them solves it. */
export interface RowKey {
  readonly workload: WorkloadName;
  readonly problem: string;
  readonly system: string;
  readonly variant: string;
}

/** A line of the table: times in `unit`, the rate of the median in billions of operations per second. */
export interface TimedRow extends RowKey {
  readonly unit: Unit;
  /** Of the medians of the rounds. */
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  /** How many calls were timed. */
  readonly n: number;
  /** null where a rate means nothing. */
  readonly gflops: number | null;
}

/** A case that has no time, and why. */
export interface FailedRow extends RowKey {
  readonly failure: string;
  /** Whether the result was wrong, rather than not to be had. */
  readonly wrong: boolean;
}

export type Row = TimedRow | FailedRow;

export const isTimed = (row: Row): row is TimedRow => !("failure" in row);

/** The durations of the calls in milliseconds. */
export function timesOf({ run }: Pick<Prepared, "run">, budget: Budget): readonly number[] {
  const { warmUpMs, timeMs, calls } = budget;
  const start = performance.now();
  run();
  const duration = Math.max(performance.now() - start, 1e-6);
  const affordable = Math.floor((PATIENCE * timeMs) / duration);
  const bench = new Bench({
    warmupTime: warmUpMs,
    warmupIterations: 1,
    time: timeMs,
    iterations: Math.min(calls, Math.max(affordable, 1)),
    retainSamples: true,
    throws: true,
  });
  // a result with certain fields would be taken for a duration: return nothing
  bench.add("case", () => {
    run();
  });
  const [{ result }] = bench.runSync();
  return "latency" in result ? [...(result.latency.samples ?? [])] : [];
}

/** What the row needs to know of the case besides its key. */
export interface Scale {
  readonly operations?: number | undefined;
  readonly flops?: number | undefined;
}

/** One row of the durations of all rounds, in milliseconds. */
export function rowOf(
  key: RowKey,
  rounds: readonly (readonly number[])[],
  { operations, flops }: Scale,
): TimedRow {
  const median = medianOf(rounds.map(medianOf));
  const all = Float64Array.from(rounds.flat()).sort();
  const factor = operations === undefined ? 1 : 1000 / operations;
  return {
    ...key,
    unit: operations === undefined ? "ms" : "µs/op",
    median: median * factor,
    p10: percentile(all, 10) * factor,
    p90: percentile(all, 90) * factor,
    n: all.length,
    gflops: flops === undefined ? null : flops / (median * 1e6),
  };
}

export function medianOf(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 50);
}
