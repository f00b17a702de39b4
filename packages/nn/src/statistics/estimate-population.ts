/**
 * @file estimatePopulation: the statistics of a trained network over its training data.
 */
import { add, cast, div, mul, Tensor, ValueError } from "@tapegrad/autograd";
import { BatchNorm } from "../layers/batch-norm.ts";
import type { BatchStatistics, Layer } from "../module.ts";
import { combineMoments } from "./combine-moments.ts";
import { withoutCommit } from "./without-commit.ts";

/** Mean and variance of one channel each, shape [channels], float64. */
export interface Population {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** What the batches say about the input of one BatchNorm layer. */
export interface PopulationEstimate {
  readonly layer: BatchNorm;
  /** The layer's name in the model, as in `1`. */
  readonly name: string;
  /** Whose running statistics are estimated; undefined for a layer without domains. */
  readonly domain: string | undefined;
  readonly batches: number;
  /** Values per channel in all batches together. */
  readonly count: number;
  /** Algorithm 2: E[x] = E_B[μ_B], Var[x] = E_B[m / (m - 1) · σ²_B]. It does not see how batches differ in mean. */
  readonly algorithm2: Population;
  /** Mean and unbiased variance of all values as one sample (merged by Chan, Golub & LeVeque, 1983). */
  readonly pooled: Population;
}

/** A batch with padding: `mask` as for `batchNormTrain`. */
export interface MaskedBatch {
  readonly x: Tensor;
  readonly mask: Tensor;
}

export interface PopulationOptions {
  /** The domain of the batches, where layers keep statistics by domain. */
  readonly domain?: string;
}

/**
 * Runs `model` in training mode over `batches` with fixed weights and collects the statistics of every
 * BatchNorm layer whose running statistics are not frozen. Nothing of the model changes; `usePopulation` stores a result.
 *
 * - batches may differ in size; algorithm 2 weighs them equally, as the paper does
 * - a batch with padding comes with its mask, and what is masked is not counted
 * - accumulated in float64
 *
 * @throws ValueError if there are no batches or no layers; errors of `forward` as they are.
 * @example
 * usePopulation(estimatePopulation(model, batches), "algorithm2");
 * @see Ioffe & Szegedy (2015), algorithm 2, steps 8 to 10.
 */
export function estimatePopulation(
  model: Layer,
  batches: Iterable<Tensor | MaskedBatch>,
  options: PopulationOptions = {},
): readonly PopulationEstimate[] {
  const sums = new Map<BatchNorm, Sums>();
  let empty = true;
  for (const batch of batches) {
    empty = false;
    withoutCommit(() => {
      const { x, ...mask } = batch instanceof Tensor ? { x: batch } : batch;
      model.forward(x, {
        ...options,
        ...mask,
        mode: "train",
        onStatistics: (layer, statistics) => {
          if (!(layer instanceof BatchNorm && layer.tracksRunningStats)) return;
          const known = sums.get(layer);
          const batchSums = sumsOf(statistics);
          sums.set(layer, known === undefined ? batchSums : plus(known, batchSums));
        },
      });
    });
  }
  if (sums.size === 0) {
    throw new ValueError("estimatePopulation", { empty }, (d) => {
      return d.empty
        ? "there are no batches. Pass at least one; a generator can be read only once."
        : "no layer computed batch statistics. Pass a model with a BatchNorm layer that is not frozen.";
    });
  }
  const names = new Map([...model.modules()].map(([name, module]) => [module, name]));
  const { domain } = options;
  return [...sums].map(([layer, sum]) => {
    return { layer, name: names.get(layer) ?? "", domain, ...estimatesFrom(sum) };
  });
}

/**
 * Stores population statistics as the running statistics that evaluation uses; of all layers, or of none.
 *
 * @param which "algorithm2" as in the paper, or "pooled".
 * @throws ValueError if `which` is neither, or a statistic is not finite: a batch held NaN or Infinity.
 */
export function usePopulation(
  estimates: readonly PopulationEstimate[],
  which: "algorithm2" | "pooled",
): void {
  if (which !== "algorithm2" && which !== "pooled") {
    throw new ValueError("usePopulation", { which }, (d) => {
      return `there is no estimate ${JSON.stringify(d.which)}. Use "algorithm2" or "pooled".`;
    });
  }
  const values = estimates.map((estimate) => {
    const running = estimate.layer.statistics(estimate.domain);
    const { dtype } = running.runningMean.aval;
    const mean = cast(estimate[which].mean, dtype);
    const variance = cast(estimate[which].variance, dtype);
    requireFinite(estimate.name, mean, variance);
    return { running, mean, variance };
  });
  for (const { running, mean, variance } of values) {
    running.runningMean.assign(mean);
    running.runningVariance.assign(variance);
  }
}

function requireFinite(name: string, mean: Tensor, variance: Tensor): void {
  const channel = mean.toTypedArray().findIndex((value, c) => {
    return !Number.isFinite(value) || !Number.isFinite(variance.toTypedArray()[c]);
  });
  if (channel < 0) return;
  throw new ValueError("usePopulation", { name, channel }, (d) => {
    const layer = d.name === "" ? "the layer" : `layer ${d.name}`;
    return `the statistics of channel ${d.channel} of ${layer} are not finite. Look for NaN and Infinity in the batches, and estimate again.`;
  });
}

/** Sums over batches: of means and unbiased variances, and the merged mean and squared deviations. */
interface Sums {
  readonly batches: number;
  readonly means: Tensor;
  readonly variances: Tensor;
  readonly pooled: PooledMoments;
}

interface PooledMoments {
  readonly count: number;
  readonly mean: Tensor;
  readonly deviations: Tensor;
}

function sumsOf({ mean, variance, count: values }: BatchStatistics): Sums {
  const count = values instanceof Tensor ? values.item() : values;
  const mu = cast(mean, "float64");
  const deviations = mul(cast(variance, "float64"), count);
  const variances = div(deviations, count - 1);
  return { batches: 1, means: mu, variances, pooled: { count, mean: mu, deviations } };
}

function plus(a: Sums, b: Sums): Sums {
  return {
    batches: a.batches + b.batches,
    means: add(a.means, b.means),
    variances: add(a.variances, b.variances),
    pooled: {
      ...combineMoments([a.pooled, b.pooled]),
      count: a.pooled.count + b.pooled.count,
    },
  };
}

function estimatesFrom({
  batches,
  means,
  variances,
  pooled: { count, mean, deviations },
}: Sums): Pick<PopulationEstimate, "batches" | "count" | "algorithm2" | "pooled"> {
  return {
    batches,
    count,
    algorithm2: { mean: div(means, batches), variance: div(variances, batches) },
    pooled: { mean, variance: div(deviations, count - 1) },
  };
}
