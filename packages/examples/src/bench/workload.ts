/**
 * @file What a benchmark is: named workloads, each a list of cases that are checked once and then timed.
 *
 * A case knows how to run and how to tell that what it computes is right; it does not know the clock.
 */

/** W1 to W7 as in docs/benchmarks.md. */
export type WorkloadName = "W1" | "W2" | "W3" | "W4" | "W5" | "W7";

/** "tiny" is for tests: the same code on sizes that take no time. */
export type Size = "full" | "tiny";

/** One row of the table. */
export interface Case {
  readonly name: string;
  /** How many operations a call performs, where the row says what one of them costs; else one call is meant. */
  readonly operations?: number;
  /** Multiplications and additions of one call, where a rate means something. */
  readonly flops?: number;
  /** What is timed. */
  run(): unknown;
  /** Runs once. @throws CheckError if the result is not what an independent computation gives. */
  check(): void;
}

export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  /** New cases with data of their own. */
  cases(size: Size): readonly Case[];
}
