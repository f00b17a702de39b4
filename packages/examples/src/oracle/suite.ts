/**
 * @file What a suite of the oracle runner is, and how its outcome is counted and compared.
 */
import { fileURLToPath } from "node:url";

/** One thing that was checked: a sample, a program, a case, a file or a loss. */
export type Check = (
  | {
      readonly status: "passed";
      /** The largest difference, relative to the largest entry of its tensor. */
      readonly error?: number;
      /** Derivatives up to which order were compared. */
      readonly order?: number;
    }
  | { readonly status: "failed"; readonly id: string; readonly problem: string }
  /** Left out, refused or different on purpose. */
  | { readonly status: "skipped"; readonly id: string; readonly reason: string }
) & {
  /** The operator, program or file that is counted together. */
  readonly group?: string;
};

export interface SuiteContext {
  /** Folder of the fixtures: ORACLE_DIR. */
  readonly oracle: string;
  /** Folder of the MNIST files: MNIST_DIR. */
  readonly mnist: string;
  /** Folder of the recorded runs of experiments: RESULTS_DIR. */
  readonly results: string;
  /** Whether what is compared runs through `compile`. */
  readonly compiled: boolean;
  /** Whether it runs inside of `vmap`, for two members that are alike. */
  readonly mapped: boolean;
  /** The one group or category to check; all by default. */
  readonly only?: string | undefined;
}

/** Yields its checks one by one. @throws ValueError if a folder or file it needs is missing. */
export type Suite = (context: SuiteContext) => Iterable<Check>;

const SHARED = new URL("../../../../../shared/", import.meta.url);

const RESULTS = new URL("../../../../docs/results/", import.meta.url);

/** The folders of the fixtures: those of the environment, or the ones beside the project. */
export function contextFromEnvironment(
  environment: NodeJS.ProcessEnv,
): Omit<SuiteContext, "compiled" | "mapped" | "only"> {
  return {
    oracle: environment["ORACLE_DIR"] ?? fileURLToPath(new URL("oracle", SHARED)),
    mnist: environment["MNIST_DIR"] ?? fileURLToPath(new URL("data/mnist", SHARED)),
    results: environment["RESULTS_DIR"] ?? fileURLToPath(RESULTS),
  };
}

/** Compares two lists of numbers; null if all are within `tolerance` of the expected ones, else the worst. */
export function worstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): string | null {
  let worst = -1;
  let error = tolerance;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (Object.is(actual[i], expected[i]) || difference <= error) continue;
    // NaN compares false with everything, so a NaN on one side alone gets here too
    worst = i;
    error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  if (worst < 0) return null;
  return `at [${worst}]: ${actual[worst]}, expected ${expected[worst]}, tolerance ${tolerance}`;
}
