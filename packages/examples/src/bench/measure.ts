/**
 * @file Times the cases of a workload with tinybench, each after its check.
 */
import { Bench } from "tinybench";
import { percentile } from "../experiments/shared/percentiles.ts";
import type { Case, Size, Workload, WorkloadName } from "./workload.ts";

/** How long a case is run: until both the time and the count are reached. */
export interface Budget {
  readonly warmUpMs: number;
  readonly timeMs: number;
  readonly calls: number;
}

// shorter warm-ups leave part of the code to V8's interpreter, above all on a busy machine
export const THOROUGH: Budget = { warmUpMs: 600, timeMs: 2000, calls: 7 };
export const QUICK: Budget = { warmUpMs: 600, timeMs: 400, calls: 5 };

/** A line of the table: times in `unit`, the rate of the median in billions of operations per second. */
export interface Row {
  readonly workload: WorkloadName;
  readonly name: string;
  readonly unit: "ms" | "µs/op";
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  /** How many calls were timed. */
  readonly n: number;
  /** null where a rate means nothing. */
  readonly gflops: number | null;
}

/**
 * Checks and times every case, and yields its row as soon as it is known.
 *
 * @throws CheckError if a case computes something wrong: then it is not timed.
 */
export function* measure(workload: Workload, size: Size, budget: Budget): Generator<Row> {
  for (const one of workload.cases(size)) {
    one.check();
    yield rowOf(workload.name, one, timesOf(one, budget));
  }
}

/** The durations of the calls in milliseconds, sorted. */
function timesOf(one: Case, { warmUpMs, timeMs, calls }: Budget): Float64Array {
  const bench = new Bench({
    warmupTime: warmUpMs,
    warmupIterations: 1,
    time: timeMs,
    iterations: calls,
    retainSamples: true,
    throws: true,
  });
  // a result with certain fields would be taken for a duration: return nothing
  bench.add(one.name, () => {
    one.run();
  });
  const [task] = bench.runSync();
  const { result } = task;
  const samples = "latency" in result ? result.latency.samples : undefined;
  return Float64Array.from(samples ?? []).sort();
}

function rowOf(workload: WorkloadName, one: Case, times: Float64Array): Row {
  const { name, operations, flops } = one;
  const median = percentile(times, 50);
  const factor = operations === undefined ? 1 : 1000 / operations;
  return {
    workload,
    name,
    unit: operations === undefined ? "ms" : "µs/op",
    median: median * factor,
    p10: percentile(times, 10) * factor,
    p90: percentile(times, 90) * factor,
    n: times.length,
    gflops: flops === undefined ? null : flops / (median * 1e6),
  };
}
