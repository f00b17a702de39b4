/**
 * @file How far a tensor is from a stored one, and whether that is near enough.
 *
 * float64 is held to 1e-9 of the tensor's largest entry (more where the fixture says that the sample is
 * ill-conditioned), float32 to what PyTorch's own tests allow. NaN and infinities must agree exactly.
 */
import type { Tensor } from "@tapegrad/autograd";
import { dtypeOf, numbersOf, type StoredTensor } from "./fixtures.ts";

/** |found - expected| ≤ absolute + relative · |expected|, entry by entry. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export interface Rule {
  /** Of the largest entry, for float64. */
  readonly float64: number;
  readonly float32: Tolerance;
  /** Entries that are not specified. */
  readonly isFree?: (at: number) => boolean;
}

export interface Outcome {
  /** null where it is near enough. */
  readonly problem: string | null;
  /** The largest difference, relative to the largest entry. */
  readonly error: number;
}

/**
 * A sum that cancels to 0 has no largest entry to be relative to: this stands for it, so that 1e-9 of it is 1e-11.
 * PyTorch's own second derivatives of logcumsumexp are 6e-12 where 0 is right.
 */
const SMALLEST_SCALE = 1e-2;

/** Compares with a stored tensor, dtype and shape included; null stands for zeros. */
export function compareTensor(found: Tensor, stored: StoredTensor | null, rule: Rule): Outcome {
  const values = found.toTypedArray();
  if (stored === null) return compareNumbers(values, new Float64Array(values.length), found, rule);
  const dtype = dtypeOf(stored.tensor);
  const [is, must] = [describe(found), `${dtype}[${stored.shape.join(",")}]`];
  if (is !== must) return { problem: `${is} instead of ${must}`, error: Number.POSITIVE_INFINITY };
  return compareNumbers(values, numbersOf(stored), found, rule);
}

function describe({ dtype, shape }: Tensor): string {
  return `${dtype}[${shape.join(",")}]`;
}

function compareNumbers(
  found: ArrayLike<number>,
  expected: Float64Array,
  { dtype }: Tensor,
  rule: Rule,
): Outcome {
  const scale = Math.max(
    SMALLEST_SCALE,
    ...Array.from(expected, Math.abs).filter((x) => Number.isFinite(x)),
  );
  const allowed = (x: number): number => {
    if (dtype === "float64") return rule.float64 * scale;
    return dtype === "float32" ? rule.float32.absolute + rule.float32.relative * Math.abs(x) : 0;
  };
  let worst = -1;
  let error = 0;
  let excess = 0;
  for (let i = 0; i < expected.length; i++) {
    if (found[i] === expected[i] || Object.is(found[i], expected[i]) || rule.isFree?.(i)) continue;
    const gap = Math.abs(found[i] - expected[i]);
    const difference = Number.isFinite(gap) ? gap : Number.POSITIVE_INFINITY;
    error = Math.max(error, difference / scale);
    const over = difference - allowed(expected[i]);
    if (over <= excess) continue;
    worst = i;
    excess = over;
  }
  if (worst < 0) return { problem: null, error };
  const limit = allowed(expected[worst]).toExponential(1);
  const problem = `at [${worst}]: ${found[worst]}, expected ${expected[worst]}, tolerance ${limit}`;
  return { problem, error };
}
