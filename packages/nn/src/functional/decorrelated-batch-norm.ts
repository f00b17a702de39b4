/**
 * @file Whitening of channels by batch statistics: decorrelated batch normalisation, and iterative normalisation.
 *
 * Both are one composite with two ways to the inverse root of the covariance.
 */
import {
  add,
  div,
  eye,
  firstAlong,
  matMul,
  mean,
  mT,
  mul,
  reshape,
  type Shape,
  ShapeError,
  stopGradient,
  sub,
  type Tensor,
  transpose,
  ValueError,
} from "@tapegrad/autograd";
import { requirePositive } from "./batch-norm.ts";
import { requireSeveralValues } from "./channels.ts";
import { inverseSquareRoot, newtonInverseSquareRoot } from "./inverse-square-root.ts";
import { channelAxis, type Layout, statisticsAxes } from "./layout.ts";

export interface WhiteningOptions {
  /** "NC" by default for two axes; required for more. */
  readonly layout?: Layout;
  /** Into how many groups the channels are divided; each is whitened by itself. 1 by default. */
  readonly groups?: number;
  /** Added to the diagonal of the covariance; 1e-5 by default. */
  readonly epsilon?: number;
  /** Newton iterations towards the inverse root (IterNorm); by default it is exact (ZCA). */
  readonly iterations?: number;
}

/** Of one batch, or stored. */
export interface WhiteningStatistics {
  /** [C]. */
  readonly mean: Tensor;
  /** [groups, C / groups, C / groups], without ε. */
  readonly covariance: Tensor;
}

export interface WhiteningResult extends WhiteningStatistics {
  /** γ x̂ + β, in the shape of x. */
  readonly output: Tensor;
  /** How many values of each channel the statistics summarise; the covariance is biased, divided by this. */
  readonly count: number;
}

/**
 * Centres the channels of each group and multiplies them by (Σ + ε I)^(-1/2), where Σ is their covariance over the batch;
 * then scales by γ and shifts by β. Among all whitenings, this one (ZCA) changes the input least.
 *
 * - shapes: x in `layout`, γ and β [C]
 * - derivative: follows; exact up to the third order without `iterations` (see `inverseSquareRoot`), of every order
 *   with them. Both are finite at equal eigenvalues
 * - with fewer values for a channel than channels in a group, or channels that follow from others, Σ is singular: ε alone is
 *   divided by in the directions in which nothing varies, whatever rounding makes of their variance
 * - values are first shifted by one of their own, as by `batchNormTrain`
 *
 * @throws ShapeError if a channel has a single value, or γ or β do not fit; ValueError if the channels cannot be divided
 *   so, or an option is out of range.
 * @see Huang, Yang, Lang & Deng (2018), "Decorrelated Batch Normalization", section 3; Huang, Zhou, Zhu, Liu &
 *   Shao (2019), "Iterative Normalization".
 */
export function decorrelatedBatchNormTrain(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: WhiteningOptions = {},
): WhiteningResult {
  const op = "decorrelatedBatchNormTrain";
  const plan = planFor(op, x, options);
  requireSeveralValues(op, x.shape, plan.axes, REMEDY);
  const values = plan.group(x);
  const reference = stopGradient(firstAlong(values, { axes: [2] }));
  const shifted = sub(values, reference);
  const mu = mean(shifted, { axes: 2, keepDims: true });
  const centered = sub(shifted, mu);
  const count = centered.shape[2];
  const covariance = div(matMul(centered, mT(centered)), count);
  const output = finish(op, plan, matMul(plan.root(covariance), centered), gamma, beta);
  return { output, mean: reshape(add(reference, mu), [plan.channels]), covariance, count };
}

const REMEDY =
  "Use at least two values per channel, or `decorrelatedBatchNormInference` with stored statistics.";

/**
 * The same by stored statistics: for each group a fixed linear map.
 *
 * @throws as `decorrelatedBatchNormTrain`, and ShapeError if the statistics do not fit.
 */
export function decorrelatedBatchNormInference(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: WhiteningOptions & WhiteningStatistics,
): Tensor {
  const op = "decorrelatedBatchNormInference";
  const plan = planFor(op, x, options);
  const size = plan.channels / plan.groups;
  requireShape(op, "mean", options.mean, [plan.channels]);
  requireShape(op, "covariance", options.covariance, [plan.groups, size, size]);
  const centered = sub(plan.group(x), reshape(options.mean, [plan.groups, size, 1]));
  return finish(op, plan, matMul(plan.root(options.covariance), centered), gamma, beta);
}

interface Plan {
  readonly channels: number;
  readonly groups: number;
  readonly axes: readonly number[];
  /** [groups, C / groups, values of a channel]. */
  group(x: Tensor): Tensor;
  /** The inverse of `group`. */
  ungroup(values: Tensor): Tensor;
  /** (Σ + ε I)^(-1/2), or near it. */
  root(covariance: Tensor): Tensor;
}

function planFor(op: string, x: Tensor, options: WhiteningOptions): Plan {
  const { groups = 1, iterations } = options;
  const layout = options.layout ?? (x.rank === 2 ? "NC" : undefined);
  const axes = statisticsAxes(op, x.shape, layout === undefined ? {} : { layout });
  const axis = channelAxis(layout ?? "NC");
  const channels = x.shape[axis];
  requireDivisible(op, channels, groups);
  const epsilon = requirePositive(op, options.epsilon ?? 1e-5);
  const order = [axis, ...axes];
  const back = order.map((_, i) => order.indexOf(i));
  const moved = order.map((i) => x.shape[i]);
  return {
    channels,
    groups,
    axes,
    group: (y) => reshape(transpose(y, order), [groups, channels / groups, -1]),
    ungroup: (y) => transpose(reshape(y, moved), back),
    root: (covariance) => {
      const dtype = covariance.dtype === "float64" ? "float64" : "float32";
      const identity = eye(channels / groups, { dtype });
      const regular = add(covariance, mul(identity, epsilon));
      return iterations === undefined
        ? inverseSquareRoot(regular, { least: epsilon })
        : newtonInverseSquareRoot(regular, iterations);
    },
  };
}

/** γ x̂ + β in the shape of x. */
function finish(op: string, plan: Plan, xHat: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const { channels, groups } = plan;
  const spread = (name: string, value: Tensor): Tensor => {
    requireShape(op, name, value, [channels]);
    return reshape(value, [groups, channels / groups, 1]);
  };
  return plan.ungroup(add(mul(xHat, spread("gamma", gamma)), spread("beta", beta)));
}

/** @throws ValueError unless the groups divide the channels. */
export function requireDivisible(op: string, channels: number, groups: number): void {
  if (Number.isSafeInteger(groups) && groups >= 1 && channels % groups === 0) return;
  throw new ValueError(op, { channels, groups }, (d) => {
    return `${d.channels} channels cannot be divided into ${d.groups} groups. Use a number of groups that divides the channels.`;
  });
}

function requireShape(op: string, name: string, value: Tensor, expected: Shape): void {
  if (String(value.shape) === String(expected)) return;
  throw new ShapeError(op, { name, found: value.shape, expected }, (d) => {
    return `${d.name} has shape [${d.found.join(", ")}], but it must be [${d.expected.join(", ")}] for these channels and groups. Check both, and the layout.`;
  });
}
