/** @file Small combinations of arithmetic, bounds and replacements, element by element. */
import { isFloating } from "../array/dtype.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { equal, less, lessEqual, notEqual } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { floatingArithmetic, meet, type TensorLike } from "../primitives/door.ts";
import { floor } from "../primitives/floor.ts";
import { mul } from "../primitives/mul.ts";
import { pow } from "../primitives/pow.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { sub } from "../primitives/sub.ts";
import { where } from "../primitives/where.ts";
import { floorDivide, truncDivide } from "./rounding.ts";

/**
 * 1 / x.
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 * - derivative: -y²; at ±0 y is ±Infinity and the derivative -Infinity
 *
 * @example
 * reciprocal(tensor([2, 4]));   // [0.5, 0.25]
 */
export function reciprocal(x: Tensor): Tensor {
  return div(1, x);
}

/**
 * 1 / √x.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: -y³ / 2; Infinity at 0, where the derivative is -Infinity; NaN below
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * rsqrt(tensor([4]));   // [0.5]
 */
export function rsqrt(x: Tensor): Tensor {
  return div(1, sqrt(x));
}

/** x itself, whatever its shape and dtype; its derivative is 1. */
export function positive(x: Tensor): Tensor {
  return requireTensor("positive", x);
}

/**
 * b - α a: subtraction with its operands exchanged.
 *
 * - shape: broadcast; dtype: promoted
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * rsub(tensor([1, 2]), 10, { alpha: 3 });   // [7, 4]
 */
export function rsub(a: Tensor, b: TensorLike, options: { readonly alpha?: number } = {}): Tensor {
  const { alpha = 1 } = options;
  return sub(b, alpha === 1 ? a : mul(a, alpha));
}

/**
 * start + weight · (end - start), from the nearer end, so that a weight of 1 gives exactly `end`.
 *
 * - shape: all three broadcast; dtype: promoted
 * - derivative: 1 - weight, weight, and end - start for the weight
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * lerp(tensor([0, 10]), tensor([4, 20]), 0.25);   // [1, 12.5]
 */
export function lerp(start: Tensor, end: Tensor, weight: TensorLike): Tensor {
  const way = sub(end, start);
  const forth = add(start, mul(weight, way));
  const back = sub(end, mul(way, sub(1, weight)));
  if (typeof weight !== "object") return Number(weight) < 0.5 ? forth : back;
  return where(less(weight, 0.5), forth, back);
}

export interface ScaledOptions {
  /** What the product or quotient is multiplied by; 1 by default. */
  readonly value?: number | undefined;
}

/**
 * x + value · a · b.
 *
 * - shape: broadcast; dtype: promoted
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * addcmul(tensor([1]), tensor([2]), tensor([3]), { value: 0.5 });   // [4]
 */
export function addcmul(x: Tensor, a: Tensor, b: Tensor, options: ScaledOptions = {}): Tensor {
  return add(x, mul(mul(a, b), options.value ?? 1));
}

/**
 * x + value · a / b.
 *
 * - shape: broadcast; dtype: promoted, integers to float32; where b is 0 as `div`
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * addcdiv(tensor([1]), tensor([3]), tensor([2]), { value: 2 });   // [4]
 */
export function addcdiv(x: Tensor, a: Tensor, b: Tensor, options: ScaledOptions = {}): Tensor {
  return add(x, mul(div(a, b), options.value ?? 1));
}

/**
 * x · 2ᵉ, in two steps, since 2ᵉ may overflow where the product does not.
 *
 * - shape: broadcast; dtype: promoted, integers to float32
 * - derivative: 2ᵉ for x, y log 2 for the exponent
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * ldexp(tensor([0.75]), 4);   // [12]
 */
export function ldexp(x: TensorLike, exponent: TensorLike): Tensor {
  const [mantissa, whole] = floatingArithmetic("ldexp", x, exponent);
  const half = floor(mul(0.5, whole));
  return mul(mul(mantissa, pow(2, half)), pow(2, sub(whole, half)));
}

/**
 * `base` to the power of `exponent`, in float64.
 *
 * - shape: broadcast; derivative and singular points: as `pow`
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * floatPower(2, 3);   // 8
 */
export function floatPower(base: TensorLike, exponent: TensorLike): Tensor {
  return pow(...meet("floatPower", base, exponent, "float64"));
}

/** Bounds; one of them may be left out. */
export interface ClampOptions {
  readonly min?: TensorLike | undefined;
  readonly max?: TensorLike | undefined;
}

