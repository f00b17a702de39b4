import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, type Tensor } from "../../src/index.ts";
import { type ProgramKind, programOf, type RandomProgram, words } from "./random-programs.ts";

interface Difference {
  readonly output: number;
  readonly position: number;
  readonly eager: number;
  readonly compiled: number;
}

/** The largest finite number among the values, at least 1. */
function scaleOf(values: readonly Tensor[]): number {
  let largest = 1;
  for (const value of values) {
    for (const x of value.toTypedArray()) {
      if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
    }
  }
  return largest;
}

/** The largest sum of magnitudes of one of the values: a sum of its elements may cancel, and rounds like that. */
function sumScaleOf(values: readonly Tensor[]): number {
  const sums = values.map((value) => {
    let sum = 0;
    for (const x of value.toTypedArray()) if (Number.isFinite(x)) sum += Math.abs(x);
    return sum;
  });
  return Math.max(0, ...sums);
}

function differences(
  eager: readonly Tensor[],
  compiled: readonly Tensor[],
  close: (eager: number, compiled: number) => boolean,
): readonly Difference[] {
  return eager.flatMap((value, output) => {
    const [a, b] = [value.toTypedArray(), compiled[output].toTypedArray()];
    const position = a.findIndex((x, i) => !close(x, b[i]));
    return position < 0 ? [] : [{ output, position, eager: a[position], compiled: b[position] }];
  });
}

/** Runs the program both ways, the compiled one twice; null where it has numbers that are not exact. */
function compare(
  program: RandomProgram,
  { numbers }: ProgramKind,
  options: { readonly reassociate: boolean; readonly relaxed: boolean },
): readonly Difference[] {
  const eager = program.run(...program.inputs);
  const compiled = compile((...inputs: readonly Tensor[]) => program.run(...inputs), options);
  const first = compiled(...program.inputs);
  const again = compiled(...program.inputs);
  expect(differences(first, again, Object.is)).toEqual([]);
  const scale = scaleOf(eager);
  if (numbers !== "smooth") {
    // beyond 2²⁴ float32 rounds
    if (scale >= 2 ** 24) return [];
    const close = (a: number, b: number): boolean =>
      Object.is(a, b) || (!program.isExact && Math.abs(a - b) <= 1e-6 * scale);
    return differences(eager, first, close);
  }
  const within = (tolerance: number) => (a: number, b: number) =>
    Math.abs(a - b) <= tolerance || Object.is(a, b);
  const [each, total] = [1e-4 * scale, Math.max(1e-4 * scale, 1e-6 * sumScaleOf(eager))];
  return eager.flatMap((value, output) => {
    // a single number may be the sum of all
    const close = within(value.size === 1 ? total : each);
    const found = differences([value], [first[output]], close);
    return found.map((difference) => ({ ...difference, output }));
  });
}

// A program that is right by design prints nothing; one that differs prints its steps, which is where to begin.
describe("a random program computes the same eagerly and compiled", () => {
  test.each([
    { numbers: "exact", options: { reassociate: false, relaxed: false } },
    { numbers: "exact", options: { reassociate: true, relaxed: true } },
    { numbers: "special", options: { reassociate: false, relaxed: true } },
    { numbers: "smooth", options: { reassociate: true, relaxed: true } },
  ] as const)("$numbers numbers, $options", ({ numbers, options }) => {
    fc.assert(
      fc.property(words, (list) => {
        const program = programOf(list, { numbers });
        const found = compare(program, { numbers }, options);
        expect({ found, steps: found.length === 0 ? "" : program.text() }).toEqual({
          found: [],
          steps: "",
        });
      }),
      { numRuns: 125 },
    );
  });
});
