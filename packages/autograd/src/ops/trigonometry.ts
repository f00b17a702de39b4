/** @file tan, angles in degrees, sinc and hypot: composites of sines and roots. */
import type { Tensor } from "../core/tensor.ts";
import { abs } from "../primitives/abs.ts";
import { add } from "../primitives/add.ts";
import { equal, less, notEqual } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { floatingArithmetic, type TensorLike } from "../primitives/door.ts";
import { maximum } from "../primitives/maximum.ts";
import { mul } from "../primitives/mul.ts";
import { sin, cos } from "../primitives/sin-cos.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { sub } from "../primitives/sub.ts";
import { where } from "../primitives/where.ts";
import { isFinite } from "./activations.ts";

/**
 * sin x / cos x.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: 1 + y²; no float64 is a pole
 *
 * @throws DTypeError for int32 and bool.
 * @example
 * tan(tensor([Math.PI / 4]));   // [1]
 */
export function tan(x: Tensor): Tensor {
  return div(sin(x), cos(x));
}

/** An angle in degrees, in radians. Shape: that of `x`; dtype: that of `x`, integers to float32. */
export function deg2rad(x: Tensor): Tensor {
  return mul(x, Math.PI / 180);
}

/** An angle in radians, in degrees. Shape and dtype: as `deg2rad`. */
export function rad2deg(x: Tensor): Tensor {
  return mul(x, 180 / Math.PI);
}

/**
 * sin(πx) / (πx), and 1 at 0, with derivatives of every order there.
 *
 * - shape: that of `x`; dtype: that of `x`, integers to float32
 *
 * @example
 * sinc(tensor([0, 0.5]));   // [1, 0.63662]
 */
export function sinc(x: Tensor): Tensor {
  const z = mul(x, Math.PI);
  // near 0 the derivatives of the quotient would cancel to nothing
  const isNear = less(abs(z), 0.5);
  const near = where(isNear, z, 0);
  const far = where(isNear, 1, z);
  return where(isNear, series(mul(near, near)), div(sin(far), far));
}

/** Σ (-w)ᵏ / (2k + 1)!: sin(√w) / √w, to the last place for w ≤ ¼. */
function series(w: Tensor): Tensor {
  let sum: TensorLike = 1;
  for (let k = 8; k >= 1; k--) sum = sub(1, mul(div(w, 2 * k * (2 * k + 1)), sum));
  return sum as Tensor;
}

/**
 * √(a² + b²), without overflow or underflow. Infinity beside NaN too, as in IEEE 754.
 *
 * - shape: broadcast; dtype: promoted, integers to float32
 * - derivative: a / y and b / y; NaN at the origin
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example
 * hypot(tensor([3e20]), 4e20);   // [5e20]
 */
export function hypot(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = floatingArithmetic("hypot", a, b);
  const [width, height] = [abs(left), abs(right)];
  const largest = stopGradient(maximum(width, height));
  const isScalable = where(isFinite(largest), notEqual(largest, 0), false);
  const scale = where(isScalable, largest, 1);
  const [x, y] = [div(left, scale), div(right, scale)];
  const length = mul(scale, sqrt(add(mul(x, x), mul(y, y))));
  // NaN beside them takes no part
  const isEndless = (size: Tensor): Tensor => equal(size, Number.POSITIVE_INFINITY);
  return where(isEndless(width), width, where(isEndless(height), height, length));
}
