/** @file Rounding, remainders and signs, element by element. None has a derivative but where it says so. */
import { isFloating } from "../array/dtype.ts";
import { requireTensor } from "../core/bind.ts";
import { fullLike } from "./create.ts";
import type { Tensor } from "../core/tensor.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { equal, less, lessEqual, notEqual } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { arithmetic, floatingArithmetic, type TensorLike } from "../primitives/door.ts";
import { floor } from "../primitives/floor.ts";
import { fmod } from "../primitives/fmod.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { sign } from "../primitives/sign.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { sub } from "../primitives/sub.ts";
import { where } from "../primitives/where.ts";

/**
 * The least integer that is not less than x.
 *
 * - shape and dtype: those of `x`; -0.5 becomes -0, infinities and NaN stay
 *
 * @example
 * ceil(tensor([1.2, -1.7]));   // [2, -1]
 */
export function ceil(x: Tensor): Tensor {
  return isFloating(requireTensor("ceil", x).dtype) ? neg(floor(neg(x))) : x;
}

/**
 * x without its fraction: towards 0.
 *
 * - shape and dtype: those of `x`; the sign of a zero is that of x, infinities and NaN stay
 *
 * @example
 * trunc(tensor([1.7, -1.7]));   // [1, -1]
 */
export function trunc(x: Tensor): Tensor {
  if (!isFloating(requireTensor("trunc", x).dtype)) return x;
  return where(less(x, 0), ceil(x), floor(x));
}

/**
 * The fraction x - trunc(x), with the sign of x.
 *
 * - shape and dtype: those of `x`; NaN for infinities
 * - derivative: 1, at the jumps too
 *
 * @example
 * frac(tensor([1.75, -1.75]));   // [0.75, -0.75]
 */
export function frac(x: Tensor): Tensor {
  return sub(x, trunc(x));
}

export interface RoundOptions {
  /** To how many decimals; negative ones round tens, hundreds, … 0 by default. */
  readonly decimals?: number | undefined;
}

/**
 * The nearest integer, or multiple of 10^-decimals; halves go to the even one.
 *
 * - shape and dtype: those of `x`; the sign of a zero is that of x, infinities and NaN stay
 *
 * @example
 * round(tensor([0.5, 1.5, 2.5]));   // [0, 2, 2]
 */
export function round(x: Tensor, options: RoundOptions = {}): Tensor {
  const { decimals = 0 } = options;
  if (!isFloating(requireTensor("round", x).dtype)) return x;
  if (decimals === 0) return toEven(x);
  const scale = 10 ** Math.abs(decimals);
  return decimals > 0 ? div(toEven(mul(x, scale)), scale) : mul(toEven(div(x, scale)), scale);
}

function toEven(x: Tensor): Tensor {
  const below = floor(x);
  const rest = sub(x, below);
  const isOdd = notEqual(mul(2, floor(div(below, 2))), below);
  const up = where(equal(rest, 0.5), isOdd, less(0.5, rest));
  const rounded = add(below, cast(up, x.dtype));
  // infinities and NaN stay, and so does the sign of a zero; of a tiny negative number the rest is rounded to 1
  return where(lessEqual(rest, 1), copysign(rounded, x), stopGradient(x));
}

/**
 * Whether the sign bit is set: x < 0, or -0. False for NaN.
 *
 * - shape: that of `x`; dtype: bool
 *
 * @example
 * signbit(tensor([-0, 0, -3]));   // [true, false, true]
 */
export function signbit(x: Tensor): Tensor {
  const { dtype } = requireTensor("signbit", x);
  if (!isFloating(dtype)) return less(x, 0);
  return less(where(equal(x, 0), div(1, x), x), 0);
}

/**
 * The size of `a` with the sign of `b`, which may be that of a zero.
 *
 * - shape: broadcast; dtype: promoted, integers to float32
 * - derivative: for a, 1 where the sign stays and -1 where it turns, 0 at a = 0; none for b
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * copysign(tensor([3, -3]), -0);   // [-3, -3]
 */
export function copysign(a: TensorLike, b: TensorLike): Tensor {
  const [x, target] = floatingArithmetic("copysign", a, b);
  const size = abs(x);
  return where(signbit(target), neg(size), size);
}

/** As `sign`, but 0 for NaN. Shape and dtype: those of `x`. */
export function sgn(x: Tensor): Tensor {
  return where(equal(x, x), sign(x), 0);
}

/**
 * The remainder of a / b with the sign of `b`, as Python's `%`.
 *
 * - shape: broadcast; dtype: promoted
 * - derivative: 1 for a, -⌊a / b⌋ for b; none at the jumps
 * - NaN for b = 0, of integers 0
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * remainder(tensor([-7]), 3);   // [2]
 */
export function remainder(a: TensorLike, b: TensorLike): Tensor {
  const rest = fmod(a, b);
  const divisor = typeof b === "object" ? b : fullLike(rest, Number(b));
  const turned = where(less(divisor, 0), less(0, rest), less(rest, 0));
  return where(turned, add(rest, divisor), rest);
}

/**
 * ⌊a / b⌋, without derivative.
 *
 * - shape: broadcast; dtype: promoted. By the integer 0 it is 0, as in NumPy
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * floorDivide(tensor([-7]), 2);   // [-4]
 */
export function floorDivide(a: TensorLike, b: TensorLike): Tensor {
  return throughFloat64("floorDivide", a, b, (x, y) => {
    // the remainder first, so that a quotient which is rounded up to an integer is none
    const quotient = div(sub(x, remainder(x, y)), y);
    return where(lessEqual(abs(quotient), Number.MAX_VALUE), round(quotient), floor(div(x, y)));
  });
}

/** a / b without its fraction, as `floorDivide`. */
export function truncDivide(a: TensorLike, b: TensorLike): Tensor {
  return throughFloat64("divide", a, b, (x, y) => trunc(div(x, y)));
}

/** A whole quotient, without derivative. That of integers is exact: float64 holds all of them. */
function throughFloat64(
  op: string,
  a: TensorLike,
  b: TensorLike,
  quotient: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const [x, y] = arithmetic(op, a, b).map(stopGradient);
  if (isFloating(x.dtype)) return quotient(x, y);
  return cast(quotient(cast(x, "float64"), cast(y, "float64")), x.dtype);
}
