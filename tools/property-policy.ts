/**
 * @file The seed and the number of runs of every property-based test, decided once per test run.
 *
 * `npm test` is a gate and repeats itself: its seed is fixed, so that a change that turns it red is the
 * change under test. The nightly run looks for new cases, with a fresh seed and NIGHTLY_FACTOR times the
 * runs. Either seed is printed at the start and at the end; TAPEGRAD_SEED=<integer> sets another one, and
 * TAPEGRAD_RUNS_FACTOR=<integer> another number of runs. This module knows neither vitest nor fast-check.
 */

/** What every worker has to know about properties; handed over with vitest's `provide`. */
export interface PropertyPolicy {
  /** The seed base: each test derives its own seed from it and from its name. */
  readonly seed: number;
  readonly runsFactor: number;
}

const NIGHTLY_FACTOR = 100;
/** Of a compiled run: a new shape is a new program, which costs a hundred times what it computes. */
const COMPILED_FACTOR = 0.05;
const FIXED_SEED = 2015;

/** Reads the policy of this run from vitest's mode and the environment. */
export function propertyPolicy(
  mode: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): PropertyPolicy {
  const fresh = mode === "nightly" ? Math.floor(Math.random() * 2 ** 31) : FIXED_SEED;
  return {
    seed: integer(environment, "TAPEGRAD_SEED", fresh, -(2 ** 31)),
    runsFactor: integer(
      environment,
      "TAPEGRAD_RUNS_FACTOR",
      mode === "nightly" ? NIGHTLY_FACTOR : mode === "compiled" ? COMPILED_FACTOR : 1,
      1,
    ),
  };
}

/**
 * The seed of one test: FNV-1a of the seed base and the full name of the test, as a 32-bit integer.
 *
 * With one seed for all, every property over the same arbitrary would meet the same cases; derived from
 * the name, a test keeps its seed when it runs alone (`vitest run -t …`), in any order, on any worker.
 */
export function seedOfTest(base: number, testName: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${base}/${testName}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash | 0;
}

function integer(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  otherwise: number,
  min: number,
): number {
  const text = environment[name];
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value >= 2 ** 31) {
    throw new Error(
      `${name}: expected an integer from ${min} to ${2 ** 31 - 1} but got "${text}". Unset it for the default.`,
    );
  }
  return value;
}
