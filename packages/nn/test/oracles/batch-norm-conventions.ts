/**
 * @file One step of training of one channel by the formulas that the libraries document, in plain loops. It imports
 * nothing from the library, and no value here is taken from it.
 *
 * - Keras 3, keras.io/api/layers/normalization_layers/batch_normalization: γ (x - mean) / √(var + ε) + β with ε = 1e-3;
 *   moving ← moving · momentum + batch · (1 - momentum) with momentum = 0.99, the variance as it normalises: over m
 * - Flax, flax.readthedocs.io (nnx.BatchNorm): ε = 1e-5, momentum = 0.99 as the decay of the average, variance over m
 * - MLX, ml-explore.github.io/mlx (mlx.nn.BatchNorm): ε = 1e-5, momentum = 0.1 as the weight of the new value; the
 *   stored variance is over m - 1 since ml-explore/mlx#3817
 * - PyTorch, docs.pytorch.org (torch.nn.BatchNorm1d): ε = 1e-5, momentum = 0.1 as the weight of the new value; the
 *   stored variance is over m - 1
 * - the paper, algorithms 1 and 2: variance over m in training, over m - 1 for inference; it has no ε and no weights
 *   of an average, for which PyTorch's stand
 */

export interface Convention {
  readonly epsilon: number;
  readonly weightOfNew: number;
  /** What the stored variance divides by: m - correction. */
  readonly correction: 0 | 1;
}

export const CONVENTIONS = {
  paper: { epsilon: 1e-5, weightOfNew: 0.1, correction: 1 },
  pytorch: { epsilon: 1e-5, weightOfNew: 0.1, correction: 1 },
  keras: { epsilon: 1e-3, weightOfNew: 1 - 0.99, correction: 0 },
  flax: { epsilon: 1e-5, weightOfNew: 1 - 0.99, correction: 0 },
  mlx: { epsilon: 1e-5, weightOfNew: 0.1, correction: 1 },
} as const satisfies Record<string, Convention>;

/** Outputs and running statistics after the first step, from mean 0 and variance 1. */
export function firstStep(
  x: readonly number[],
  gamma: number,
  beta: number,
  { epsilon, weightOfNew, correction }: Convention,
): { readonly y: readonly number[]; readonly mean: number; readonly variance: number } {
  const m = x.length;
  const mean = x.reduce((sum, v) => sum + v, 0) / m;
  const squares = x.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return {
    y: x.map((v) => (gamma * (v - mean)) / Math.sqrt(squares / m + epsilon) + beta),
    mean: weightOfNew * mean,
    variance: 1 - weightOfNew + (weightOfNew * squares) / (m - correction),
  };
}
