/**
 * @file How far two numbers that should be equal may lie apart, by dtype: the only place for such figures.
 *
 * All are relative to the largest number they are applied to: of a gradient its largest entry, of a sum
 * the sum of magnitudes. A tolerance is raised here, with a sentence that says why, or not at all.
 */
import type { DType } from "../array/dtype.ts";

/** How far numbers of one dtype may lie apart, relative to the largest number that is compared. */
export interface Tolerances {
  /** A computed value against an independent evaluation of the same expression. */
  readonly value: number;
  /** A derivative against numerical differences; below float64, against the same derivative in float64. */
  readonly gradient: number;
  /** Two computations of the same derivative: forward against reverse, a map against its transpose. */
  readonly agreement: number;
  /** Numbers below this may be denormal, or products that underflow: no relative tolerance holds for them. */
  readonly underflow: number;
}

/**
 * The tolerances of every dtype.
 *
 * - float64 value, 1e-14: a handful of operations in another order, each rounding by 1.1e-16
 * - float64 gradient, 1e-8: extrapolated differences reach 1e-10 where the function is smooth and its
 *   value is not much larger than its change; two digits are left for points that are less well scaled
 * - float64 agreement, 1e-12: no step is involved, only rounding, over chains of some thousand operations
 * - float32 value, 1e-6: as in float64, with a rounding of 6e-8
 * - float32 gradient, 1e-5: a rule is a few operations, whose rounding the cotangent and the condition of
 *   the domain multiply by up to a hundred
 * - float32 agreement, 1e-5: as its gradient, since both sides are computed by such rules
 * - underflow: some powers of ten above the smallest normal number, 2e-308 and 1e-38
 * - int32 and bool, 0: they are exact and have no derivative
 *
 * @example
 * tolerances.float64.gradient;   // 1e-8
 */
export const tolerances: Readonly<Record<DType, Tolerances>> = {
  float64: { value: 1e-14, gradient: 1e-8, agreement: 1e-12, underflow: 1e-290 },
  float32: { value: 1e-6, gradient: 1e-5, agreement: 1e-5, underflow: 1e-35 },
  int32: { value: 0, gradient: 0, agreement: 0, underflow: 0 },
  bool: { value: 0, gradient: 0, agreement: 0, underflow: 0 },
};
