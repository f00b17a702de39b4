/**
 * @file The namespace `special`: functions of mathematical physics and statistics, under PyTorch's and SciPy's
 * names, whether they live here or elsewhere.
 */
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { add } from "../primitives/add.ts";
import { equal, less } from "../primitives/compare.ts";
import { requireFloating } from "../primitives/door.ts";
import { erfc } from "../primitives/erfc.ts";
import { erfcx } from "../primitives/erfcx.ts";
import { log } from "../primitives/log.ts";
import { log1p } from "../primitives/log1p.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { sub } from "../primitives/sub.ts";
import { where } from "../primitives/where.ts";
import { square } from "./activations.ts";

export { softmax, logSoftmax, logSumExp as logsumexp } from "./activations.ts";
export { exp2, logit, xlog1py, xlogy } from "./exponential.ts";
export { round } from "./rounding.ts";
export { sinc } from "./trigonometry.ts";
export { i0, i0e, i1, i1e } from "../primitives/bessel.ts";
export { erf } from "../primitives/erf.ts";
export { erfinv } from "../primitives/erfinv.ts";
export { expm1 } from "../primitives/expm1.ts";
export { lgamma as gammaln } from "../primitives/lgamma.ts";
export { digamma, polygamma } from "../primitives/polygamma.ts";
export { sigmoid as expit } from "../primitives/sigmoid.ts";
export { erfc, erfcx, log1p };

/**
 * The entropy -x log x.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: -log x - 1
 * - at 0 it is 0 with derivative Infinity, at Infinity both are -Infinity
 * - below 0 it is -Infinity, and the derivative NaN
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * special.entr(tensor([0.5]));   // [0.346574]
 */
export function entr(x: Tensor): Tensor {
  const [isZero, isEndless] = [equal(x, 0), equal(x, Number.POSITIVE_INFINITY)];
  const inner = where(isZero, 1, where(isEndless, 1, x));
  // a root has the value and the derivative at 0, whose sign is taken off, and a square those at infinity
  const atZero = sqrt(where(isZero, add(x, 0), 1));
  const atInfinity = neg(square(where(isEndless, x, 0)));
  const value = where(isZero, atZero, where(isEndless, atInfinity, mul(neg(inner), log(inner))));
  return where(less(x, 0), Number.NEGATIVE_INFINITY, value);
}

/**
 * The standard normal distribution function Φ(x) = erfc(-x / √2) / 2, with the digits of small results.
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 * - derivative: exp(-x² / 2) / √(2π)
 *
 * @example
 * special.ndtr(tensor([0]));   // [0.5]
 */
export function ndtr(x: Tensor): Tensor {
  return mul(0.5, erfc(mul(x, -Math.SQRT1_2)));
}

/**
 * log Φ(x), accurate where Φ underflows.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: exp(-x² / 2) / (√(2π) Φ(x))
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * special.logNdtr(tensor([0]));   // [-0.693147]
 */
export function logNdtr(x: Tensor): Tensor {
  requireFloating("logNdtr", requireTensor("logNdtr", x).dtype);
  const isLow = less(x, -1);
  const low = where(isLow, x, -1);
  const tail = sub(log(mul(0.5, erfcx(mul(low, -Math.SQRT1_2)))), mul(0.5, mul(low, low)));
  const high = where(isLow, 0, x);
  return where(isLow, tail, log1p(mul(-0.5, erfc(mul(high, Math.SQRT1_2)))));
}
