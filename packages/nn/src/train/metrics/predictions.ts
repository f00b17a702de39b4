/**
 * @file What metrics are given: scores of classes and the true ones, checked and as flat arrays.
 */
import { DTypeError, type Shape, ShapeError, type Tensor, ValueError } from "@tapegrad/autograd";

/** One row of numbers for each sample, one number in it for each class. */
export interface ScoreRows {
  readonly rows: number;
  readonly classes: number;
  readonly values: ArrayLike<number>;
}

const show = (shape: Shape): string => `[${shape.join(", ")}]`;

/** @throws DTypeError if the scores are not floating; ShapeError if they are not [samples, classes]. */
export function readScores(op: string, scores: Tensor): ScoreRows {
  const { dtype, shape } = scores;
  if (dtype !== "float32" && dtype !== "float64") {
    throw new DTypeError(op, { dtype }, (d) => {
      return `the scores are ${d.dtype}. Pass floating scores, one for each class.`;
    });
  }
  if (shape.length !== 2 || shape[1] === 0) {
    throw new ShapeError(op, { shape }, (d) => {
      return `the scores have shape ${show(d.shape)}. Pass scores [samples, classes].`;
    });
  }
  return { rows: shape[0], classes: shape[1], values: scores.toTypedArray() };
}

/**
 * The true class of every sample.
 *
 * @throws DTypeError if the labels are no integers; ShapeError if they are not [samples]; ValueError if one is
 *   none of the classes.
 */
export function readLabels(
  op: string,
  labels: Tensor,
  { rows, classes }: { readonly rows: number; readonly classes: number },
): ArrayLike<number> {
  const { dtype, shape } = labels;
  if (dtype !== "int32" && dtype !== "bool") {
    throw new DTypeError(op, { dtype }, (d) => {
      return `the labels are ${d.dtype}. Pass the classes as int32.`;
    });
  }
  if (shape.length !== 1 || shape[0] !== rows) {
    throw new ShapeError(op, { shape, rows }, (d) => {
      return `the labels have shape ${show(d.shape)} for ${d.rows} predictions. Pass one label for each, shape [${d.rows}].`;
    });
  }
  const values = labels.toTypedArray();
  const wrong = values.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new ValueError(op, { label: values[wrong], sample: wrong, classes }, (d) => {
      return `label ${d.label} of sample ${d.sample} is none of the ${d.classes} classes. Use labels from 0 to ${d.classes - 1}.`;
    });
  }
  return values;
}

/** The class with the largest score of every row; the first of equals, and NaN is the largest, as in `argMax`. */
export function largestClasses({ rows, classes, values }: ScoreRows): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (isAbove(values[row * classes + c], values[row * classes + best])) best = c;
    }
    return best;
  });
}

/** Whether `a` comes before `b` where the largest is first and NaN is the largest. */
export const isAbove = (a: number, b: number): boolean =>
  a > b || (Number.isNaN(a) && !Number.isNaN(b));

/** The error of a metric that is asked before it was told. */
export function nothingSeen(op: string): ValueError {
  return new ValueError(op, {}, () => "nothing was counted yet. Call `update` with a batch first.");
}
