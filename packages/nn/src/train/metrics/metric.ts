/**
 * @file Metric: what is accumulated over the batches of an evaluation. The result is that of all batches as one,
 * whatever their sizes: what is kept are counts, exact sums, or the scores themselves.
 */

export interface Metric<Inputs extends readonly unknown[], Value> {
  /** Takes a batch in. */
  update(...inputs: Inputs): void;
  /**
   * The value over everything since the start or the last `reset`.
   *
   * @throws ValueError if nothing was taken in.
   */
  compute(): Value;
  /** Forgets everything. */
  reset(): void;
}

/**
 * A metric whose value is a function of another's.
 *
 * @example
 * mapMetric(new ConfusionMatrix(10), (matrix) => precisionRecallF1(matrix).macro.f1);
 */
export function mapMetric<Inputs extends readonly unknown[], From, To>(
  metric: Metric<Inputs, From>,
  map: (value: From) => To,
): Metric<Inputs, To> {
  return {
    update: (...inputs) => metric.update(...inputs),
    compute: () => map(metric.compute()),
    reset: () => metric.reset(),
  };
}

/** The value of a metric over one batch. */
export function metricOf<Inputs extends readonly unknown[], Value>(
  metric: Metric<Inputs, Value>,
  ...inputs: Inputs
): Value {
  metric.update(...inputs);
  return metric.compute();
}
