/**
 * @file Batch normalisation of a batch in parts, by the statistics of the whole.
 */
import { cast, div, type Tensor, ValueError } from "@tapegrad/autograd";
import type { BatchStatistics } from "../module.ts";
import { combineMoments, partMoments } from "../statistics/combine-moments.ts";
import { batchNormInference, requirePositive } from "./batch-norm.ts";
import type { LayoutOptions } from "./layout.ts";

export interface ShardedOptions extends LayoutOptions {
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
}

export interface BatchNormShardedResult extends BatchStatistics {
  /** One for each shard, in its shape. */
  readonly outputs: readonly Tensor[];
}

/**
 * What `batchNormTrain` gives for the whole batch, shard by shard: outputs, statistics and all derivatives.
 *
 * - shapes: of each shard as for `batchNormTrain`; shards may differ in size, and some may have one sample or none
 * - dtype: statistics are float64, so that merging loses no digits; outputs are in the dtype in which shard, γ and β meet
 * - derivative: follows. Statistics are combined from counts, means and squared deviations, so the gradient of each
 *   shard sees all others; the gradients of γ and β are those of the whole batch, once
 *
 * @throws ValueError if all shards together have fewer than two values per channel, or there are none; else as
 *   `batchNormTrain`.
 * @example
 * const [gamma, beta] = [ones([64]), zeros([64])];
 * const { outputs, mean, variance } = batchNormTrainSharded(shards, gamma, beta);
 */
export function batchNormTrainSharded(
  shards: readonly Tensor[],
  gamma: Tensor | null,
  beta: Tensor | null,
  options: ShardedOptions = {},
): BatchNormShardedResult {
  const op = "batchNormTrainSharded";
  requirePositive(op, options.epsilon ?? 1e-5);
  const { count, mean, deviations } = combineMoments(
    shards.map((shard) => partMoments(shard, options)),
  );
  requireSeveral(op, count);
  const variance = div(deviations, count);
  const stored = { ...options, mean, variance };
  const outputs = shards.map((shard) => {
    const output = batchNormInference(cast(shard, "float64"), gamma, beta, stored);
    const wide = [shard, gamma, beta].some((value) => value?.dtype === "float64");
    return wide ? output : cast(output, "float32");
  });
  return { outputs, mean, variance, count };
}

function requireSeveral(op: string, count: number | Tensor): void {
  if (typeof count !== "number" || count > 1) return;
  throw new ValueError(op, { count }, (d) => {
    return `all shards together have ${d.count === 0 ? "no value" : "one value"} per channel, of which there is no variance. Use at least two, or \`batchNormInference\` with stored statistics.`;
  });
}
