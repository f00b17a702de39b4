/**
 * @file whiten: features that are uncorrelated and of variance 1, by the covariance of the training data.
 *
 * With C = V diag(λ) Vᵀ the covariance, PCA whitening is x ↦ diag(λ + ε)^(-1/2) Vᵀ (x - mean), and ZCA whitening
 * turns that back by V, which of all whitenings stays closest to the data (Kessy, Lewin & Strimmer, 2018).
 * Statistics are float64. A direction without variance has no unit, and becomes 0.
 */
import {
  add,
  cast,
  diagonal,
  linalg,
  matMul,
  mul,
  reshape,
  ShapeError,
  sub,
  type Tensor,
  tensor,
  transpose,
  ValueError,
} from "@tapegrad/autograd";
import { exactMean, floatingLike, requireFinite } from "./standardize.ts";

export interface WhitenOptions {
  /** "zca" by default. */
  readonly kind?: "zca" | "pca";
  /** Added to the variances, so that directions of little variance, which are mostly noise, grow less; 0 by default. */
  readonly epsilon?: number;
  /** For "pca": how many directions are kept, those of largest variance; all by default. */
  readonly components?: number;
}

/** The maps of a whitening: y = (x - mean) matrix, x = y inverseMatrix + mean; float64. */
export interface WhiteningMaps {
  /** Shape [features]. */
  readonly mean: Tensor;
  /** Shape [features, components]; symmetric for ZCA. */
  readonly matrix: Tensor;
  /** Shape [components, features]. */
  readonly inverseMatrix: Tensor;
}

/** Of the variances of all directions, what is no more than rounding. */
const NEGLIGIBLE = 2 ** -52;

/**
 * Takes mean and covariance (1/n) of the training data, shape [samples, features].
 *
 * - fit it on the training data alone, and apply it to the test data
 * - with ε = 0 the whitened training data have the covariance I, but for directions without variance
 * - the sign of a component of PCA is that by which its largest weight is positive
 * - the eigenvectors of n features take about n³ operations, on one thread
 *
 * @throws ShapeError if the data are not [samples, features] with at least one of each; ValueError if a value is not
 *   finite, or an option out of range.
 * @example
 * const whitening = whiten(train, { kind: "pca", components: 50 });
 * whitening.apply(test).shape;   // [10000, 50]
 */
export function whiten(train: Tensor, options: WhitenOptions = {}): Whitening {
  const { kind = "zca", epsilon = 0 } = options;
  if (train.rank !== 2 || train.size === 0) {
    throw new ShapeError("whiten", { shape: train.shape }, (d) => {
      return `shape [${d.shape.join(", ")}] is not [samples, features]. Reshape the data, or pass some.`;
    });
  }
  const [samples, features] = train.shape;
  const components = requireOptions(kind, epsilon, options.components, features);
  const x = cast(train, "float64");
  const mean = reshape(exactMean(x, [0]), [features]);
  const centred = sub(x, mean);
  const covariance = mul(matMul(transpose(centred), centred), 1 / samples);
  requireFinite("whiten", diagonal(covariance));
  const { variances, vectors } = directions(covariance, components);
  const tolerance = NEGLIGIBLE * features * Math.max(...variances, 0);
  const scale = variances.map((variance) => {
    const shifted = Math.max(variance, 0) + epsilon;
    return shifted > tolerance ? Math.sqrt(shifted) : 0;
  });
  const forward = mul(vectors, column(scale.map((s) => (s === 0 ? 0 : 1 / s))));
  const backward = mul(vectors, column(scale));
  const rows = kind === "pca" ? null : transpose(vectors);
  return new Whitening({
    mean,
    matrix: rows === null ? transpose(forward) : matMul(rows, forward),
    inverseMatrix: rows === null ? backward : matMul(rows, backward),
  });
}

const column = (values: readonly number[]): Tensor =>
  tensor(Float64Array.from(values), { shape: [values.length, 1] });

/** The directions of largest variance as rows, each with the sign by which its largest weight is positive. */
function directions(
  covariance: Tensor,
  count: number,
): { variances: readonly number[]; vectors: Tensor } {
  const { values, vectors } = linalg.eigh(covariance);
  const [features] = covariance.shape;
  const ascending = values.toTypedArray();
  const columns = vectors.toTypedArray();
  const rows = new Float64Array(count * features);
  const variances = Array.from({ length: count }, (_, row) => {
    const from = features - 1 - row;
    const entries = Float64Array.from({ length: features }, (_, i) => columns[i * features + from]);
    const largest = entries.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    const sign = largest < 0 ? -1 : 1;
    rows.set(
      entries.map((x) => sign * x),
      row * features,
    );
    return ascending[from];
  });
  return { variances, vectors: tensor(rows, { shape: [count, features] }) };
}

function requireOptions(
  kind: string,
  epsilon: number,
  components: number | undefined,
  features: number,
): number {
  if (kind !== "zca" && kind !== "pca") {
    throw new ValueError("whiten", { kind }, (d) => {
      return `kind ${JSON.stringify(d.kind)} is not known. Use "zca" or "pca".`;
    });
  }
  if (!(epsilon >= 0 && Number.isFinite(epsilon))) {
    throw new ValueError("whiten", { epsilon }, (d) => {
      return `epsilon is ${d.epsilon}. Use a number that is finite and not negative.`;
    });
  }
  if (components === undefined) return features;
  if (kind === "pca" && Number.isInteger(components) && components >= 1 && components <= features) {
    return components;
  }
  throw new ValueError("whiten", { components, features, kind }, (d) => {
    return d.kind === "pca"
      ? `components is ${d.components}, but there are ${d.features} features. Use an integer from 1 to that.`
      : 'components were given, but ZCA keeps all features. Use kind "pca", or leave them out.';
  });
}

/** A whitening by the covariance of the training data, and back. Made by `whiten`, or of stored maps. */
export class Whitening {
  readonly mean: Tensor;
  readonly matrix: Tensor;
  readonly inverseMatrix: Tensor;

  constructor({ mean, matrix, inverseMatrix }: WhiteningMaps) {
    this.mean = mean;
    this.matrix = matrix;
    this.inverseMatrix = inverseMatrix;
  }

  /**
   * The whitened data, shape [samples, components].
   *
   * - computed in float64; dtype: that of `x`, float32 for integers
   *
   * @throws ShapeError if the last axis is not that of the training data.
   */
  apply(x: Tensor): Tensor {
    requireLastAxis("apply", x, this.matrix.shape[0]);
    return cast(matMul(sub(cast(x, "float64"), this.mean), this.matrix), floatingLike(x));
  }

  /** The data of which `apply` gave `y`, but for the directions that it lost. @throws ShapeError as `apply` does. */
  inverse(y: Tensor): Tensor {
    requireLastAxis("inverse", y, this.inverseMatrix.shape[0]);
    return cast(add(matMul(cast(y, "float64"), this.inverseMatrix), this.mean), floatingLike(y));
  }
}

function requireLastAxis(op: string, x: Tensor, expected: number): void {
  if (x.rank === 2 && x.shape[1] === expected) return;
  throw new ShapeError(op, { shape: x.shape, expected }, (d) => {
    return `shape [${d.shape.join(", ")}] is not [samples, ${d.expected}], as the training data were. Reshape the data, or fit them.`;
  });
}
