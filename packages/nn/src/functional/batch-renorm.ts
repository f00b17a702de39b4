/** @file Batch renormalisation: batch statistics, corrected towards running ones. */
import {
  add,
  clamp,
  div,
  mul,
  reshape,
  sqrt,
  stopGradient,
  sub,
  type Tensor,
} from "@tapegrad/autograd";
import { type BatchNormTrainResult, batchNormTrain, type StoredStatistics } from "./batch-norm.ts";
import { channelAxis, type Layout } from "./layout.ts";

export interface BatchRenormOptions extends StoredStatistics {
  /** The largest correction of the scale, at least 1: r lies in [1 / rMax, rMax]. */
  readonly rMax: Tensor | number;
  /** The largest correction of the shift, at least 0: d lies in [-dMax, dMax]. */
  readonly dMax: Tensor | number;
  /** "NC" by default for two axes; required for more. */
  readonly layout?: Layout;
  /** Added to every variance inside its root; 1e-5 by default. */
  readonly epsilon?: number;
}

export interface BatchRenormResult extends BatchNormTrainResult {
  /** What the standardised values are multiplied by, [C]. */
  readonly r: Tensor;
  /** What is added to them then, [C]. */
  readonly d: Tensor;
}

/**
 * y = γ (x̂ r + d) + β, where x̂ is normalised by the batch, and r and d take it to what the stored statistics would have
 * given: r = σ_B / σ and d = (μ_B - μ) / σ, both clipped and without derivative.
 *
 * - shapes: x in `layout`; γ and β (or null), stored mean and variance [C]. σ² is the variance plus ε
 * - where neither is clipped, the output is that of `batchNormInference` with the stored statistics; for rMax = 1 and
 *   dMax = 0 it is that of `batchNormTrain`
 * - derivative: r and d are constants in it, so it is that of `batchNormTrain` with γ r in place of γ
 *
 * @throws as `batchNormTrain`.
 * @see Ioffe (2017), "Batch Renormalization: Towards Reducing Minibatch Dependence in Batch-Normalized Models",
 *   algorithm 1.
 */
export function batchRenormTrain(
  x: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  options: BatchRenormOptions,
): BatchRenormResult {
  const { rMax, dMax, epsilon = 1e-5, mean: center, variance: stored } = options;
  const layout = options.layout ?? (x.rank === 2 ? "NC" : undefined);
  const how = layout === undefined ? { epsilon } : { epsilon, layout };
  const batch = batchNormTrain(x, null, null, how);
  const sigma = sqrt(add(stored, epsilon));
  const ratio = div(sqrt(add(batch.variance, epsilon)), sigma);
  const r = stopGradient(clamp(ratio, { min: div(1, rMax), max: rMax }));
  const distance = div(sub(batch.mean, center), sigma);
  const d = stopGradient(clamp(distance, { min: mul(dMax, -1), max: dMax }));
  const kept = x.shape.map((n, axis) => (axis === channelAxis(layout ?? "NC") ? n : 1));
  const spread = (value: Tensor): Tensor => reshape(value, kept);
  const scale = gamma === null ? r : mul(gamma, r);
  const moved = gamma === null ? d : mul(gamma, d);
  const shift = beta === null ? moved : add(moved, beta);
  return { ...batch, output: add(mul(batch.output, spread(scale)), spread(shift)), r, d };
}
