/** @file argMax and argMin: where the largest and the smallest element are. */
import { isFloating } from "../array/dtype.ts";
import { keptShape, normalizeAxes } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { cast } from "../primitives/cast.ts";
import { equal } from "../primitives/compare.ts";
import { max, requireElements } from "../primitives/max.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { reshape } from "../primitives/reshape.ts";
import { sub } from "../primitives/sub.ts";
import { where } from "../primitives/where.ts";
import { type AxisOptions, isNaN } from "./activations.ts";
import { arange } from "./create.ts";

/**
 * The index of the largest element along `axis` (the last by default); the first of equals.
 *
 * - shape: without `axis`; dtype: int32; a NaN counts as the largest; no derivative
 *
 * @throws AxisError if the axis does not exist; ShapeError if it has size 0.
 * @example
 * argMax(tensor([[1, 5], [7, 2]]));   // [1, 0]
 */
export function argMax(x: Tensor, options: AxisOptions = {}): Tensor {
  const axes = normalizeAxes("argMax", x.shape, options.axis ?? -1);
  requireElements("argMax", x.shape, axes);
  const [axis] = axes;
  const length = x.shape[axis];
  const order = keptShape(
    x.shape,
    x.shape.map((_, i) => i).filter((i) => i !== axis),
  );
  const fromEnd = reshape(sub(length, arange(length)), order);
  const largest = where(isNaN(x), true, equal(x, max(x, { axes, keepDims: true })));
  const first = max(mul(cast(largest, "int32"), fromEnd), { axes });
  return sub(length, first);
}

/**
 * The index of the smallest element along `axis` (the last by default); the first of equals. A NaN counts as the smallest.
 *
 * @throws as `argMax`.
 * @example
 * argMin(tensor([[1, 5], [7, 2]]));   // [0, 1]
 */
export function argMin(x: Tensor, options: AxisOptions = {}): Tensor {
  const { dtype } = requireTensor("argMin", x);
  // -1 - x turns the order of int32 round without overflow
  return argMax(isFloating(dtype) ? neg(x) : sub(-1, x), options);
}
