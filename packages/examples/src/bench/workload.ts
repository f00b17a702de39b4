/**
 * @file What a benchmark is: named workloads, each a list of cases that are checked once and then timed.
 *
 * A case knows how to run and how to tell that what it computes is right; it does not know the clock. What
 * other systems need to run the same problem is data: its numbers, and what must come out.
 */

/** W1 to W8 as in docs/performance.md. */
export type WorkloadName = "W1" | "W2" | "W3" | "W4" | "W5" | "W6" | "W7" | "W8";

/** "tiny" is for tests: the same code on sizes that take no time. */
export type Size = "full" | "tiny";

/** One row of the table. */
export interface Case {
  /** What is computed: the same text for every system that computes it. */
  readonly problem: string;
  /** How: eager, compiled, with results copied out and so on. */
  readonly variant: string;
  /** Whether it runs compiled, so that it may use several threads. */
  readonly compiled?: boolean;
  /** How many operations a call performs, where the row says what one of them costs; else one call is meant. */
  readonly operations?: number;
  /** Multiplications and additions of one call, where a rate means something. */
  readonly flops?: number;
  /** Makes its data. */
  prepare(): Prepared;
}

export interface Prepared {
  /** What is timed. */
  run(): unknown;
  /** Runs once. @throws CheckError if the result is not what an independent computation gives. */
  check(): void;
}

export interface Settings {
  /** Threads of compiled functions. */
  readonly threads: number;
}

export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  /** New cases with data of their own. */
  cases(size: Size, settings: Settings): readonly Case[];
  /** The problems for other systems. */
  problems(size: Size): readonly Problem[];
}

/** Numbers in row-major order. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** One problem, for a system that is no part of this library. */
export interface Problem {
  /** As in the cases. */
  readonly name: string;
  readonly parameters?: Readonly<Record<string, number | string | boolean>>;
  readonly inputs: Readonly<Record<string, Numbers>>;
  /** What must come out, to 1e-3 of the largest number of each. */
  readonly expected: Readonly<Record<string, Numbers>>;
}
