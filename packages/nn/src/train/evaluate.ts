/** @file evaluate: metrics of a model over the batches of a data set. */
import type { Tensor } from "@tapegrad/autograd";
import type { Metric } from "./metrics/metric.ts";

export interface EvaluateOptions<Batch, Inputs extends readonly Tensor[]> {
  /** One pass over the data. */
  readonly batches: Iterable<Batch> | AsyncIterable<Batch>;
  /** What the metrics are told of a batch, such as scores and labels. Use `{ mode: "eval" }`. */
  readonly forward: (batch: Batch) => Inputs;
  /** By the names of their values; they are reset first. */
  readonly metrics: Readonly<Record<string, Metric<Inputs, number>>>;
}

/**
 * The values of metrics over all batches.
 *
 * @throws ValueError if there are no batches.
 * @example
 * await evaluate({
 *   batches: loader,
 *   forward: ({ images, labels }) => [model.forward(images, { mode: "eval" }), labels],
 *   metrics: { accuracy: new Accuracy() },
 * });   // { accuracy: 0.98 }
 */
export async function evaluate<Batch, Inputs extends readonly Tensor[]>(
  options: EvaluateOptions<Batch, Inputs>,
): Promise<Record<string, number>> {
  const { batches, forward, metrics } = options;
  const all = Object.entries(metrics);
  for (const [, metric] of all) metric.reset();
  for await (const batch of batches) {
    const inputs = forward(batch);
    for (const [, metric] of all) metric.update(...inputs);
  }
  return Object.fromEntries(all.map(([name, metric]) => [name, metric.compute()]));
}
