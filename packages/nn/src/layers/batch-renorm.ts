/** @file BatchRenorm. */
import { add, cast, clamp, div, mul, sub, type Tensor, Variable } from "@tapegrad/autograd";
import { batchRenormTrain } from "../functional/batch-renorm.ts";
import { BatchNorm, type Transformed, type TransformOptions } from "./batch-norm.ts";
import type { BatchNormLayerOptions } from "./batch-norm-options.ts";
import { refuseMask } from "./layer-options.ts";
import type { RunningStatistics } from "./running-statistics.ts";

/** A number, a variable that something else assigns, or a function of how many batches there were before this one. */
export type RenormLimit = number | Variable | ((step: Tensor) => Tensor | number);

export interface BatchRenormLayerOptions extends Omit<BatchNormLayerOptions, "trackRunningStats"> {
  /** The largest correction of the scale; by default as in the paper: 1 for 5,000 steps, then up to 3 at 40,000. */
  readonly rMax?: RenormLimit;
  /** The largest correction of the shift; by default as in the paper: 0 for 5,000 steps, then up to 5 at 25,000. */
  readonly dMax?: RenormLimit;
}

/** A limit that goes from one value to another, linearly between two steps, and stays. */
export function renormRamp(
  from: number,
  to: number,
  { start, end }: { readonly start: number; readonly end: number },
): (step: Tensor) => Tensor {
  return (step) => {
    const part = clamp(div(sub(step, start), end - start), { min: 0, max: 1 });
    return add(mul(part, to - from), from);
  };
}

/**
 * Batch renormalisation: batch statistics in training, corrected towards the running ones, so that training and
 * evaluation compute the same as far as the limits allow.
 *
 * - all but the mode "train" is as in BatchNorm; running statistics are those before this batch
 * - the step is `numBatchesTracked`, so limits advance in compiled programs too
 * - corrections are constants of the derivative
 *
 * @throws as BatchNorm; ValueError for a mask.
 * @example
 * new BatchRenorm(64, { layout: "NCHW", rMax: 3, dMax: 5 });
 * @see Ioffe (2017), "Batch Renormalization", algorithm 1 and section 3.
 */
export class BatchRenorm extends BatchNorm {
  /** An own property would be a variable of the layer. */
  readonly #rMax: RenormLimit;
  readonly #dMax: RenormLimit;

  constructor(channels: number, options: BatchRenormLayerOptions = {}) {
    const { rMax, dMax, ...others } = options;
    super(channels, others);
    this.#rMax = rMax ?? renormRamp(1, 3, { start: 5_000, end: 40_000 });
    this.#dMax = dMax ?? renormRamp(0, 5, { start: 5_000, end: 25_000 });
  }

  protected override transform(
    x: Tensor,
    gamma: Tensor | null,
    beta: Tensor | null,
    options: TransformOptions,
  ): Transformed {
    const { epsilon, layout, mask, running } = options;
    refuseMask("BatchRenorm", mask);
    const stored = running ?? this.statistics();
    const { output, mean, variance, count } = batchRenormTrain(x, gamma, beta, {
      epsilon,
      layout,
      mean: stored.runningMean.value,
      variance: stored.runningVariance.value,
      rMax: limitAt(this.#rMax, stored),
      dMax: limitAt(this.#dMax, stored),
    });
    return { output, batches: [{ mean, variance, count }] };
  }
}

function limitAt(limit: RenormLimit, running: RunningStatistics): Tensor | number {
  if (limit instanceof Variable) return limit.value;
  if (typeof limit === "number") return limit;
  return limit(cast(running.numBatchesTracked.value, running.runningMean.aval.dtype));
}
