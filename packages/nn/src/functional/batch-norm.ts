/**
 * @file Batch normalisation: Ioffe & Szegedy (2015), algorithms 1 and 2, as composites.
 *
 * There is no derivative rule in this file, nor anywhere for it: the gradients of section 3 of the
 * paper follow from those of mean, sub, mul, div and sqrt. Tests compare the two.
 */
import {
  add,
  DTypeError,
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
 * - dtype: x must be floating; the statistics have its dtype, the output that in which x, γ and β meet.
 *   Sums accumulate in float64
 * - derivative: follows from the operations below, to any order. It is zero for x under a constant
 *   cotangent, and Σ over the batch of x̄ is zero
 * - the values are first shifted by one of their own, under `stopGradient`. Nothing depends on which,
 *   so all derivatives are exact; a constant channel gives exactly β, and a large mean costs no digits
 *
 * @throws ShapeError if a channel has a single value (every variance would be 0) or γ or β do not fit;
 *   ValueError if ε is not positive or the layout is not known; AxisError if an axis does not exist;
 *   DTypeError for int32 and bool.
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
  const op = "batchNormTrain";
  const plan = planFor(op, x, options);
  const { axes, perChannel, count } = plan;
  const epsilon = requirePositive(op, options.epsilon ?? 1e-5);
  requireSeveralValues(op, x.shape, axes, FUNCTION_REMEDY);
  const scale = spreadChannel(plan, "gamma", gamma);
  const shift = spreadChannel(plan, "beta", beta);
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
 * @throws ShapeError if γ, β or the statistics do not fit; ValueError if ε is negative or not finite, or the
 *   layout is not known; AxisError if an axis does not exist; DTypeError for int32 and bool.
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
  const plan = planFor(op, x, options);
  const { epsilon = 1e-5 } = options;
  if (epsilon !== 0) requirePositive(op, epsilon);
  const scale = spreadChannel(plan, "gamma", gamma);
  const shift = spreadChannel(plan, "beta", beta);
  const center = spreadChannel(plan, "mean", options.mean);
  const variance = spreadChannel(plan, "variance", options.variance);
  const deviation = sqrt(add(variance, epsilon));
  return add(mul(div(sub(x, center), deviation), scale), shift);
}

interface Plan {
  /** The public function, for messages. */
  readonly op: string;
  /** The shape of x. */
  readonly shape: Shape;
  readonly axes: readonly number[];
  /** `shape` with the statistics' axes of size 1. */
  readonly kept: Shape;
  /** `shape` without them. */
  readonly perChannel: Shape;
  readonly count: number;
}

function planFor(op: string, x: Tensor, options: LayoutOptions): Plan {
  const { shape } = x;
  const axes = statisticsAxes(op, shape, options);
  if (x.dtype !== "float32" && x.dtype !== "float64") {
    throw new DTypeError(op, { dtype: x.dtype }, (d) => {
      return `x is ${d.dtype}, but only floating values can be normalised. Convert first: \`cast(x, "float32")\`.`;
    });
  }
  return {
    op,
    shape,
    axes,
    kept: shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
    perChannel: shape.filter((_, axis) => !axes.includes(axis)),
    count: countOver(shape, axes),
  };
}

/** A value per channel in a shape that broadcasts against x. */
function spreadChannel({ op, shape, kept, perChannel }: Plan, name: string, value: Tensor): Tensor {
  const fits =
    value.rank === perChannel.length && value.shape.every((n, axis) => n === perChannel[axis]);
  if (!fits) {
    throw new ShapeError(op, { name, found: value.shape, expected: perChannel, shape }, (d) => {
      return `${d.name} has shape [${d.found.join(", ")}], but for x of shape [${d.shape.join(", ")}] it must be [${d.expected.join(", ")}], one value per channel. Reshape it, or check the layout.`;
    });
  }
  return reshape(value, kept);
}

const FUNCTION_REMEDY =
  "Use at least two values per channel, or `batchNormInference` with stored statistics.";

/**
 * @param remedy what the caller of `op` can do about it.
 * @throws ShapeError unless there are at least two values per channel.
 */
export function requireSeveralValues(
  op: string,
  shape: Shape,
  axes: readonly number[],
  remedy: string,
): void {
  const count = countOver(shape, axes);
  if (count > 1) return;
  throw new ShapeError(op, { shape, axes, count }, (d) => {
    const { length } = d.axes;
    const over =
      length === 0 ? "no axis" : `${length === 1 ? "axis" : "axes"} ${d.axes.join(", ")}`;
    const where = `(shape [${d.shape.join(", ")}], statistics over ${over})`;
    return d.count === 0
      ? `there are no values ${where}, so there is no mean. ${remedy}`
      : `each channel has only one value ${where}, so every variance is 0 and the output would not depend on x. ${remedy}`;
  });
}

function countOver(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * shape[axis], 1);
}

/** @throws ValueError unless ε is positive and finite. */
export function requirePositive(op: string, epsilon: number): number {
  if (epsilon > 0 && Number.isFinite(epsilon)) return epsilon;
  throw new ValueError(op, { epsilon }, (d) => {
    return `epsilon is ${d.epsilon}, but it must be positive and finite: it keeps a constant channel from being divided by 0. Use a small number such as 1e-5.`;
  });
}
