/**
 * @file Mean and variance of every channel, of all its values or of those a mask leaves.
 *
 * Two passes over values that are first shifted by one of their own, under `stopGradient`. Nothing depends on
 * which, so all derivatives are exact; a constant channel has variance exactly 0, and a large mean costs no digits.
 */
import {
  add,
  arange,
  cast,
  div,
  equal,
  firstAlong,
  maximum,
  mean,
  min,
  mul,
  reshape,
  stopGradient,
  sub,
  sum,
  type Tensor,
  where,
} from "@tapegrad/autograd";
import type { ChannelPlan } from "./channels.ts";

/** The mean is `reference` and `offset` together; all but `centered` have the axes of the statistics with size 1. */
export interface ChannelMoments {
  readonly reference: Tensor;
  readonly offset: Tensor;
  /** x less its mean; 0 where masked. */
  readonly centered: Tensor;
  /** Biased. */
  readonly variance: Tensor;
  /** Values of a channel; with a mask a tensor of rank 0. */
  readonly count: number | Tensor;
}

/** @param valid as `spreadMask` gives it; null: all values count. There is at least one position. */
export function channelMoments(x: Tensor, plan: ChannelPlan, valid: Tensor | null): ChannelMoments {
  return valid === null ? momentsOfAll(x, plan) : momentsOfValid(x, plan, valid);
}

function momentsOfAll(x: Tensor, { axes, count }: ChannelPlan): ChannelMoments {
  const over = { axes, keepDims: true };
  const reference = stopGradient(firstAlong(x, { axes }));
  const shifted = sub(x, reference);
  const offset = mean(shifted, over);
  const centered = sub(shifted, offset);
  return { reference, offset, centered, variance: mean(mul(centered, centered), over), count };
}

/** What is masked, NaN and infinity too, becomes 0 before it is summed or multiplied, forward and backward. */
function momentsOfValid(x: Tensor, { axes }: ChannelPlan, valid: Tensor): ChannelMoments {
  const over = { axes, keepDims: true };
  const total = (values: Tensor): Tensor => sum(values, over);
  const count = cast(sum(cast(valid, "int32")), x.dtype);
  const divisor = maximum(count, 1);
  const reference = stopGradient(total(where(firstOf(valid), x, 0)));
  const shifted = where(valid, sub(x, reference), 0);
  const offset = div(total(shifted), divisor);
  const centered = where(valid, sub(shifted, offset), 0);
  const variance = div(total(mul(centered, centered)), divisor);
  return { reference, offset, centered, variance, count };
}

/** True at the first true position only. */
function firstOf(valid: Tensor): Tensor {
  const order = reshape(arange(valid.size), valid.shape);
  return equal(order, min(where(valid, order, valid.size)));
}

/** The mean of every channel, the axes of the statistics with size 1. */
export function meanOf({ reference, offset }: ChannelMoments): Tensor {
  return add(reference, offset);
}
