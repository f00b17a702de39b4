/** @file MeanMetric. */
import { Tensor, ValueError } from "@tapegrad/autograd";
import { ExactSum } from "./exact-sum.ts";
import type { Metric } from "./metric.ts";
import { nothingSeen } from "./predictions.ts";

/**
 * The weighted mean of numbers, such as of the losses of batches, weighted by their sizes.
 *
 * The sums are exact and rounded once, so order and grouping change nothing; products of float32 values and
 * weights below 2^29 are exact too.
 *
 * @example
 * const mean = new MeanMetric();
 * mean.update(crossEntropy(model.forward(x), labels), labels.size);
 */
export class MeanMetric implements Metric<[value: number | Tensor, weight?: number], number> {
  #sum = new ExactSum();
  #weight = new ExactSum();

  /**
   * @param value a number, or a tensor of which every element counts with `weight`.
   * @param weight 1 by default.
   * @throws ValueError if the weight is negative or not finite.
   */
  update(value: number | Tensor, weight = 1): void {
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new ValueError("MeanMetric", { weight }, (d) => {
        return `the weight is ${d.weight}. Use a finite number of at least 0, such as the number of samples.`;
      });
    }
    for (const x of value instanceof Tensor ? value.toTypedArray() : [value]) {
      this.#sum.add(x * weight);
      this.#weight.add(weight);
    }
  }

  compute(): number {
    const weight = this.#weight.value;
    if (weight === 0) throw nothingSeen("MeanMetric");
    return this.#sum.value / weight;
  }

  reset(): void {
    this.#sum = new ExactSum();
    this.#weight = new ExactSum();
  }
}
