/** @file How near a case's tensors must be to PyTorch's, and the worst of many comparisons. */
import type { Tensor } from "@tapegrad/autograd";
import { compareTensor, type Outcome } from "../compare.ts";
import { numbersOf, type StoredTensor } from "../fixtures.ts";
import type { Check } from "../suite.ts";

/** Both relative to the largest entry of the tensor. */
export const TOLERANCE = { float64: 1e-9, float32: 1e-4 } as const;

type Tolerances = Readonly<Record<keyof typeof TOLERANCE, number>>;

/** Collects comparisons of one case: the first problem, the largest error. */
export class Comparison {
  readonly #tolerance: Tolerances;
  #problem: string | null = null;
  #error = 0;

  constructor(tolerance: Tolerances = TOLERANCE) {
    this.#tolerance = tolerance;
  }

  /** @param expected null stands for zeros. */
  compare(what: string, found: Tensor | undefined, expected: StoredTensor | null): void {
    if (found === undefined) this.note({ problem: `${what} is missing`, error: Infinity });
    else {
      const { problem, error } = compareTensor(found, expected, ruleFor(expected, this.#tolerance));
      this.note({ problem: problem === null ? null : `${what} ${problem}`, error });
    }
  }

  /** Plain numbers, relative to the expected one or to 1 if that is larger. */
  compareNumber(what: string, found: number, expected: number): void {
    const error = Math.abs(found - expected) / Math.max(1, Math.abs(expected));
    const near = found === expected || error <= TOLERANCE.float64;
    this.note({ problem: near ? null : `${what} is ${found}, expected ${expected}`, error });
  }

  note({ problem, error }: Outcome): void {
    this.#problem ??= problem;
    if (problem === null) this.#error = Math.max(this.#error, error);
  }

  /** The outcome as a check. */
  check(id: string, order: number): Check {
    if (this.#problem !== null) return { status: "failed", id, problem: this.#problem };
    return { status: "passed", error: this.#error, order };
  }
}

/** The check of one case by `compare`; an error that is thrown is a failure. */
export function checkOf(id: string, compare: (comparison: Comparison) => void): Check {
  const comparison = new Comparison();
  try {
    compare(comparison);
  } catch (thrown) {
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return { status: "failed", id, problem: text.split("\n")[0] };
  }
  return comparison.check(id, 0);
}

function ruleFor(
  expected: StoredTensor | null,
  tolerance: Tolerances,
): Parameters<typeof compareTensor>[2] {
  const largest = expected === null ? 0 : Math.max(0, ...numbersOf(expected).map(Math.abs));
  return {
    float64: tolerance.float64,
    float32: { absolute: tolerance.float32 * largest, relative: 0 },
  };
}
