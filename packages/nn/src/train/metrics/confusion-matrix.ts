/** @file ConfusionMatrix: how often each class was taken for each. */
import { ShapeError, type Tensor, tensor } from "@tapegrad/autograd";
import { requireCount } from "../../layers/layer-options.ts";
import { type Metric, metricOf } from "./metric.ts";
import { largestClasses, nothingSeen, readLabels, readScores } from "./predictions.ts";

/**
 * Counts of samples by true class (rows) and predicted class (columns).
 *
 * - shapes: predictions [samples], int32, or scores [samples, classes], floating, whose largest counts;
 *   labels [samples], int32; the value [classes, classes], int32
 *
 * @throws ValueError if `classes` is not an integer above 0; and what is said of wrong shapes, dtypes and labels.
 */
export class ConfusionMatrix implements Metric<[predictions: Tensor, labels: Tensor], Tensor> {
  readonly classes: number;
  #counts: Int32Array;
  #seen = 0;

  constructor(classes: number) {
    this.classes = requireCount("ConfusionMatrix", "classes", classes);
    this.#counts = new Int32Array(classes * classes);
  }

  update(predictions: Tensor, labels: Tensor): void {
    const { classes } = this;
    const predicted = this.#predicted(predictions);
    const rows = predicted.length;
    const truths = readLabels("ConfusionMatrix", labels, { rows, classes });
    for (let i = 0; i < rows; i++) this.#counts[truths[i] * classes + predicted[i]]++;
    this.#seen += rows;
  }

  #predicted(predictions: Tensor): ArrayLike<number> {
    const { classes } = this;
    if (predictions.rank === 1) {
      return readLabels("ConfusionMatrix", predictions, { rows: predictions.size, classes });
    }
    const scores = readScores("ConfusionMatrix", predictions);
    if (scores.classes !== classes) {
      throw new ShapeError("ConfusionMatrix", { found: scores.classes, classes }, (d) => {
        return `the scores are of ${d.found} classes, but the matrix is of ${d.classes}. Make it with \`new ConfusionMatrix(${d.found})\`.`;
      });
    }
    return largestClasses(scores);
  }

  compute(): Tensor {
    if (this.#seen === 0) throw nothingSeen("ConfusionMatrix");
    const { classes } = this;
    return tensor(this.#counts.slice(), { shape: [classes, classes] });
  }

  reset(): void {
    this.#counts = new Int32Array(this.classes * this.classes);
    this.#seen = 0;
  }
}

/**
 * `ConfusionMatrix` of one batch.
 *
 * @example
 * confusionMatrix(predicted, labels, { classes: 2 }).toArray();   // [[5, 1], [0, 4]]
 */
export function confusionMatrix(
  predictions: Tensor,
  labels: Tensor,
  { classes }: { readonly classes: number },
): Tensor {
  return metricOf(new ConfusionMatrix(classes), predictions, labels);
}
