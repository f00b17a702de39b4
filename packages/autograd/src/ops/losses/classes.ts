/**
 * @file Losses between scores of classes and the right ones.
 *
 * Scores are [N, C], [N, C, d1, …] with the classes in axis 1, or [C] for one sample. Labels are int32 in the shape
 * of the scores without the classes.
 */
import { formatShape, type Shape, sameShape } from "../../array/shape.ts";
import type { DType } from "../../array/dtype.ts";
import { requireTensor } from "../../core/bind.ts";
import { splat, type Tensor } from "../../core/tensor.ts";
import { DTypeError, ShapeError, ValueError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { equal } from "../../primitives/compare.ts";
import { div } from "../../primitives/div.ts";
import { requireFloating } from "../../primitives/door.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { requireElements } from "../../primitives/max.ts";
import { mul } from "../../primitives/mul.ts";
import { neg } from "../../primitives/neg.ts";
import { reshape } from "../../primitives/reshape.ts";
import { sub } from "../../primitives/sub.ts";
import { sum } from "../../primitives/sum-broadcast-to.ts";
import { transpose } from "../../primitives/transpose.ts";
import { where } from "../../primitives/where.ts";
import { logSoftmax } from "../activations.ts";
import { eye } from "../create.ts";
import { type LossOptions, reduced, requireReduction, requireSameShape } from "./reduced.ts";

export interface NllLossOptions extends LossOptions {
  /** A weight for each class, [C]; the mean is divided by the sum of the weights of the samples. */
  readonly weight?: Tensor | undefined;
  /** Samples with this label count for nothing; none by default. For labels only. */
  readonly ignoreIndex?: number | undefined;
}

export interface CrossEntropyOptions extends NllLossOptions {
  /** How much of each sample is given to all classes alike, from 0 to 1; 0 by default. Szegedy et al. (2016), section 7. */
  readonly labelSmoothing?: number | undefined;
}

/**
 * Negative log-likelihood: minus the score of the right class, for scores that are log-probabilities.
 *
 * - shapes: scores [N, C], [N, C, d1, …] or [C], labels [N], [N, d1, …] or []; a scalar, or the shape of the labels
 *   under `reduction: "none"`
 * - derivative: by the scores; none by labels, and the weight is a constant of the mean
 *
 * @throws ShapeError or DTypeError if the operands do not fit; ValueError if a label is none of the classes or
 *   the reduction is not known.
 * @example
 * nllLoss(logSoftmax(scores, { axis: 1 }), labels);
 */
export function nllLoss(scores: Tensor, labels: Tensor, options: NllLossOptions = {}): Tensor {
  return classLoss("nllLoss", scores, labels, options, 0);
}

/**
 * Softmax cross-entropy: -log softmax(scores)[label] of every sample, averaged over them.
 *
 * - shapes: as for `nllLoss`; instead of labels also probabilities in the shape of the scores, whose mean is over
 *   the samples
 * - derivative: (softmax(scores) - one-hot) / N by the scores without weights; by probabilities too
 *
 * @throws ShapeError or DTypeError if the operands do not fit; ValueError if a label is none of the classes or
 *   the reduction is not known.
 * @example
 * crossEntropy(tensor([[0, 0]]), tensor([1], { dtype: "int32" }));   // 0.693147
 */
export function crossEntropy(
  scores: Tensor,
  target: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const op = "crossEntropy";
  const { labelSmoothing = 0 } = options;
  requireFloating(op, requireTensor(op, scores).dtype);
  const axis = scores.rank === 1 ? 0 : 1;
  if (scores.rank === 0) throw misfit(op, scores.shape, requireTensor(op, target).shape);
  requireElements(op, scores.shape, [axis]);
  const logProbabilities = logSoftmax(scores, { axis });
  if (requireTensor(op, target).dtype === "int32") {
    return classLoss(op, logProbabilities, target, options, labelSmoothing);
  }
  requireFloating(op, target.dtype);
  requireSameShape(op, "scores and probabilities", scores.shape, target.shape);
  const classes = scores.shape[axis];
  const smooth = add(mul(target, 1 - labelSmoothing), labelSmoothing / classes);
  const weighted = weightsOf(op, options.weight, scores.shape, axis);
  const terms = mul(smooth, weighted === null ? logProbabilities : mul(logProbabilities, weighted));
  return reduced(op, neg(sum(terms, { axes: axis })), options);
}

function classLoss(
  op: string,
  scores: Tensor,
  labels: Tensor,
  options: NllLossOptions,
  smoothing: number,
): Tensor {
  const reduction = requireReduction(op, options.reduction);
  const axis = requireTensor(op, scores).rank === 1 ? 0 : 1;
  requireFloating(op, scores.dtype);
  requireLabels(op, scores, requireTensor(op, labels), axis);
  const { ignoreIndex, weight } = options;
  const isIgnored = ignoreIndex === undefined ? null : equal(labels, ignoreIndex);
  const chosen = oneHotAlong(
    op,
    isIgnored === null ? labels : where(isIgnored, 0, labels),
    scores.shape,
    axis,
  );
  const classWeights = weightsOf(op, weight, scores.shape, axis);
  // of each sample; null where all count as 1
  const weights = sampleWeights(chosen, classWeights, isIgnored, axis, scores.dtype);
  let losses = neg(sum(where(chosen, scores, 0), { axes: axis }));
  if (weights !== null) losses = mul(losses, weights);
  if (smoothing > 0) {
    const all = sum(classWeights === null ? scores : mul(scores, classWeights), { axes: axis });
    const counted = isIgnored === null ? all : where(isIgnored, 0, all);
    const share = smoothing / scores.shape[axis];
    losses = sub(mul(1 - smoothing, losses), mul(share, counted));
  }
  if (reduction !== "mean" || weights === null) return reduced(op, losses, { reduction });
  return div(sum(losses), sum(weights));
}

/** What each sample counts for: the weight of its class, and 0 where it is ignored. */
function sampleWeights(
  chosen: Tensor,
  classWeights: Tensor | null,
  isIgnored: Tensor | null,
  axis: number,
  dtype: DType,
): Tensor | null {
  const own = classWeights && sum(where(chosen, classWeights, 0), { axes: axis });
  if (isIgnored === null) return own;
  return where(isIgnored, 0, own ?? splat({ shape: isIgnored.shape, dtype }, 1));
}

/** Weights of the classes in a shape that broadcasts against the scores. */
function weightsOf(
  op: string,
  weight: Tensor | undefined,
  scores: Shape,
  axis: number,
): Tensor | null {
  if (weight === undefined) return null;
  requireSameShape(op, "the classes and their weights", [scores[axis]], weight.shape);
  return reshape(
    weight,
    scores.map((n, i) => (i === axis ? n : 1)),
  );
}

/** Where a class is the right one, as bool in the shape of the scores. A label out of range is refused. */
function oneHotAlong(op: string, labels: Tensor, scores: Shape, axis: number): Tensor {
  const rows = rowsOf(op, reshape(labels, [-1]), scores[axis]);
  const spatial = scores.filter((_, i) => i !== axis);
  const last = reshape(rows, [...spatial, scores[axis]]);
  const order = spatial.map((_, i) => i);
  return transpose(last, [...order.slice(0, axis), spatial.length, ...order.slice(axis)]);
}

interface LabelDetails {
  readonly index: number;
  readonly position: number;
  readonly classes: number;
}

/** Rows of the identity. What `gather` refuses is said in the words of the loss. */
function rowsOf(op: string, labels: Tensor, classes: number): Tensor {
  try {
    return gather(eye(classes, { dtype: "bool" }), labels);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ValueError(op, { ...error.details, classes } as LabelDetails, (d) => {
      return `label ${d.index} of sample ${d.position} is none of the ${d.classes} classes. Use labels from 0 to ${d.classes - 1}.`;
    });
  }
}

function requireLabels(op: string, scores: Tensor, labels: Tensor, axis: number): void {
  if (labels.dtype !== "int32") {
    throw new DTypeError(op, { dtype: labels.dtype }, ({ dtype }) => {
      return `labels must be int32 but are ${dtype}. Pass class numbers, as in \`tensor(labels, { dtype: "int32" })\`.`;
    });
  }
  const expected = scores.shape.filter((_, i) => i !== axis);
  if (scores.rank > 0 && sameShape(labels.shape, expected)) return;
  throw misfit(op, scores.shape, labels.shape);
}

function misfit(op: string, scores: Shape, labels: Shape): ShapeError {
  return new ShapeError(op, { scores, labels }, () => {
    return `scores have shape ${formatShape(scores)} and labels ${formatShape(labels)}. Use scores [N, classes, …] or [classes], and labels in that shape without the classes.`;
  });
}
