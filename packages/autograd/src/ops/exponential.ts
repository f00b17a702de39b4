/** @file exp2, logit, and logarithms of sums and in products, element by element. */
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { equal, less, lessEqual } from "../primitives/compare.ts";
import { floatingArithmetic, requireFloating, type TensorLike } from "../primitives/door.ts";
import { exp } from "../primitives/exp.ts";
import { log } from "../primitives/log.ts";
import { log1p } from "../primitives/log1p.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { pow } from "../primitives/pow.ts";
import { sub } from "../primitives/sub.ts";
import { where } from "../primitives/where.ts";

/**
 * 2ˣ.
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 * - derivative: y log 2
 *
 * @example
 * exp2(tensor([3, -1]));   // [8, 0.5]
 */
export function exp2(x: Tensor): Tensor {
  return pow(2, requireTensor("exp2", x));
}

export interface LogitOptions {
  /** Brings x between ε and 1 - ε first; not by default. */
  readonly epsilon?: number | undefined;
}

/**
 * log(x / (1 - x)), the inverse of the sigmoid.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: 1 / (x (1 - x)); under ε it is 0 where x was brought inside
 * - ±Infinity at 1 and 0; beyond it is NaN, and the derivative what its formula gives
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * logit(tensor([0.5, 0.75]));   // [0, 1.09861]
 */
export function logit(x: Tensor, options: LogitOptions = {}): Tensor {
  const { epsilon } = options;
  requireFloating("logit", requireTensor("logit", x).dtype);
  const odds = (p: Tensor): Tensor => sub(log(p), log1p(neg(p)));
  if (epsilon === undefined) return odds(x);
  const low = where(less(x, epsilon), epsilon, x);
  return odds(where(less(1 - epsilon, low), 1 - epsilon, low));
}

/**
 * log(exp a + exp b), without overflow and with the digits of small results. At -∞ one operand takes no part.
 *
 * - shape: broadcast; dtype: promoted, integers to float32
 * - derivative: the share of each operand in the sum; where both are the same infinity that of a alone
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * logAddExp(tensor([1000]), 1000);   // [1000.69]
 */
export function logAddExp(a: TensorLike, b: TensorLike): Tensor {
  const [high, low] = inOrder("logAddExp", a, b);
  return add(high, log1p(exp(gap(high, low))));
}

/** log₂(2ᵃ + 2ᵇ). Shape, dtype, derivative and errors: as `logAddExp`. */
export function logAddExp2(a: TensorLike, b: TensorLike): Tensor {
  const [high, low] = inOrder("logAddExp2", a, b);
  return add(high, mul(log1p(exp2(gap(high, low))), Math.LOG2E));
}

/** The larger operand and the other. Their sum does not depend on the order, so each choice may be differentiated. */
function inOrder(op: string, a: TensorLike, b: TensorLike): [high: Tensor, low: Tensor] {
  const [x, y] = floatingArithmetic(op, a, b);
  const isLess = less(x, y);
  return [where(isLess, y, x), where(isLess, x, y)];
}

/** low - high, and 0 for equal infinities, which have no difference. */
function gap(high: Tensor, low: Tensor): Tensor {
  const isEndless = where(equal(high, low), equal(abs(high), Number.POSITIVE_INFINITY), false);
  return where(isEndless, 0, sub(low, high));
}

/**
 * x log y, and 0 where x is 0, whatever y is unless NaN.
 *
 * - shape: broadcast; dtype: promoted
 * - derivative: log y for x, x / y for y; both 0 where x is 0 and the logarithm infinite or not real
 *
 * @throws ShapeError if the shapes do not broadcast; DTypeError if `y` has an integer or boolean dtype.
 * @example
 * xlogy(tensor([0, 2]), tensor([0, 1]));   // [0, 0]
 */
export function xlogy(x: Tensor, y: Tensor): Tensor {
  return mul(x, log(harmless(x, y, 0)));
}

/** x log(1 + y), accurate for small y. Where x is 0, shape, dtype and errors: as `xlogy`. */
export function xlog1py(x: Tensor, y: Tensor): Tensor {
  return mul(x, log1p(harmless(x, y, -1)));
}

/** y, or 1 where x is 0 and the logarithm has no finite value. */
function harmless(x: Tensor, y: Tensor, pole: number): Tensor {
  const isInfinite = where(lessEqual(y, pole), true, equal(y, Number.POSITIVE_INFINITY));
  return where(where(equal(x, 0), isInfinite, false), 1, y);
}
