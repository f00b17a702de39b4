/**
 * @file Losses that are 0 beyond a margin. At the margin itself their derivative is 0.
 */
import { formatShape } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { equal, less } from "../../primitives/compare.ts";
import { div } from "../../primitives/div.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { max } from "../../primitives/max.ts";
import { minimum } from "../../primitives/minimum.ts";
import { mul } from "../../primitives/mul.ts";
import { neg } from "../../primitives/neg.ts";
import { reshape } from "../../primitives/reshape.ts";
import { sqrt } from "../../primitives/sqrt.ts";
import { sub } from "../../primitives/sub.ts";
import { sum } from "../../primitives/sum-broadcast-to.ts";
import { where } from "../../primitives/where.ts";
import { relu, square } from "../activations.ts";
import { argMax } from "../arg-max.ts";
import { arange, eye } from "../create.ts";
import { pairwiseDistance } from "../distances.ts";
import { type LossOptions, reduced, requireSameShape } from "./reduced.ts";

/** How far two sides are to be apart. */
export interface MarginOptions extends LossOptions {
  readonly margin?: number | undefined;
}

/**
 * max(0, -target · (a - b) + margin), for targets 1 (a is to be larger) and -1; the margin is 0 by default.
 *
 * @throws ShapeError if the shapes do not broadcast; ValueError if the reduction is not known.
 */
export function marginRankingLoss(
  a: Tensor,
  b: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const { margin = 0 } = options;
  return reduced("marginRankingLoss", relu(add(neg(mul(target, sub(a, b))), margin)), options);
}

/**
 * The input where the target is 1, max(0, margin - input) where it is -1; the margin is 1 by default.
 *
 * @throws ShapeError if the shapes do not broadcast; ValueError if the reduction is not known.
 */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const { margin = 1 } = options;
  const near = where(equal(target, -1), 0, input);
  const far = where(equal(target, 1), 0, relu(sub(margin, input)));
  return reduced("hingeEmbeddingLoss", add(near, far), options);
}

/**
 * 1 - cos(a, b) where the target is 1, max(0, cos(a, b) - margin) where it is -1; the margin is 0 by default.
 *
 * - shapes: a and b [N, D] or [D], target [N] or []
 *
 * @throws ShapeError if the shapes do not fit; ValueError if the reduction is not known.
 */
export function cosineEmbeddingLoss(
  a: Tensor,
  b: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const { margin = 0 } = options;
  // squared lengths of at least this, so that a zero vector has a cosine and a derivative
  const least = 1e-12;
  const squared = (x: Tensor): Tensor => add(sum(square(x), { axes: -1 }), least);
  const lengths = sqrt(mul(squared(a), squared(b)));
  const similarity = div(sum(mul(a, b), { axes: -1 }), lengths);
  const near = where(equal(target, 1), sub(1, similarity), 0);
  const far = where(equal(target, -1), relu(sub(similarity, margin)), 0);
  return reduced("cosineEmbeddingLoss", add(near, far), options);
}

export interface TripletMarginLossOptions extends MarginOptions {
  /** Which norm measures distances; 2 by default. */
  readonly p?: number | undefined;
  /** Added to every difference; 1e-6 by default. */
  readonly epsilon?: number | undefined;
  /** Whether the positive takes the place of the anchor where it is nearer to the negative; false by default. */
  readonly swap?: boolean | undefined;
}

/**
 * max(0, d(anchor, positive) - d(anchor, negative) + margin), with distances along the last axis; the margin is
 * 1 by default. Balntas et al. (2016), equation 2, and section 3.3 for `swap`.
 *
 * @throws ShapeError if the shapes do not broadcast; ValueError if the reduction is not known.
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginLossOptions = {},
): Tensor {
  const { margin = 1, p = 2, epsilon = 1e-6, swap = false } = options;
  const distance = (x: Tensor, y: Tensor): Tensor => pairwiseDistance(x, y, { p, epsilon });
  const near = distance(anchor, positive);
  const own = distance(anchor, negative);
  const far = swap ? minimum(own, distance(positive, negative)) : own;
  return reduced("tripletMarginLoss", relu(add(sub(near, far), margin)), options);
}

export interface MultiMarginLossOptions extends MarginOptions {
  /** The exponent, 1 or 2; 1 by default. */
  readonly p?: number | undefined;
  /** A weight for each class, [C]. */
  readonly weight?: Tensor | undefined;
}

