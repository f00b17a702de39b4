/**
 * @file Batch normalisation: Ioffe & Szegedy (2015), algorithms 1 and 2, as composites.
 *
 * There is no derivative rule in this file, nor anywhere for it: the gradients of section 3 of the
 * paper follow from those of mean, sub, mul, div and sqrt. Tests compare the two.
 */
import {
  add,
  div,
  mul,
  reshape,
  sqrt,
  sub,
  type Tensor,
  ValueError,
  where,
} from "@tapegrad/autograd";
import type { BatchStatistics } from "../module.ts";
import { channelMoments, meanOf } from "./channel-moments.ts";
import {
  type ChannelPlan,
  planFor,
  requireSeveralValues,
  spreadChannel,
  spreadMask,
} from "./channels.ts";
import type { LayoutOptions } from "./layout.ts";

export interface BatchNormOptions extends LayoutOptions {
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
  /**
   * True where a position counts: bool, in the shape of x without channels ([N, L] for NLC), or broadcasting to it.
   * Masked positions take no part in statistics and gradients, and their output is 0.
   */
  readonly mask?: Tensor | undefined;
}

export interface BatchNormTrainResult extends BatchStatistics {
  /** γ x̂ + β, in the shape of x. */
  readonly output: Tensor;
}

/** Stored statistics, in the shape of γ. */
export interface StoredStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * The batch-normalising transform (algorithm 1): normalises every channel of `x` by the mean and the
 * biased variance of this batch, then scales by γ and shifts by β.
 *
 * - shapes: x any, γ and β that of x without the axes of the statistics ([C] for a layout), or null for 1 and 0;
 *   output as x, statistics as γ. For a convolution of m maps of p × q, `count` is m' = m·p·q (section 3.2)
 * - dtype: x must be floating; the statistics have its dtype, the output that in which x, γ and β meet.
 *   Sums accumulate in float64
 * - derivative: follows from the operations it is made of, to any order. It is zero for x under a constant
 *   cotangent, and Σ over the batch of x̄ is zero. With two values per channel it all but vanishes:
 *   x̄ = γ/s · (ȳ - mean(ȳ)) · ε / (σ² + ε)
 * - `mask`: `count` is then a tensor, the number of true positions. Where there are fewer than two of them the
 *   variance is 0 and the output β: nothing can be thrown that depends on values
 * - the values are first shifted by one of their own, under `stopGradient`. Nothing depends on which,
 *   so all derivatives are exact; a constant channel gives exactly β, and a large mean costs no digits
 *
 * @throws ShapeError if a channel has a single value (every variance would be 0) or γ, β or the mask do not fit;
 *   ValueError if ε is not positive or the layout is not known; AxisError if an axis does not exist;
 *   DTypeError if x is int32 or bool, or the mask not bool.
 * @example
 * const [gamma, beta] = [ones([64]), zeros([64])];
 * const { output, mean, variance } = batchNormTrain(x, gamma, beta, { layout: "NCHW" });
 * @see Ioffe & Szegedy (2015), "Batch Normalization", algorithm 1.
 */
export function batchNormTrain(
  x: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  options: BatchNormOptions = {},
): BatchNormTrainResult {
  const op = "batchNormTrain";
  const plan = planFor(op, x, options);
  const epsilon = requirePositive(op, options.epsilon ?? 1e-5);
  requireSeveralValues(op, x.shape, plan.axes, FUNCTION_REMEDY);
  const affine = affineMap(plan, gamma, beta);
  const valid = options.mask === undefined ? null : spreadMask(plan, options.mask);

  const moments = channelMoments(x, plan, valid);
  const { centered, variance, count } = moments;
  const output = affine(div(centered, sqrt(add(variance, epsilon))));

  return {
    output: masked(output, valid),
    mean: reshape(meanOf(moments), plan.perChannel),
    variance: reshape(variance, plan.perChannel),
    count,
  };
}

/**
 * Batch normalisation by stored statistics (algorithm 2, step 11): for each channel a fixed linear map.
 *
 * - shapes: x any; γ and β (or null), mean and variance that of x without the axes of the statistics
 * - derivative: follows from the operations; γ / √(variance + ε) for x
 * - `mask`: the output is 0 where it is false
 *
 * @throws ShapeError if γ, β, the statistics or the mask do not fit; ValueError if ε is negative or not finite, or
 *   the layout is not known; AxisError if an axis does not exist; DTypeError if x is int32 or bool, or the mask not bool.
 * @example
 * const [gamma, beta, mean, variance] = [ones([64]), zeros([64]), zeros([64]), ones([64])];
 * batchNormInference(x, gamma, beta, { mean, variance, layout: "NCHW" });
 */
export function batchNormInference(
  x: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  options: BatchNormOptions & StoredStatistics,
): Tensor {
  const op = "batchNormInference";
  const plan = planFor(op, x, options);
  const { epsilon = 1e-5 } = options;
  if (epsilon !== 0) requirePositive(op, epsilon);
  const affine = affineMap(plan, gamma, beta);
  const center = spreadChannel(plan, "mean", options.mean);
  const variance = spreadChannel(plan, "variance", options.variance);
  const valid = options.mask === undefined ? null : spreadMask(plan, options.mask);
  const deviation = sqrt(add(variance, epsilon));
  return masked(affine(div(sub(x, center), deviation)), valid);
}

/** x̂ ↦ γ x̂ + β. */
function affineMap(
  plan: ChannelPlan,
  gamma: Tensor | null,
  beta: Tensor | null,
): (xHat: Tensor) => Tensor {
  const scale = gamma === null ? null : spreadChannel(plan, "gamma", gamma);
  const shift = beta === null ? null : spreadChannel(plan, "beta", beta);
  return (xHat) => {
    const scaled = scale === null ? xHat : mul(xHat, scale);
    return shift === null ? scaled : add(scaled, shift);
  };
}

function masked(output: Tensor, valid: Tensor | null): Tensor {
  return valid === null ? output : where(valid, output, 0);
}

const FUNCTION_REMEDY =
  "Use at least two values per channel, or `batchNormInference` with stored statistics.";

/** @throws ValueError unless ε is positive and finite. */
export function requirePositive(op: string, epsilon: number): number {
  if (epsilon > 0 && Number.isFinite(epsilon)) return epsilon;
  throw new ValueError(op, { epsilon }, (d) => {
    return `epsilon is ${d.epsilon}, but it must be positive and finite: it keeps a constant channel from being divided by 0. Use a small number such as 1e-5.`;
  });
}
