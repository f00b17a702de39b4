/** @file histogramOf. */
import { type Tensor, ValueError } from "@tapegrad/autograd";
import { requireCount } from "../../layers/layer-options.ts";
import type { Histogram } from "../../serialization/tf-events.ts";
import { ExactSum } from "../metrics/exact-sum.ts";

/**
 * How many elements of a tensor lie in each of `bins` buckets of equal width from the smallest to the largest.
 *
 * NaN and infinities are left out: `count` is the number of those that are finite.
 *
 * @throws ValueError if no element is finite, or `bins` is not an integer above 0.
 * @example
 * const logger = new TensorBoardLogger("out/events");
 * logger.logHistogram(300, "weight", histogramOf(layer.weight.value));
 */
export function histogramOf(x: Tensor, options: { readonly bins?: number } = {}): Histogram {
  const bins = requireCount("histogramOf", "bins", options.bins ?? 30);
  const values = x.toTypedArray().filter((value) => Number.isFinite(value));
  if (values.length === 0) {
    throw new ValueError("histogramOf", { size: x.size }, (d) => {
      return `none of the ${d.size} elements is finite. Look where they come from with \`explainNonFinite\`.`;
    });
  }
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const [sum, sumOfSquares] = [new ExactSum(), new ExactSum()];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum.add(value);
    sumOfSquares.add(value * value);
  }
  const limits = Array.from({ length: bins }, (_, i) => min + (max - min) * ((i + 1) / bins));
  limits[bins - 1] = max;
  const counts = limits.map(() => 0);
  for (const value of values) counts[bucketOf(value, limits, min, max)]++;
  const sums = { sum: sum.value, sumOfSquares: sumOfSquares.value };
  return { min, max, count: values.length, ...sums, limits, counts };
}

/** The first bucket whose limit is not below the value. */
function bucketOf(value: number, limits: readonly number[], min: number, max: number): number {
  const width = (max - min) / limits.length;
  let bucket = width > 0 ? Math.min(limits.length - 1, Math.floor((value - min) / width)) : 0;
  // the division may be off by a rounding
  while (bucket > 0 && value <= limits[bucket - 1]) bucket--;
  while (value > limits[bucket]) bucket++;
  return bucket;
}
