/** @file Distances and angles between vectors along one axis. */
import type { Tensor } from "../core/tensor.ts";
import { broadcastShapes } from "../array/broadcast.ts";
import { add } from "../primitives/add.ts";
import { less } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { mul } from "../primitives/mul.ts";
import { sub } from "../primitives/sub.ts";
import { broadcastTo, sum } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { vectorNorm } from "./norms.ts";

export interface CosineSimilarityOptions {
  /** Along which the vectors lie; 1 by default. */
  readonly axis?: number | undefined;
  /** The least length that a vector is divided by; 1e-8 by default. */
  readonly epsilon?: number | undefined;
}

/**
 * Σ a · b / (max(‖a‖, ε) max(‖b‖, ε)) along `axis`: the cosine of the angle between two vectors, 0 beside a zero
 * vector.
 *
 * - shapes: broadcast, without `axis`
 *
 * @throws ShapeError if the shapes do not broadcast; AxisError if the axis does not exist.
 * @example
 * cosineSimilarity(tensor([1, 0]), tensor([1, 1]), { axis: 0 });   // 0.707107
 */
export function cosineSimilarity(
  a: Tensor,
  b: Tensor,
  options: CosineSimilarityOptions = {},
): Tensor {
  const { axis = 1, epsilon = 1e-8 } = options;
  const unit = (x: Tensor): Tensor => {
    const length = vectorNorm(x, { axes: axis, keepDims: true });
    return div(x, where(less(length, epsilon), epsilon, length));
  };
  // an axis is counted in the shape in which both meet
  const shape = broadcastShapes("cosineSimilarity", a.shape, b.shape);
  const [x, y] = [broadcastTo(a, shape), broadcastTo(b, shape)];
  return sum(mul(unit(x), unit(y)), { axes: axis });
}

export interface PairwiseDistanceOptions {
  /** The order of the norm; 2 by default. */
  readonly p?: number | undefined;
  /** Added to every difference, so that equal vectors have a derivative; 1e-6 by default. */
  readonly epsilon?: number | undefined;
  /** Whether the last axis stays with size 1; false by default. */
  readonly keepDims?: boolean | undefined;
}

/**
 * ‖a - b + ε‖ₚ along the last axis.
 *
 * @throws ShapeError if the shapes do not broadcast; AxisError for scalars.
 */
export function pairwiseDistance(
  a: Tensor,
  b: Tensor,
  options: PairwiseDistanceOptions = {},
): Tensor {
  const { p = 2, epsilon = 1e-6, keepDims = false } = options;
  return vectorNorm(add(sub(a, b), epsilon), { ord: p, axes: -1, keepDims });
}
