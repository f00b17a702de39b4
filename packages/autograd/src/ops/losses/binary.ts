/**
 * @file Losses between probabilities or scores of two outcomes, and between distributions.
 */
import type { Tensor } from "../../core/tensor.ts";
import { ValueError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { equal, greater } from "../../primitives/compare.ts";
import { div } from "../../primitives/div.ts";
import { exp } from "../../primitives/exp.ts";
import { log } from "../../primitives/log.ts";
import { maximum } from "../../primitives/maximum.ts";
import { mul } from "../../primitives/mul.ts";
import { neg } from "../../primitives/neg.ts";
import { stopGradient } from "../../primitives/stop-gradient.ts";
import { sub } from "../../primitives/sub.ts";
import { sum } from "../../primitives/sum-broadcast-to.ts";
import { where } from "../../primitives/where.ts";
import { softplus } from "../softplus.ts";
import { mean } from "../reductions.ts";
import { type LossOptions, type Reduction, reduced, requireSameShape } from "./reduced.ts";

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** A factor for each element; it broadcasts. */
  readonly weight?: Tensor | undefined;
}

/** Where p (1 - p) is less, the derivative is no longer the exact one, which would grow without bound: PyTorch's 1e-12f. */
const LEAST_SPREAD = Math.fround(1e-12);

/**
 * -(target · log p + (1 - target) · log(1 - p)), with logarithms of at least -100.
 *
 * - shapes: input and target alike, both from 0 to 1
 * - derivative by p: (p - target) / max(p (1 - p), 1e-12), which is finite at 0 and 1. By the target:
 *   log(1 - p) - log p, with the same least logarithm
 *
 * @throws ShapeError if the shapes differ; ValueError if the reduction is not known.
 * @example
 * binaryCrossEntropy(tensor([0.5]), tensor([1]));   // 0.693147
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const op = "binaryCrossEntropy";
  requireSameShape(op, "input and target", input.shape, target.shape);
  const fixed = stopGradient(input);
  const spread = mul(fixed, sub(1, fixed));
  const isInside = greater(spread, LEAST_SPREAD);
  // inside, p itself; outside, a constant: the value is right and the slope is added
  const p = where(isInside, input, fixed);
  const value = neg(
    add(mul(target, boundedLog(p, isInside)), mul(sub(1, target), boundedLog(sub(1, p), isInside))),
  );
  const slope = div(sub(fixed, target), LEAST_SPREAD);
  const outside = mul(where(isInside, 0, slope), sub(input, fixed));
  return reduced(op, weighted(add(value, outside), options.weight), options);
}

/** log x, or -100 where that is less. `isInside` says where x is not 0. */
function boundedLog(x: Tensor, isInside: Tensor): Tensor {
  const outside = maximum(stopGradient(log(x)), -100);
  return where(isInside, log(where(isInside, x, 1)), outside);
}

function weighted(losses: Tensor, weight: Tensor | undefined): Tensor {
  return weight === undefined ? losses : mul(losses, weight);
}

export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** A factor for the term of the positive outcome; it broadcasts. */
  readonly posWeight?: Tensor | undefined;
}

/**
 * Binary cross-entropy of sigmoid(input), without its overflow: softplus(x) - target · x.
 *
 * - shapes: input and target alike
 * - derivative by the input: sigmoid(x) - target, without weights
 *
 * @throws ShapeError if the shapes differ; ValueError if the reduction is not known.
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyWithLogitsOptions = {},
): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  requireSameShape(op, "input and target", input.shape, target.shape);
  const { posWeight } = options;
  const factor = posWeight === undefined ? 1 : add(1, mul(sub(posWeight, 1), target));
  const losses = add(mul(sub(1, target), input), mul(factor, softplus(neg(input))));
  return reduced(op, weighted(losses, options.weight), options);
}

/**
 * log(1 + exp(-target · input)), for targets 1 and -1.
 *
 * @throws ShapeError if the shapes do not broadcast; ValueError if the reduction is not known.
 */
export function softMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return reduced("softMarginLoss", softplus(neg(mul(target, input))), options);
}

/**
 * Binary cross-entropy of every class, averaged over the classes (the last axis).
 *
 * - shapes: input and target [C] or [N, C], alike; a weight [C]; one loss for each sample under "none"
 *
 * @throws ShapeError if the shapes differ; ValueError if the reduction is not known.
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const op = "multilabelSoftMarginLoss";
  requireSameShape(op, "input and target", input.shape, target.shape);
  const losses = add(mul(target, softplus(neg(input))), mul(sub(1, target), softplus(input)));
  return reduced(op, mean(weighted(losses, options.weight), { axes: -1 }), options);
}

export interface KlDivOptions {
  /** "batchmean" divides the sum by the length of the first axis. "mean" by default, over all elements. */
  readonly reduction?: Reduction | "batchmean" | undefined;
  /** Whether the target holds logarithms too; false by default. */
  readonly logTarget?: boolean | undefined;
}

/**
 * target · (log target - input), element by element: the Kullback-Leibler divergence of the distribution whose
 * logarithms `input` holds from the target. Kullback & Leibler (1951), equation 2.2.
 *
 * - where a target is 0 its term is 0
 *
 * @throws ShapeError if the shapes do not broadcast; ValueError if the reduction is not known.
 */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  const { reduction, logTarget = false } = options;
  const terms = logTarget ? mul(exp(target), sub(target, input)) : divergence(input, target);
  if (reduction !== "batchmean") return reduced("klDiv", terms, { reduction });
  if (input.rank === 0) {
    throw new ValueError("klDiv", { reduction }, () => {
      return 'reduction "batchmean" divides by the length of the first axis, which a scalar does not have. Use "sum".';
    });
  }
  return div(sum(terms), input.shape[0]);
}

/** t log t - t x, with t log t = 0 at t = 0; NaN for t < 0. */
function divergence(input: Tensor, target: Tensor): Tensor {
  const isZero = equal(target, 0);
  const t = where(isZero, 1, target);
  return sub(where(isZero, 0, mul(target, log(t))), mul(target, input));
}
