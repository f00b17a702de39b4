/**
 * @file RocAuc: the area under the receiver operating characteristic, which is the probability that a sample of
 * the class has a larger score than one of the rest, ties counting half (Hanley & McNeil 1982).
 */
import { DTypeError, ShapeError, type Tensor, ValueError } from "@tapegrad/autograd";
import { type Metric, metricOf } from "./metric.ts";
import { nothingSeen, readLabels } from "./predictions.ts";

export interface RocAucOptions {
  /** How the areas of several classes become one: their mean ("macro", the default), or by their samples. */
  readonly average?: "macro" | "weighted";
}

/**
 * The area under the curve: 1 where every sample of the class has a larger score than every other, 0.5 by chance.
 *
 * - shapes: scores [samples] of class 1 and labels 0 and 1 (int32 or bool); or scores [samples, classes] and
 *   labels [samples], where each class is held against the rest and the areas are averaged
 * - scores and labels of all batches are kept, since the area depends on every pair of them
 *
 * @throws ValueError if a score is NaN, or a class has no samples or all of them; and what is said of wrong
 *   shapes, dtypes and labels.
 */
export class RocAuc implements Metric<[scores: Tensor, labels: Tensor], number> {
  readonly average: "macro" | "weighted";
  /** How many scores belong to a sample; 0 until the first batch, 1 where they are of class 1 alone. */
  #width = 0;
  #scores: number[] = [];
  #labels: number[] = [];

  constructor(options: RocAucOptions = {}) {
    const { average = "macro" } = options;
    if (average !== "macro" && average !== "weighted") {
      throw new ValueError("RocAuc", { average }, (d) => {
        return `average is ${JSON.stringify(d.average)}. Use "macro" or "weighted".`;
      });
    }
    this.average = average;
  }

  update(scores: Tensor, labels: Tensor): void {
    const width = requireWidth(scores, this.#width);
    const rows = scores.shape[0];
    const truths = readLabels("RocAuc", labels, { rows, classes: Math.max(2, width) });
    const values = scores.toTypedArray();
    const wrong = values.findIndex((score) => Number.isNaN(score));
    if (wrong >= 0) {
      throw new ValueError("RocAuc", { sample: Math.floor(wrong / width) }, (d) => {
        return `a score of sample ${d.sample} is NaN, which is neither larger nor smaller than another. Look where it comes from with \`explainNonFinite\`.`;
      });
    }
    this.#width = width;
    for (const score of values) this.#scores.push(score);
    for (let i = 0; i < rows; i++) this.#labels.push(truths[i]);
  }

  compute(): number {
    if (this.#labels.length === 0) throw nothingSeen("RocAuc");
    const [labels, width] = [this.#labels, this.#width];
    if (width === 1) return areaOf(this.#scores, labels, 1);
    let [sum, weights] = [0, 0];
    for (let c = 0; c < width; c++) {
      const scores = labels.map((_, i) => this.#scores[i * width + c]);
      const weight = this.average === "macro" ? 1 : labels.filter((label) => label === c).length;
      sum += weight * areaOf(scores, labels, c);
      weights += weight;
    }
    return sum / weights;
  }

  reset(): void {
    this.#width = 0;
    this.#scores = [];
    this.#labels = [];
  }
}

/**
 * `RocAuc` of one batch.
 *
 * @example
 * rocAuc(tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1], { dtype: "int32" }));   // 0.75
 */
export function rocAuc(scores: Tensor, labels: Tensor, options: RocAucOptions = {}): number {
  return metricOf(new RocAuc(options), scores, labels);
}

function requireWidth({ dtype, shape }: Tensor, before: number): number {
  if (dtype !== "float32" && dtype !== "float64") {
    throw new DTypeError("RocAuc", { dtype }, (d) => {
      return `the scores are ${d.dtype}. Pass floating scores: probabilities or logits.`;
    });
  }
  const width = shape.length === 1 ? 1 : shape[1];
  const isRows = shape.length === 1 || (shape.length === 2 && shape[1] >= 2);
  if (!isRows || (before !== 0 && width !== before)) {
    throw new ShapeError("RocAuc", { shape, before }, (d) => {
      const wanted =
        d.before === 0
          ? "scores [samples] of class 1, or [samples, classes]"
          : `the shape of the batches before, [samples${d.before === 1 ? "" : `, ${d.before}`}]`;
      return `the scores have shape [${d.shape.join(", ")}]. Pass ${wanted}.`;
    });
  }
  return width;
}

/** By ranks: the sum of those of the class, of which equals share theirs (Mann & Whitney 1947). */
function areaOf(scores: readonly number[], labels: readonly number[], own: number): number {
  const order = scores.map((_, i) => i).toSorted((a, b) => scores[a] - scores[b]);
  const positives = labels.filter((label) => label === own).length;
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new ValueError("RocAuc", { class: own, samples: positives }, (d) => {
      const which = d.samples === 0 ? "no sample is" : "all samples are";
      return `${which} of class ${d.class}, so there is no pair to compare. Evaluate on samples of every class.`;
    });
  }
  let rankSum = 0;
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && scores[order[end]] === scores[order[first]]) end++;
    const ofClass = order.slice(first, end).filter((i) => labels[i] === own).length;
    // ranks count from 1: first + 1 … end, whose mean is:
    rankSum += (ofClass * (first + 1 + end)) / 2;
    first = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