/**
 * Σ max(0, margin - x[label] + x[c])ᵖ / C over the classes c other than the label; the margin is 1 by default.
 * Crammer & Singer (2001).
 *
 * - shapes: scores [N, C] or [C], labels [N] or [1] or []
 *
 * @throws ShapeError if the shapes do not fit; ValueError if p is neither 1 nor 2, or a label is none of the classes.
 */
export function multiMarginLoss(
  scores: Tensor,
  labels: Tensor,
  options: MultiMarginLossOptions = {},
): Tensor {
  const op = "multiMarginLoss";
  const { margin = 1, p = 1, weight } = options;
  if (p !== 1 && p !== 2) {
    throw new ValueError(op, { p }, (d) => `p is ${d.p}. Use 1 or 2.`);
  }
  const rows = asRows(op, scores);
  const [samples, classes] = rows.shape;
  requireSameShape(op, "samples and labels", [samples], reshape(labels, [-1]).shape);
  const own = gather(eye(classes, { dtype: "bool" }), reshape(labels, [-1]));
  const right = sum(where(own, rows, 0), { axes: 1, keepDims: true });
  const short = relu(add(sub(rows, right), margin));
  const terms = where(own, 0, p === 1 ? short : square(short));
  let losses = div(sum(terms, { axes: 1 }), classes);
  if (weight !== undefined) losses = mul(losses, gather(weight, reshape(labels, [-1])));
  return reduced(op, scores.rank === 2 ? losses : reshape(losses, []), options);
}

/**
 * Σ max(0, 1 - x[t] + x[c]) / C over the labels t of a sample and the classes c that are none of them.
 *
 * - shapes: scores [N, C] or [C], labels alike, int32; the labels of a sample end before the first -1
 *
 * @throws ShapeError if the shapes differ; ValueError if a label is none of the classes.
 */
export function multilabelMarginLoss(
  scores: Tensor,
  labels: Tensor,
  options: LossOptions = {},
): Tensor {
  const op = "multilabelMarginLoss";
  requireSameShape(op, "scores and labels", scores.shape, requireTensor(op, labels).shape);
  const rows = asRows(op, scores);
  const [samples, classes] = rows.shape;
  const numbers = reshape(labels, [samples, classes]);
  const isEnd = less(numbers, 0);
  // the position of the first -1, or the number of classes
  const end = where(max(isEnd, { axes: 1 }), argMax(cast(isEnd, "int32")), classes);
  const isLabel = less(arange(classes), reshape(end, [samples, 1]));
  const known = where(isLabel, numbers, 0);
  // by sample, place in the list, class
  const hot = reshape(gather(eye(classes, { dtype: "bool" }), reshape(known, [-1])), [
    samples,
    classes,
    classes,
  ]);
  const chosen = where(reshape(isLabel, [samples, classes, 1]), hot, false);
  const isTarget = max(chosen, { axes: 1 });
  const right = sum(where(hot, reshape(rows, [samples, 1, classes]), 0), {
    axes: 2,
    keepDims: true,
  });
  const short = relu(add(sub(reshape(rows, [samples, 1, classes]), right), 1));
  const counts = where(reshape(isTarget, [samples, 1, classes]), 0, short);
  const terms = where(reshape(isLabel, [samples, classes, 1]), counts, 0);
  const losses = div(sum(terms, { axes: [1, 2] }), classes);
  return reduced(op, scores.rank === 2 ? losses : reshape(losses, []), options);
}

/** Scores of one sample as one row. */
function asRows(op: string, scores: Tensor): Tensor {
  if (requireTensor(op, scores).rank === 2) return scores;
  if (scores.rank < 2) return reshape(scores, [1, -1]);
  throw new ShapeError(op, { shape: scores.shape }, ({ shape }) => {
    return `scores have shape ${formatShape(shape)}. Use [N, classes] or [classes].`;
  });
}
