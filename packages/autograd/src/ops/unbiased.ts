/** @file Variance and standard deviation under PyTorch's names, and so with its correction of 1. */
import type { Tensor } from "../core/tensor.ts";
import { standardDeviation } from "./norms.ts";
import { mean, variance, type VarianceOptions } from "./reductions.ts";

const unbiased = (options: VarianceOptions): VarianceOptions => ({
  ...options,
  correction: options.correction ?? 1,
});

/**
 * As `variance`, but unbiased: Σ (x - mean)² / (n - 1), unless `correction` says otherwise.
 *
 * @throws as `variance`.
 * @example
 * tensor([1, 2, 3]).var();   // 1; `variance` of it is 0.666667
 */
function unbiasedVariance(x: Tensor, options: VarianceOptions = {}): Tensor {
  return variance(x, unbiased(options));
}

/** As `standardDeviation`, but of the unbiased variance, unless `correction` says otherwise. @throws as `variance`. */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  return standardDeviation(x, unbiased(options));
}

/** `var` and `mean` over the same axes. @throws as `variance`. */
export function varMean(
  x: Tensor,
  options: VarianceOptions = {},
): [variance: Tensor, mean: Tensor] {
  return [unbiasedVariance(x, options), mean(x, options)];
}

/** `std` and `mean` over the same axes. @throws as `variance`. */
export function stdMean(
  x: Tensor,
  options: VarianceOptions = {},
): [deviation: Tensor, mean: Tensor] {
  return [std(x, options), mean(x, options)];
}

export { unbiasedVariance as var };
