/**
 * @file Moments of a batch from the moments of its parts, however it was divided: counts, means and sums of squared
 * deviations are merged, never means of means.
 */
import {
  add,
  cast,
  div,
  maximum,
  mul,
  reshape,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  ValueError,
  zeros,
} from "@tapegrad/autograd";
import { channelMoments, meanOf } from "../functional/channel-moments.ts";
import { planFor, spreadMask } from "../functional/channels.ts";
import type { LayoutOptions } from "../functional/layout.ts";

/** What one part of a batch tells about its channels; two such, of different parts, make one of both. */
export interface PartMoments {
  /** Values of a channel, 0 for an empty part; a tensor of rank 0 where a mask decides. */
  readonly count: number | Tensor;
  /** [channels], float64; 0 for an empty part. */
  readonly mean: Tensor;
  /** Σ (x - mean)², [channels], float64. */
  readonly deviations: Tensor;
}

export interface PartOptions extends LayoutOptions {
  /** As for `batchNormTrain`. */
  readonly mask?: Tensor | undefined;
}

/**
 * Count, mean and squared deviations of every channel of a part, which may have a single value or none.
 *
 * - shapes: x any; the result that of x without the axes of the statistics
 * - dtype: computed in float64 for float32 too, so that what is merged has lost no digits
 * - derivative: follows, through the mean and the deviations
 *
 * @throws as `batchNormTrain`, except that no number of values is too small.
 * @example
 * combineMoments(shards.map((shard) => partMoments(shard, { layout: "NCHW" })));
 */
export function partMoments(x: Tensor, options: PartOptions = {}): PartMoments {
  const plan = planFor("partMoments", x, options);
  const valid = options.mask === undefined ? null : spreadMask(plan, options.mask);
  const { axes, perChannel } = plan;
  if (plan.count === 0) {
    const none = zeros(perChannel, { dtype: "float64" });
    return { count: 0, mean: none, deviations: none };
  }
  const moments = channelMoments(cast(x, "float64"), plan, valid);
  return {
    count: moments.count,
    mean: reshape(meanOf(moments), perChannel),
    deviations: sum(square(moments.centered), { axes }),
  };
}

/**
 * The moments of a batch from those of its parts: n = Σ nᵢ, μ = Σ nᵢ μᵢ / n, and Σ of (deviationsᵢ + nᵢ (μᵢ - μ)²).
 *
 * - the result does not depend on how the batch was divided, up to rounding: 1e-12 where means are not
 *   large beside the spread (of a mean of 10ᵏ spreads, k digits are lost)
 * - empty parts change nothing
 * - derivative: follows, to any order
 *
 * @throws ValueError if there are no parts.
 * @example
 * const { count, mean, deviations } = combineMoments([partMoments(a), partMoments(b)]);
 * @see Chan, Golub & LeVeque (1983), "Algorithms for computing the sample variance".
 */
export function combineMoments(parts: readonly PartMoments[]): PartMoments {
  if (parts.length === 0) {
    throw new ValueError("combineMoments", {}, () => {
      return "there are no parts. Pass at least one, which may be empty.";
    });
  }
  const count = parts.map((part) => part.count).reduce(plus);
  const divisor = typeof count === "number" ? Math.max(count, 1) : maximum(count, 1);
  // relative to one mean: equal means then give it exactly, and deviations of 0
  const [{ mean: first }] = [...parts.filter((part) => part.count !== 0), parts[0]];
  const reference = stopGradient(first);
  const weighted = parts.map((part) => mul(sub(part.mean, reference), part.count));
  const mean = add(reference, div(weighted.reduce(add), divisor));
  const deviations = parts.map((part) =>
    add(part.deviations, mul(square(sub(part.mean, mean)), part.count)),
  );
  return { count, mean, deviations: deviations.reduce(add) };
}

function plus(a: number | Tensor, b: number | Tensor): number | Tensor {
  return typeof a === "number" && typeof b === "number" ? a + b : add(a, b);
}
