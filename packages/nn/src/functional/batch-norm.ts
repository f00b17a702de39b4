/**
 * @file Batch normalisation: Ioffe & Szegedy (2015), algorithms 1 and 2, as composites.
 *
 * There is no derivative rule in this file, nor anywhere for it: the gradients of section 3 of the
 * paper follow from those of mean, sub, mul, div and sqrt. Tests compare the two.
 */
import {
  add,
  div,
  firstAlong,
  mean,
  mul,
  reshape,
  type Shape,
  ShapeError,
  sqrt,
  stopGradient,
  sub,
  type Tensor,
  ValueError,
} from "@tapegrad/autograd";
import type { BatchStatistics } from "../module.ts";
import { type LayoutOptions, statisticsAxes } from "./layout.ts";

export interface BatchNormOptions extends LayoutOptions {
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
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
 * - shapes: x any, γ and β that of x without the axes of the statistics ([C] for a layout); output as
 *   x, statistics as γ. For a convolution of m maps of p × q, `count` is m' = m·p·q (section 3.2)
 * - dtype: that of x, which must be floating; sums accumulate in float64
 * - derivative: follows from the operations below, to any order. It is zero for x under a constant
 *   cotangent, and Σ over the batch of x̄ is zero
 * - the values are first shifted by one of their own, under `stopGradient`. Nothing depends on which,
 *   so all derivatives are exact; a constant channel gives exactly β, and a large mean costs no digits
 *
 * @throws ShapeError if a channel has a single value (every variance would be 0) or γ or β do not fit;
 *   ValueError if ε is not positive or the layout is not known; DTypeError for int32 and bool.
 * @example
 * const { output, mean, variance } = batchNormTrain(x, gamma, beta, { layout: "NCHW" });
 * @see Ioffe & Szegedy (2015), "Batch Normalization", algorithm 1.
 */
export function batchNormTrain(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: BatchNormOptions = {},
): BatchNormTrainResult {
  const { axes, kept, perChannel, count } = plan("batchNormTrain", x, options);
  const epsilon = requirePositive("batchNormTrain", options.epsilon ?? 1e-5);
  requireSeveralValues(x.shape, axes, count);
  const [scale, shift] = spreadAffine("batchNormTrain", gamma, beta, perChannel, kept);
  const over = { axes, keepDims: true };

  const reference = stopGradient(firstAlong(x, { axes }));
  const shifted = sub(x, reference);
  const mu = mean(shifted, over);
  const centered = sub(shifted, mu);
  const sigmaSquared = mean(mul(centered, centered), over);
  const xHat = div(centered, sqrt(add(sigmaSquared, epsilon)));
  const output = add(mul(xHat, scale), shift);

  return {
    output,
    mean: reshape(add(reference, mu), perChannel),
    variance: reshape(sigmaSquared, perChannel),
    count,
  };
}

/**
 * Batch normalisation by stored statistics (algorithm 2, step 11): for each channel a fixed linear map.
 *
 * - shapes: x any; γ, β, mean and variance that of x without the axes of the statistics
 * - derivative: follows from the operations; γ / √(variance + ε) for x
 *
 * @throws ShapeError if γ, β or the statistics do not fit; ValueError if ε is negative or the layout is not known.
 * @example
 * batchNormInference(x, gamma, beta, { mean, variance, layout: "NCHW" });
 */
export function batchNormInference(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: BatchNormOptions & StoredStatistics,
): Tensor {
  const op = "batchNormInference";
  const { kept, perChannel } = plan(op, x, options);
  const { epsilon = 1e-5 } = options;
  if (!(epsilon >= 0)) requirePositive(op, epsilon);
  const [scale, shift] = spreadAffine(op, gamma, beta, perChannel, kept);
  const center = spreadChannel(op, "mean", options.mean, perChannel, kept);
  const variance = spreadChannel(op, "variance", options.variance, perChannel, kept);
  const deviation = sqrt(add(variance, epsilon));
  return add(mul(div(sub(x, center), deviation), scale), shift);
}

interface Plan {
  readonly axes: readonly number[];
  /** The shape of x with the statistics' axes of size 1. */
  readonly kept: Shape;
  /** The shape of x without them. */
  readonly perChannel: Shape;
  readonly count: number;
}

function plan(op: string, x: Tensor, options: LayoutOptions): Plan {
  const axes = statisticsAxes(op, x.shape, options);
  return {
    axes,
    kept: x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
    perChannel: x.shape.filter((_, axis) => !axes.includes(axis)),
    count: axes.reduce((product, axis) => product * x.shape[axis], 1),
  };
}

function spreadAffine(
  op: string,
  gamma: Tensor,
  beta: Tensor,
  perChannel: Shape,
  kept: Shape,
): [Tensor, Tensor] {
  return [
    spreadChannel(op, "gamma", gamma, perChannel, kept),
    spreadChannel(op, "beta", beta, perChannel, kept),
  ];
}

/** A value per channel in a shape that broadcasts against x. */
function spreadChannel(
  op: string,
  name: string,
  value: Tensor,
  expected: Shape,
  kept: Shape,
): Tensor {
  const { shape } = value;
  const fits = shape.length === expected.length && shape.every((n, i) => n === expected[i]);
  if (!fits) {
    throw new ShapeError(op, { name, shape, expected }, (d) => {
      return `${d.name} has shape [${d.shape.join(", ")}], but x has channels of shape [${d.expected.join(", ")}]. Pass one value per channel, and check the layout.`;
    });
  }
  return reshape(value, kept);
}

function requireSeveralValues(shape: Shape, axes: readonly number[], count: number): void {
  if (count > 1) return;
  throw new ShapeError("batchNormTrain", { shape, axes, count }, (d) => {
    const over = d.axes.length === 1 ? `axis ${d.axes[0]}` : `axes ${d.axes.join(", ")}`;
    const fact =
      d.count === 1
        ? "each channel has only one value"
        : d.count === 0
          ? "each channel has no values"
          : "there are no channels";
    return `${fact} (shape [${d.shape.join(", ")}], statistics over ${over}), so every variance is 0 and the output would not depend on x. Use at least two values per channel, or \`batchNormInference\` with stored statistics.`;
  });
}

function requirePositive(op: string, epsilon: number): number {
  if (epsilon > 0 && Number.isFinite(epsilon)) return epsilon;
  throw new ValueError(op, { epsilon }, (d) => {
    return `epsilon is ${d.epsilon}, but it keeps the root away from 0. Use a small positive number such as 1e-5.`;
  });
}
