/**
 * @file Calibration: whether a model that is sure to p percent is right in p percent of the cases.
 *
 * Reliability bins and the two errors are those of Naeini, Cooper & Hauskrecht (2015) and Guo et al. (2017).
 */
import { type Tensor, ValueError } from "@tapegrad/autograd";
import { requireCount } from "../../layers/layer-options.ts";
import { ExactSum } from "./exact-sum.ts";
import { type Metric, metricOf } from "./metric.ts";
import {
  largestClasses,
  nothingSeen,
  readLabels,
  readScores,
  type ScoreRows,
} from "./predictions.ts";

/** The samples whose confidence lies in (from, to]; the first bin has 0 as well. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** The mean of the largest probabilities; null where the bin is empty. */
  readonly confidence: number | null;
  /** The fraction that is right; null where the bin is empty. */
  readonly accuracy: number | null;
}

export interface CalibrationResult {
  /** ECE: the mean over samples of abs(accuracy - confidence) of their bin. */
  readonly expectedError: number;
  /** MCE: the largest abs(accuracy - confidence) of a bin that is not empty. */
  readonly maximumError: number;
  readonly bins: readonly ReliabilityBin[];
}

export interface CalibrationOptions {
  /** How many bins of equal width; 15 by default. */
  readonly bins?: number;
}

/** By how much a probability may be above 1: that of a softmax is rounded. */
const SLACK = 1e-6;

/**
 * Reliability bins of the largest probability of each sample, and the expected and maximum calibration error.
 *
 * - shapes: probabilities [samples, classes], such as of `softmax`; labels [samples], int32
 * - the means of bins are of exact sums, so the sizes of batches change nothing
 *
 * @throws ValueError if a probability is outside of 0 to 1, or `bins` is not an integer above 0; and what is said
 *   of wrong shapes, dtypes and labels.
 */
export class Calibration
  implements Metric<[probabilities: Tensor, labels: Tensor], CalibrationResult>
{
  readonly bins: number;
  #bins: readonly Bin[];

  constructor(options: CalibrationOptions = {}) {
    this.bins = requireCount("Calibration", "bins", options.bins ?? 15);
    this.#bins = emptyBins(this.bins);
  }

  update(probabilities: Tensor, labels: Tensor): void {
    const scores = readScores("Calibration", probabilities);
    const truths = readLabels("Calibration", labels, scores);
    requireProbabilities(scores);
    largestClasses(scores).forEach((predicted, row) => {
      const confidence = Math.min(1, scores.values[row * scores.classes + predicted]);
      const bin = this.#bins[binOf(confidence, this.bins)];
      bin.count++;
      bin.confidence.add(confidence);
      if (predicted === truths[row]) bin.right++;
    });
  }

  compute(): CalibrationResult {
    const samples = this.#bins.reduce((all, { count }) => all + count, 0);
    if (samples === 0) throw nothingSeen("Calibration");
    let [expectedError, maximumError] = [0, 0];
    const bins = this.#bins.map(({ count, right, confidence: sum }, i) => {
      const range = { from: i / this.bins, to: (i + 1) / this.bins };
      if (count === 0) return { ...range, count, confidence: null, accuracy: null };
      const [confidence, accuracy] = [sum.value / count, right / count];
      const error = Math.abs(accuracy - confidence);
      expectedError += (count / samples) * error;
      maximumError = Math.max(maximumError, error);
      return { ...range, count, confidence, accuracy };
    });
    return { expectedError, maximumError, bins };
  }

  reset(): void {
    this.#bins = emptyBins(this.bins);
  }
}

/**
 * `Calibration` of one batch.
 *
 * @example
 * calibration(softmax(logits, { axis: 1 }), labels).expectedError;   // 0 is perfect
 */
export function calibration(
  probabilities: Tensor,
  labels: Tensor,
  options: CalibrationOptions = {},
): CalibrationResult {
  return metricOf(new Calibration(options), probabilities, labels);
}

interface Bin {
  count: number;
  right: number;
  readonly confidence: ExactSum;
}

const emptyBins = (count: number): readonly Bin[] =>
  Array.from({ length: count }, () => ({ count: 0, right: 0, confidence: new ExactSum() }));

/** The i with i / bins < confidence ≤ (i + 1) / bins; the product alone may be off by a rounding. */
function binOf(confidence: number, bins: number): number {
  const near = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
  if (near > 0 && confidence <= near / bins) return near - 1;
  return confidence > (near + 1) / bins ? near + 1 : near;
}

function requireProbabilities({ rows, classes, values }: ScoreRows): void {
  for (let i = 0; i < rows * classes; i++) {
    if (values[i] >= 0 && values[i] <= 1 + SLACK) continue;
    const details = { value: values[i], sample: Math.floor(i / classes) };
    throw new ValueError("Calibration", details, (d) => {
      return `${d.value} of sample ${d.sample} is no probability. Pass those of \`softmax\`, not logits.`;
    });
  }
}
