/** @file SpectralNorm. */
import { normal, splitKey, type Tensor } from "@tapegrad/autograd";
import { requirePositive } from "../functional/batch-norm.ts";
import {
  asMatrix,
  powerIteration,
  type SpectralNormOptions,
  spectralNorm,
} from "../functional/reparametrization.ts";
import { freshKey } from "../init/fresh-key.ts";
import { Buffer, type ForwardOptions, Parameter } from "../module.ts";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./convolution.ts";
import { requireCount, requireMode } from "./layer-options.ts";
import { Reparametrized, type WeightedLayer } from "./reparametrized.ts";

export interface SpectralNormLayerOptions extends SpectralNormOptions {
  /** Steps of power iteration in every forward pass of training; 1 by default. */
  readonly iterations?: number;
  /** Random key of the first u and v; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

/** Steps from random vectors before the first forward pass, as in PyTorch. */
const FIRST_ITERATIONS = 15;

/**
 * A layer whose weight is divided by an estimate of its largest singular value: `weightOrig` in place of `weight`,
 * and the buffers `weightU` and `weightV`, the singular vectors found so far.
 *
 * - the weight is taken as a matrix with the axis of its outputs as rows: 0, or 1 for transposed convolutions; `axis`
 *   says otherwise
 * - mode "train" improves the vectors by power iteration, mode "eval" leaves them
 * - the vectors are constants of the derivative
 *
 * @throws ShapeError if the weight has fewer than two axes; ValueError if the mode is missing.
 * @see Miyato, Kataoka, Koyama & Yoshida (2018), "Spectral Normalization for Generative Adversarial Networks".
 */
export class SpectralNorm<L extends WeightedLayer = WeightedLayer> extends Reparametrized<L> {
  readonly axis: number;
  readonly epsilon: number;
  readonly iterations: number;
  readonly weightOrig: Parameter;
  readonly weightU: Buffer;
  readonly weightV: Buffer;

  constructor(layer: L, options: SpectralNormLayerOptions = {}) {
    super(layer);
    this.axis = options.axis ?? (isTransposed(layer) ? 1 : 0);
    this.epsilon = requirePositive("SpectralNorm", options.epsilon ?? 1e-12);
    this.iterations = requireCount("SpectralNorm", "iterations", options.iterations ?? 1);
    const weight = layer.weight.value;
    const [rows, columns] = asMatrix(weight, this).shape;
    const [uKey, vKey] = splitKey(options.key ?? freshKey());
    const { dtype } = layer.weight.aval;
    const first = { u: normal(uKey, [rows], { dtype }), v: normal(vKey, [columns], { dtype }) };
    const { u, v } = powerIteration(weight, first, FIRST_ITERATIONS, this);
    this.weightOrig = new Parameter(weight, { name: "weightOrig" });
    this.weightU = new Buffer(u, { name: "weightU" });
    this.weightV = new Buffer(v, { name: "weightV" });
  }

  protected override weightFor(options: ForwardOptions): Tensor {
    const weight = this.weightOrig.value;
    if (requireMode("SpectralNorm", options.mode) === "train") {
      const start = { u: this.weightU.value, v: this.weightV.value };
      const { u, v } = powerIteration(weight, start, this.iterations, this);
      this.weightU.assign(u);
      this.weightV.assign(v);
    }
    return spectralNorm(weight, { u: this.weightU.value, v: this.weightV.value }, this);
  }
}

function isTransposed(layer: WeightedLayer): boolean {
  return [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some(
    (Class) => layer instanceof Class,
  );
}
