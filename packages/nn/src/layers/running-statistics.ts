/**
 * @file RunningStatistics: mean and variance of the batches so far, as one of three averages.
 *
 * All three are running ← running + w · (batch - running), with another w for batch t: 1 - decay, 1 / t, or
 * (1 - decay) / (1 - decayᵗ). The last is the average that starts from nothing, divided by the sum of its
 * weights: the first batch replaces the initial values, and there is never a division by 0.
 */
import {
  abs,
  add,
  all,
  cast,
  type DType,
  div,
  expm1,
  greater,
  less,
  logicalAnd,
  maximum,
  mul,
  neg,
  ones,
  stopGradient,
  sub,
  type Tensor,
  where,
  zeros,
} from "@tapegrad/autograd";
import { type BatchStatistics, Buffer, Module } from "../module.ts";

/** "exponential": fixed weights; "cumulative": the mean of all batches; "bias-corrected": exponential, without the initial value. */
export type Average = "exponential" | "cumulative" | "bias-corrected";

export interface RunningRule {
  readonly average: Average;
  /** The weight of the old value; NaN for "cumulative", which has none. */
  readonly decay: number;
  /** Whether the variance is stored times m / (m - 1). */
  readonly storesUnbiased: boolean;
}

/**
 * Running mean and variance, [channels] each, and the number of batches behind them. They start as 0 and 1.
 *
 * - where a new value of a channel is not finite, or summarises fewer than two values, the old one stays. An
 *   average that counts its batches leaves such a batch out altogether, for all channels
 */
export class RunningStatistics extends Module {
  readonly runningMean: Buffer;
  readonly runningVariance: Buffer;
  readonly numBatchesTracked: Buffer;
  readonly #rule: RunningRule;

  constructor(channels: number, rule: RunningRule, dtype: DType) {
    super();
    this.#rule = rule;
    this.runningMean = new Buffer(zeros([channels], { dtype }), { name: "runningMean" });
    this.runningVariance = new Buffer(ones([channels], { dtype }), { name: "runningVariance" });
    const none = zeros([], { dtype: "int32" });
    this.numBatchesTracked = new Buffer(none, { name: "numBatchesTracked" });
  }

  /** Moves mean and variance towards those of a batch. */
  track({ mean, variance, count }: BatchStatistics): void {
    // In the dtype of the buffers first: what is finite in float64 may not be so in float32.
    const { dtype } = this.runningMean.aval;
    const factor = this.#rule.storesUnbiased ? bessel(count) : 1;
    const batchMean = cast(stopGradient(mean), dtype);
    const batchVariance = cast(mul(stopGradient(variance), factor), dtype);
    const usable = usableChannels(batchMean, batchVariance, count);
    const counts = this.#rule.average !== "exponential";
    const taken = counts ? all(usable) : usable;
    const batches = add(this.numBatchesTracked.value, counts ? cast(taken, "int32") : 1);
    const weights = this.#weights(cast(batches, dtype));
    const move = (running: Buffer, batch: Tensor): void => {
      const old = running.value;
      running.assign(where(taken, add(mul(old, weights.old), mul(batch, weights.batch)), old));
    };
    move(this.runningMean, batchMean);
    move(this.runningVariance, batchVariance);
    this.numBatchesTracked.assign(batches);
  }

  /** The weights of the old value and of batch number `t`. */
  #weights(t: Tensor): { readonly old: Tensor | number; readonly batch: Tensor | number } {
    const { average, decay } = this.#rule;
    if (average === "exponential") return { old: decay, batch: 1 - decay };
    const batch =
      average === "cumulative"
        ? div(1, t)
        : // 1 - decayᵗ, without cancellation where the decay is near 1
          div(1 - decay, neg(expm1(mul(t, Math.log(decay)))));
    return { old: sub(1, batch), batch };
  }
}

/** m / (m - 1). */
function bessel(count: number | Tensor): number | Tensor {
  return typeof count === "number" ? count / (count - 1) : div(count, sub(count, 1));
}

function usableChannels(mean: Tensor, variance: Tensor, count: number | Tensor): Tensor {
  const finite = less(maximum(abs(mean), abs(variance)), Number.POSITIVE_INFINITY);
  return typeof count === "number" ? finite : logicalAnd(finite, greater(count, 1));
}
