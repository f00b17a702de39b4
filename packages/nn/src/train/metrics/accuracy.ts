/** @file Accuracy: how often the true class has the largest score, or is among the k largest. */
import { type Tensor, ValueError } from "@tapegrad/autograd";
import { type Metric, metricOf } from "./metric.ts";
import { isAbove, nothingSeen, readLabels, readScores } from "./predictions.ts";

export interface AccuracyOptions {
  /** The true class counts if it is among this many with the largest scores; 1 by default. */
  readonly topK?: number;
}

/**
 * The fraction of samples whose true class is among the `topK` with the largest scores.
 *
 * - shapes: scores [samples, classes], floating; labels [samples], int32
 * - of equal scores the class with the smaller number comes first; NaN is the largest, as in `argMax`
 *
 * @throws ValueError if `topK` is not an integer above 0, or above the number of classes; and what is said of
 *   wrong shapes, dtypes and labels.
 * @example
 * const accuracy = new Accuracy();
 * for (const { x, labels } of loader) accuracy.update(model.forward(x, { mode: "eval" }), labels);
 * accuracy.compute();   // the fraction of all samples that are right
 */
export class Accuracy implements Metric<[scores: Tensor, labels: Tensor], number> {
  readonly topK: number;
  #right = 0;
  #seen = 0;

  constructor(options: AccuracyOptions = {}) {
    const { topK = 1 } = options;
    if (!Number.isInteger(topK) || topK < 1) {
      throw new ValueError("Accuracy", { topK }, (d) => {
        return `topK is ${d.topK}. Use an integer above 0.`;
      });
    }
    this.topK = topK;
  }

  update(scores: Tensor, labels: Tensor): void {
    const read = readScores("Accuracy", scores);
    const { rows, classes, values } = read;
    const truths = readLabels("Accuracy", labels, read);
    if (this.topK > classes) {
      throw new ValueError("Accuracy", { topK: this.topK, classes }, (d) => {
        return `topK is ${d.topK}, but there are ${d.classes} classes. Use at most their number.`;
      });
    }
    for (let row = 0; row < rows; row++) {
      const own = values[row * classes + truths[row]];
      let before = 0;
      for (let c = 0; c < classes; c++) {
        const other = values[row * classes + c];
        if (isAbove(other, own) || (c < truths[row] && !isAbove(own, other))) before++;
      }
      if (before < this.topK) this.#right++;
    }
    this.#seen += rows;
  }

  compute(): number {
    if (this.#seen === 0) throw nothingSeen("Accuracy");
    return this.#right / this.#seen;
  }

  reset(): void {
    this.#right = 0;
    this.#seen = 0;
  }
}

/**
 * The fraction of samples whose true class has the largest score: `Accuracy` of one batch.
 *
 * @example
 * accuracy(tensor([[0.9, 0.1], [0.8, 0.2]]), tensor([0, 1], { dtype: "int32" }));   // 0.5
 */
export function accuracy(scores: Tensor, labels: Tensor): number {
  return metricOf(new Accuracy(), scores, labels);
}

/** The fraction of samples whose true class is among the `k` with the largest scores: `Accuracy` of one batch. */
export function topKAccuracy(
  scores: Tensor,
  labels: Tensor,
  { k }: { readonly k: number },
): number {
  return metricOf(new Accuracy({ topK: k }), scores, labels);
}
