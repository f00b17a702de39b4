/**
 * @file Weights as functions of other variables: by length and direction, divided by their largest singular value,
 * standardised. All are composites, so derivatives of every order follow.
 */
import {
  add,
  div,
  matMul,
  moments,
  mul,
  normalize,
  reshape,
  type Shape,
  ShapeError,
  sqrt,
  stopGradient,
  sub,
  sum,
  type Tensor,
  transpose,
  vectorNorm,
} from "@tapegrad/autograd";

export interface WeightNormOptions {
  /** The axis along which every slice has a length of its own; null: one length for all of the weight. 0 by default. */
  readonly axis?: number | null;
}

/**
 * The length of every slice of a weight along `axis`: the other axes stay with size 1, or none for null.
 *
 * @throws ShapeError if the axis does not exist.
 */
export function sliceNorms(weight: Tensor, { axis = 0 }: WeightNormOptions = {}): Tensor {
  if (axis === null) return vectorNorm(weight);
  return vectorNorm(weight, { axes: axesBut("weightNorm", weight.shape, axis), keepDims: true });
}

/**
 * g · v / ‖v‖: the weight of length `g` and direction `v`, for every slice along `axis`.
 *
 * - shapes: `v` as the weight; `g` as `sliceNorms(v)`
 * - derivative: follows; that along v is orthogonal to v. Where a slice of v is 0, value and derivatives are NaN
 *
 * @throws ShapeError if `g` does not fit, or the axis does not exist.
 * @example
 * weightNorm(tensor([[3, 4]]), tensor([[10]]));   // [[6, 8]]
 * @see Salimans & Kingma (2016), "Weight Normalization", equation 2.
 */
export function weightNorm(v: Tensor, g: Tensor, options: WeightNormOptions = {}): Tensor {
  const norms = sliceNorms(v, options);
  if (String(g.shape) !== String(norms.shape)) {
    throw new ShapeError("weightNorm", { g: g.shape, expected: norms.shape }, (d) => {
      return `g has shape [${d.g.join(", ")}], but it must have shape [${d.expected.join(", ")}], one length for each slice of v. Start from \`sliceNorms(v)\`.`;
    });
  }
  return mul(v, div(g, norms));
}

/** Left and right singular vector of the largest singular value, as far as they are known. */
export interface SingularPair {
  /** [rows] of the weight as a matrix. */
  readonly u: Tensor;
  /** [columns] of it. */
  readonly v: Tensor;
}

export interface SpectralNormOptions {
  /** The axis that becomes the rows of the weight as a matrix; 0 by default. */
  readonly axis?: number;
  /** The least length that a vector is divided by; 1e-12 by default. */
  readonly epsilon?: number;
}

/**
 * w / (uᵀ W v), W being the weight as a matrix: a weight whose largest singular value is 1 if u and v are its singular vectors.
 *
 * - derivative: by w with u and v held fixed, which is that of w / σ₁ once they are the singular vectors (to
 *   first order; their own derivatives enter at the second)
 * - where uᵀ W v is 0, the result is not finite
 *
 * @throws ShapeError if the weight has fewer than two axes, u and v do not fit or the axis does not exist.
 * @see Miyato, Kataoka, Koyama & Yoshida (2018), "Spectral Normalization for Generative Adversarial Networks", equation 8.
 */
export function spectralNorm(
  weight: Tensor,
  { u, v }: SingularPair,
  options: SpectralNormOptions = {},
): Tensor {
  const sigma = sum(mul(u, matMul(asMatrix(weight, options), v)));
  return div(weight, sigma);
}

/**
 * `iterations` steps of power iteration, without derivative: v ← Wᵀu / ‖Wᵀu‖ follows u ← W v / ‖W v‖.
 *
 * @throws as `spectralNorm`.
 * @see Miyato, Kataoka, Koyama & Yoshida (2018), algorithm 1.
 */
export function powerIteration(
  weight: Tensor,
  start: SingularPair,
  iterations: number,
  options: SpectralNormOptions = {},
): SingularPair {
  const { epsilon = 1e-12 } = options;
  const matrix = stopGradient(asMatrix(weight, options));
  const transposed = transpose(matrix);
  const unit = (x: Tensor): Tensor => normalize(x, { axis: 0, epsilon });
  let { u, v } = start;
  for (let i = 0; i < iterations; i++) {
    u = unit(matMul(matrix, v));
    v = unit(matMul(transposed, u));
  }
  return { u, v };
}

/** [rows, columns], the rows along `axis`. */
export function asMatrix(weight: Tensor, { axis = 0 }: SpectralNormOptions = {}): Tensor {
  const { shape } = weight;
  const others = axesBut("spectralNorm", shape, axis);
  if (shape.length < 2) {
    throw new ShapeError("spectralNorm", { shape }, (d) => {
      return `the weight has shape [${d.shape.join(", ")}], which is no matrix. Use a weight of at least two axes.`;
    });
  }
  const rows = axis < 0 ? axis + shape.length : axis;
  return reshape(transpose(weight, [rows, ...others]), [shape[rows], -1]);
}

export interface StandardizeWeightOptions {
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
}

/**
 * (w - mean) / √(variance + ε) for every slice along axis 0, the weights of one output.
 *
 * - derivative: follows; zero along w for a slice that is constant
 *
 * @throws ShapeError if the weight has no axes, or slices of one element: their variance is 0.
 * @see Qiao, Wang, Liu, Shen & Yuille (2019), "Micro-Batch Training with Batch-Channel Normalization and Weight
 *   Standardization", equations 7 and 8.
 */
export function standardizeWeight(
  weight: Tensor,
  { epsilon = 1e-5 }: StandardizeWeightOptions = {},
): Tensor {
  const axes = axesBut("standardizeWeight", weight.shape, 0);
  if (axes.every((axis) => weight.shape[axis] === 1)) {
    throw new ShapeError("standardizeWeight", { shape: weight.shape }, (d) => {
      return `each output of a weight of shape [${d.shape.join(", ")}] has one element, so every variance is 0. Use a layer with more inputs.`;
    });
  }
  const { mean, variance } = moments(weight, { axes, keepDims: true });
  return div(sub(weight, mean), sqrt(add(variance, epsilon)));
}

/** All axes but one. */
function axesBut(op: string, shape: Shape, axis: number): readonly number[] {
  const kept = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(kept) || kept < 0 || kept >= shape.length) {
    throw new ShapeError(op, { shape, axis }, (d) => {
      return `the weight has shape [${d.shape.join(", ")}], which has no axis ${d.axis}. Use an axis from 0 to ${d.shape.length - 1}.`;
    });
  }
  return shape.map((_, i) => i).filter((i) => i !== kept);
}
