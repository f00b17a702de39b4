/** @file Random predictions, and metrics by their definitions: sample by sample, class by class, pair by pair. */
import { type Tensor, tensor } from "@tapegrad/autograd";
import fc from "fast-check";

export interface Predictions {
  readonly classes: number;
  /** One row for each sample; from few values, so that ties are common. */
  readonly scores: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** 1 to 12 samples of 2 to 5 classes. */
export const predictions = (): fc.Arbitrary<Predictions> =>
  fc.integer({ min: 2, max: 5 }).chain((classes) => {
    const score = fc.integer({ min: 0, max: 6 }).map((n) => n / 8);
    const row = fc.array(score, { minLength: classes, maxLength: classes });
    const label = fc.integer({ min: 0, max: classes - 1 });
    return fc.array(fc.tuple(row, label), { minLength: 1, maxLength: 12 }).map((samples) => ({
      classes,
      scores: samples.map(([scores]) => scores),
      labels: samples.map(([, own]) => own),
    }));
  });

export const scoresOf = ({ scores, classes }: Predictions): Tensor =>
  tensor(scores.flat(), { shape: [scores.length, classes], dtype: "float64" });

export const labelsOf = ({ labels }: Predictions): Tensor =>
  tensor([...labels], { dtype: "int32" });

/** The predictions in two parts, the first of `count` samples. */
export function splitAt(all: Predictions, count: number): readonly Predictions[] {
  const part = (start: number, end?: number): Predictions => ({
    classes: all.classes,
    scores: all.scores.slice(start, end),
    labels: all.labels.slice(start, end),
  });
  return [part(0, count), part(count)].filter(({ labels }) => labels.length > 0);
}

/** The class with the largest score, the first of equals. */
export const guessOf = (scores: readonly number[]): number => scores.indexOf(Math.max(...scores));

/** How many samples have this true class and this guess. */
export const countOf = ({ scores, labels }: Predictions, truth: number, guess: number): number =>
  labels.filter((label, i) => label === truth && guessOf(scores[i]) === guess).length;

/** The fraction of pairs (one of the class, one not) in which the first has the larger score; ties are halves. */
export function pairsWon(scores: readonly number[], isOwn: readonly boolean[]): number {
  let [won, pairs] = [0, 0];
  scores.forEach((a, i) => {
    scores.forEach((b, j) => {
      if (!isOwn[i] || isOwn[j]) return;
      won += a > b ? 1 : a === b ? 0.5 : 0;
      pairs++;
    });
  });
  return won / pairs;
}
