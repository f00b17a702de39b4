/**
 * @file max and min in their three forms: over axes, along one axis with its index, and of two operands.
 */
import { normalizeAxis } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import { Tensor } from "../core/tensor.ts";
import type { TensorLike } from "../primitives/door.ts";
import { max as maxOver } from "../primitives/max.ts";
import { maximum } from "../primitives/maximum.ts";
import { minimum } from "../primitives/minimum.ts";
import { reshape } from "../primitives/reshape.ts";
import type { ReduceOptions } from "../primitives/sum-broadcast-to.ts";
import { argMax, argMin } from "./arg-max.ts";
import type { ValuesAndIndices } from "./pooling/pool2d.ts";
import { min as minOver } from "./reductions.ts";
import { takeAlongAxis } from "./take-along-axis.ts";

/** One axis along which to choose. */
export interface AlongOptions {
  readonly axis: number;
  /** Whether the axis stays with size 1; false by default. */
  readonly keepDims?: boolean | undefined;
}

/**
 * The largest element over `axes` (all axes by default); along one `axis`, with its index; or the larger of two operands.
 *
 * - shape: reduced axes are removed, or kept with size 1 under `keepDims`; dtype: that of `x`; NaN wins
 * - derivative: over `axes`, and of two operands, elements that tie share it; along an `axis` it goes to the one whose
 *   index is given, the first of equals
 *
 * @throws ShapeError if there is nothing to choose from, or two shapes do not broadcast; AxisError if an axis does not exist.
 * @example
 * max(tensor([[1, 5], [7, 2]]), { axes: 1 });   // [5, 7]
 * max(tensor([[1, 5], [7, 2]]), { axis: 1 });   // { values: [5, 7], indices: [1, 0] }
 * max(tensor([1, 5]), 3);                       // [3, 5]
 */
export function max(x: Tensor, options: AlongOptions): ValuesAndIndices;
export function max(x: Tensor, other: TensorLike): Tensor;
export function max(x: Tensor, options?: ReduceOptions): Tensor;
export function max(
  x: Tensor,
  second: ReduceOptions | AlongOptions | TensorLike = {},
): Tensor | ValuesAndIndices {
  if (isOperand(second)) return maximum(x, second);
  return "axis" in second ? along(x, second, argMax(x, second)) : maxOver(x, second);
}

/** The smallest element, as `max`. */
export function min(x: Tensor, options: AlongOptions): ValuesAndIndices;
export function min(x: Tensor, other: TensorLike): Tensor;
export function min(x: Tensor, options?: ReduceOptions): Tensor;
export function min(
  x: Tensor,
  second: ReduceOptions | AlongOptions | TensorLike = {},
): Tensor | ValuesAndIndices {
  if (isOperand(second)) return minimum(x, second);
  return "axis" in second ? along(x, second, argMin(x, second)) : minOver(x, second);
}

function isOperand(value: ReduceOptions | AlongOptions | TensorLike): value is TensorLike {
  return typeof value !== "object" || value instanceof Tensor;
}

/** The elements at `indices`, which lack the axis or have it with size 1. */
function along(
  x: Tensor,
  { axis, keepDims = false }: AlongOptions,
  indices: Tensor,
): ValuesAndIndices {
  const { shape } = requireTensor("max", x);
  const own = normalizeAxis("max", shape, axis);
  const kept = reshape(
    indices,
    shape.map((n, i) => (i === own ? 1 : n)),
  );
  const values = takeAlongAxis(x, kept, { axis: own });
  if (keepDims) return { values, indices: kept };
  const removed = shape.filter((_, i) => i !== own);
  return { values: reshape(values, removed), indices: reshape(indices, removed) };
}
