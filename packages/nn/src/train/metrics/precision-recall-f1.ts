/** @file precisionRecallF1. */
import { DTypeError, ShapeError, type Tensor } from "@tapegrad/autograd";

/** How well one class is found. */
export interface ClassScores {
  /** Of the samples taken for this class, the fraction that are of it. */
  readonly precision: number;
  /** Of the samples of this class, the fraction that were taken for it. */
  readonly recall: number;
  /** The harmonic mean of both: 2 · hits / (2 · hits + false alarms + misses). */
  readonly f1: number;
  /** How many samples are of this class. */
  readonly support: number;
}

export interface PrecisionRecallF1 {
  readonly classes: readonly ClassScores[];
  /** The mean over classes. */
  readonly macro: ClassScores;
  /** Of the counts of all classes together. */
  readonly micro: ClassScores;
  /** The mean over classes, each by its support. */
  readonly weighted: ClassScores;
}

/**
 * Precision, recall and F1 of each class and their three averages, from a confusion matrix with true classes as
 * rows. A quotient 0 / 0 is 0.
 *
 * - shape: [classes, classes], int32
 *
 * @throws ShapeError if the matrix is not square; DTypeError if it does not hold counts.
 * @example
 * precisionRecallF1(confusionMatrix(scores, labels, { classes: 10 })).macro.f1;
 */
export function precisionRecallF1(matrix: Tensor): PrecisionRecallF1 {
  const [classes, columns] = matrix.shape;
  if (matrix.rank !== 2 || classes !== columns || classes === 0) {
    throw new ShapeError("precisionRecallF1", { shape: matrix.shape }, (d) => {
      return `the matrix has shape [${d.shape.join(", ")}]. Pass the square one of \`confusionMatrix\`.`;
    });
  }
  if (matrix.dtype !== "int32") {
    throw new DTypeError("precisionRecallF1", { dtype: matrix.dtype }, (d) => {
      return `the matrix is ${d.dtype}, but counts are int32. Pass the one of \`confusionMatrix\`.`;
    });
  }
  const each = countsOf(matrix.toTypedArray(), classes);
  const scores = each.map(scoresOf);
  return {
    classes: scores,
    macro: mean(scores, () => 1),
    micro: scoresOf(each.reduce(together)),
    weighted: mean(scores, ({ support }) => support),
  };
}

interface Counts {
  readonly hits: number;
  readonly falseAlarms: number;
  readonly misses: number;
}

function countsOf(counts: ArrayLike<number>, classes: number): readonly Counts[] {
  const indices = Array.from({ length: classes }, (_, i) => i);
  const sum = (of: (i: number) => number): number => indices.reduce((all, i) => all + of(i), 0);
  return indices.map((c) => {
    const hits = counts[c * classes + c];
    return {
      hits,
      falseAlarms: sum((i) => counts[i * classes + c]) - hits,
      misses: sum((i) => counts[c * classes + i]) - hits,
    };
  });
}

const together = (a: Counts, b: Counts): Counts => ({
  hits: a.hits + b.hits,
  falseAlarms: a.falseAlarms + b.falseAlarms,
  misses: a.misses + b.misses,
});

const quotient = (a: number, b: number): number => (b === 0 ? 0 : a / b);

const scoresOf = ({ hits, falseAlarms, misses }: Counts): ClassScores => ({
  precision: quotient(hits, hits + falseAlarms),
  recall: quotient(hits, hits + misses),
  f1: quotient(2 * hits, 2 * hits + falseAlarms + misses),
  support: hits + misses,
});

function mean(
  scores: readonly ClassScores[],
  weightOf: (scores: ClassScores) => number,
): ClassScores {
  const sum = (of: (scores: ClassScores) => number): number =>
    scores.reduce((all, one) => all + of(one), 0);
  const weight = sum(weightOf);
  const meanOf = (key: "precision" | "recall" | "f1"): number =>
    quotient(
      sum((one) => weightOf(one) * one[key]),
      weight,
    );
  return {
    precision: meanOf("precision"),
    recall: meanOf("recall"),
    f1: meanOf("f1"),
    support: sum(({ support }) => support),
  };
}
