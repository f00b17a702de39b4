/** @file LocalResponseNorm. */
import { type LocalResponseNormOptions, localResponseNorm, type Tensor } from "@tapegrad/autograd";
import { Module } from "../module.ts";
import { requireCount } from "./layer-options.ts";

/**
 * x / (k + α / size · Σ x²)^β, the sum over `size` neighbouring channels.
 *
 * - shape: x [N, C, …] to the same; the same in training and evaluation
 * - with k = 0 the derivative does not exist where all these channels are 0
 *
 * @throws ValueError if the size is not an integer above 0; ShapeError if x has fewer than two axes.
 * @see Krizhevsky, Sutskever & Hinton (2012), section 3.3, who do not divide α by the size; PyTorch does.
 */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(size: number, options: Omit<LocalResponseNormOptions, "size"> = {}) {
    super();
    this.size = requireCount("LocalResponseNorm", "size", size);
    this.alpha = options.alpha ?? 1e-4;
    this.beta = options.beta ?? 0.75;
    this.k = options.k ?? 1;
  }

  /** `x` [N, C, …] normalised, in its shape. */
  forward(x: Tensor): Tensor {
    const { size, alpha, beta, k } = this;
    return localResponseNorm(x, { size, alpha, beta, k });
  }
}