/**
 * x brought between `min` and `max`; where these exclude each other, `max` wins.
 *
 * - shape: broadcast; dtype: promoted; NaN stays
 * - derivative: 1 for x inside and on the bounds, else for the bound that took its place
 *
 * @throws ValueError if neither bound is given; ShapeError if the shapes do not broadcast.
 * @example
 * clamp(tensor([-2, 5]), { min: 0, max: 1 });   // [0, 1]
 */
export function clamp(x: Tensor, options: ClampOptions): Tensor {
  const { min, max } = options;
  if (min === undefined && max === undefined) {
    throw new ValueError("clamp", {}, () => {
      return "neither `min` nor `max` was given. Give at least one of them.";
    });
  }
  if (min !== undefined && max !== undefined) {
    // an element inside is x itself, and only then
    const raised = where(less(x, min), min, x);
    return where(less(max, raised), max, raised);
  }
  return min === undefined ? clampMax(x, max ?? x) : clampMin(x, min);
}

/** x, or `min` where that is larger or NaN. Shape, dtype, derivative and errors: as `clamp`. */
export function clampMin(x: Tensor, min: TensorLike): Tensor {
  return where(unordered(x, min, less(x, min)), min, x);
}

/** x, or `max` where that is smaller or NaN. Shape, dtype, derivative and errors: as `clamp`. */
export function clampMax(x: Tensor, max: TensorLike): Tensor {
  return where(unordered(x, max, less(max, x)), max, x);
}

/** `mask`, and where the bound is NaN. */
function unordered(x: Tensor, bound: TensorLike, mask: Tensor): Tensor {
  if (typeof bound !== "object" || !isFloating(bound.dtype)) return mask;
  return where(equal(x, x), where(notEqual(bound, bound), true, mask), false);
}

export interface NanToNumOptions {
  /** 0 by default. */
  readonly nan?: number | undefined;
  /** For +∞; the largest number of the dtype by default. */
  readonly posinf?: number | undefined;
  /** For -∞; the least number of the dtype by default. */
  readonly neginf?: number | undefined;
}

/**
 * x with NaN and infinities replaced.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1, and 0 where a number was replaced
 *
 * @example
 * nanToNum(tensor([1, NaN, Infinity]), { posinf: 9 });   // [1, 0, 9]
 */
export function nanToNum(x: Tensor, options: NanToNumOptions = {}): Tensor {
  const largest = x.dtype === "float32" ? LARGEST_FLOAT32 : Number.MAX_VALUE;
  const { nan = 0, posinf = largest, neginf = -largest } = options;
  const low = where(equal(x, Number.NEGATIVE_INFINITY), neginf, x);
  const both = where(equal(low, Number.POSITIVE_INFINITY), posinf, low);
  return where(equal(x, x), both, nan);
}

/** The largest finite float32. */
export const LARGEST_FLOAT32: number = (2 - 2 ** -23) * 2 ** 127;

/**
 * The larger operand; a NaN is passed over where the other is a number.
 *
 * - shape: broadcast; dtype: promoted
 * - derivative: for the operand that was taken; at a tie for `a`
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * fmax(tensor([1, NaN]), tensor([2, 3]));   // [2, 3]
 */
export function fmax(a: Tensor, b: Tensor): Tensor {
  return where(taken(b, lessEqual(b, a)), a, b);
}

/** The smaller operand; a NaN is passed over. Shape, dtype, derivative and errors: as `fmax`. */
export function fmin(a: Tensor, b: Tensor): Tensor {
  return where(taken(b, lessEqual(a, b)), a, b);
}

/** Where `a` is the one, or `b` is no number. */
function taken(b: Tensor, mask: Tensor): Tensor {
  return where(notEqual(b, b), true, mask);
}

export interface DivideOptions {
  /** "floor" and "trunc" have no derivative. None by default. */
  readonly roundingMode?: "floor" | "trunc" | undefined;
}

/**
 * a / b, rounded down or towards 0 if asked to.
 *
 * - shape: broadcast; dtype: promoted, integers to float32, but rounded quotients of integers stay integers
 * - derivative: that of `div`; none where it is rounded
 *
 * @throws ValueError if the mode is not known; ShapeError if the shapes do not broadcast.
 * @example
 * divide(tensor([-7]), 2, { roundingMode: "trunc" });   // [-3]
 */
export function divide(a: TensorLike, b: TensorLike, options: DivideOptions = {}): Tensor {
  const { roundingMode } = options;
  switch (roundingMode) {
    case undefined:
      return div(a, b);
    case "floor":
      return floorDivide(a, b);
    case "trunc":
      return truncDivide(a, b);
    default:
      throw new ValueError("divide", { roundingMode }, (d) => {
        return `the rounding mode ${JSON.stringify(d.roundingMode)} is not known. Use floor or trunc, or leave it out.`;
      });
  }
}
