/** @file GhostBatchNorm. */
import type { Tensor } from "@tapegrad/autograd";
import { ghostBatchNormTrain } from "../functional/ghost-batch-norm.ts";
import { BatchNorm, type Transformed, type TransformOptions } from "./batch-norm.ts";
import type { BatchNormLayerOptions } from "./batch-norm-options.ts";
import { refuseMask, requireCount } from "./layer-options.ts";

/**
 * Batch normalisation of ghost batches: parts of `ghostSize` samples of a batch, each by its own statistics.
 *
 * - all but the mode "train" is as in BatchNorm
 * - the running statistics are moved towards those of every ghost batch in turn, as if the ghost batches had come one
 *   after the other; `numBatchesTracked` counts them, and `onStatistics` is told of each
 * - what is left over is a shorter ghost batch, or joins the one before: see `ghostBatchNormTrain`
 *
 * @throws as BatchNorm; ValueError if `ghostSize` is not an integer above 0, or for a mask.
 * @example
 * new GhostBatchNorm(64, 32, { layout: "NCHW" });
 * @see Hoffer, Hubara & Soudry (2017), "Train longer, generalize better", algorithm 1.
 */
export class GhostBatchNorm extends BatchNorm {
  readonly ghostSize: number;

  constructor(channels: number, ghostSize: number, options: BatchNormLayerOptions = {}) {
    super(channels, options);
    this.ghostSize = requireCount("GhostBatchNorm", "ghostSize", ghostSize);
  }

  protected override transform(
    x: Tensor,
    gamma: Tensor | null,
    beta: Tensor | null,
    { epsilon, layout, mask }: TransformOptions,
  ): Transformed {
    refuseMask("GhostBatchNorm", mask);
    const { ghostSize } = this;
    const { output, ghosts } = ghostBatchNormTrain(x, gamma, beta, { ghostSize, epsilon, layout });
    return { output, batches: ghosts };
  }
}
