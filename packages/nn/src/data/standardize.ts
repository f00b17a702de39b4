/**
 * @file standardize: features of mean 0 and variance 1, by statistics that are taken once, of the training data.
 *
 * Invariants
 * - statistics are float64 and two-pass, around one value of each feature, so a large mean costs no digits and a
 *   constant feature has a variance of exactly 0;
 * - `apply` never looks at the statistics of what it is given.
 */
import {
  add,
  cast,
  div,
  mean as meanOf,
  mul,
  ShapeError,
  slice,
  sqrt,
  square,
  sub,
  type Tensor,
  ValueError,
  where,
} from "@tapegrad/autograd";

export interface StandardizeOptions {
  /** The axes that statistics are taken over; [0], the samples, by default, and [0, 2, 3] for channels of images. */
  readonly axes?: readonly number[];
}

/** Statistics of training data, of the rank of the data, with size 1 along the axes they were taken over; float64. */
export interface FeatureStatistics {
  readonly mean: Tensor;
  /** Of all values, not of a sample (1/n); 0 for a constant feature. */
  readonly standardDeviation: Tensor;
}

/**
 * Takes mean and standard deviation of every feature of the training data.
 *
 * - fit it on the training data alone: statistics of test data would leak into what is tested
 * - a constant feature becomes 0, whatever constant it is
 *
 * @throws ShapeError if there are no values; ValueError if one is not finite; AxisError if an axis does not exist.
 * @example
 * const scaler = standardize(train);
 * const [x, xTest] = [scaler.apply(train), scaler.apply(test)];
 */
export function standardize(train: Tensor, options: StandardizeOptions = {}): Standardizer {
  const { axes = [0] } = options;
  if (train.size === 0 || train.rank === 0) {
    throw new ShapeError("standardize", { shape: train.shape }, (d) => {
      return `shape [${d.shape.join(", ")}] has no samples to take statistics of. Pass training data [samples, …].`;
    });
  }
  const x = cast(train, "float64");
  const mean = exactMean(x, axes);
  const variance = meanOf(square(sub(x, mean)), { axes, keepDims: true });
  requireFinite("standardize", variance);
  return new Standardizer({ mean, standardDeviation: sqrt(variance) });
}

/** Data in units of the statistics of the training data, and back. Made by `standardize`, or of stored statistics. */
export class Standardizer {
  readonly mean: Tensor;
  readonly standardDeviation: Tensor;

  constructor({ mean, standardDeviation }: FeatureStatistics) {
    this.mean = mean;
    this.standardDeviation = standardDeviation;
  }

  /**
   * (x - mean) / standard deviation; 0 where the training data were constant and x is that constant.
   *
   * - computed in float64; dtype: that of `x`, float32 for integers
   *
   * @throws ShapeError if the features are others than those of the training data.
   */
  apply(x: Tensor): Tensor {
    this.#requireFeatures("apply", x);
    return cast(div(sub(cast(x, "float64"), this.mean), this.#scale()), floatingLike(x));
  }

  /** What `apply` gave, in the units of the data again. @throws ShapeError as `apply` does. */
  inverse(y: Tensor): Tensor {
    this.#requireFeatures("inverse", y);
    return cast(add(mul(cast(y, "float64"), this.#scale()), this.mean), floatingLike(y));
  }

  /** 1 in place of 0, by which nothing can be divided. */
  #scale(): Tensor {
    const { standardDeviation } = this;
    return where(standardDeviation.equal(0), 1, standardDeviation);
  }

  #requireFeatures(op: string, x: Tensor): void {
    const { shape } = this.mean;
    const fits =
      x.rank === shape.length && shape.every((n, axis) => n === 1 || n === x.shape[axis]);
    if (fits) return;
    throw new ShapeError(op, { found: x.shape, expected: shape }, (d) => {
      return `data of shape [${d.found.join(", ")}] do not fit statistics of shape [${d.expected.join(", ")}]. Pass the features that the statistics were taken of.`;
    });
  }
}

/** The mean around one value of each feature: that of equal values is this value, to the last bit. */
export function exactMean(x: Tensor, axes: readonly number[]): Tensor {
  const over = { axes, keepDims: true };
  const sizes = meanOf(x, over).shape;
  const first = slice(x, { starts: sizes.map(() => 0), sizes });
  return add(first, meanOf(sub(x, first), over));
}

/** The dtype in which standardised data are given. */
export const floatingLike = (x: Tensor): "float32" | "float64" =>
  x.dtype === "float64" ? "float64" : "float32";

/** @throws ValueError if a statistic is not finite, which one value that is not makes it. */
export function requireFinite(op: string, statistics: Tensor): void {
  const feature = statistics.toTypedArray().findIndex((value) => !Number.isFinite(value));
  if (feature < 0) return;
  throw new ValueError(op, { feature }, (d) => {
    return `feature ${d.feature} has values that are NaN, infinite or too large to square. Replace or remove them first.`;
  });
}
