/** @file DecorrelatedBatchNorm and IterNorm: whitening of channels, with running statistics. */
import {
  add,
  all,
  cast,
  type DType,
  diagonal,
  eye,
  isFinite,
  logicalAnd,
  mul,
  ones,
  reshape,
  type Shape,
  ShapeError,
  stopGradient,
  type Tensor,
  tile,
  where,
  zeros,
} from "@tapegrad/autograd";
import { requirePositive } from "../functional/batch-norm.ts";
import { requireSeveralValues } from "../functional/channels.ts";
import {
  decorrelatedBatchNormInference,
  decorrelatedBatchNormTrain,
  requireDivisible,
  type WhiteningOptions,
  type WhiteningResult,
} from "../functional/decorrelated-batch-norm.ts";
import { channelAxis, type Layout, requireLayout, statisticsAxes } from "../functional/layout.ts";
import { Buffer, type ForwardOptions, Parameter } from "../module.ts";
import { FreezableModule } from "./freezable-module.ts";
import {
  type DecayOptions,
  decayOf,
  refuseMask,
  requireCount,
  requireFloatingDType,
  requireMode,
} from "./layer-options.ts";

export interface WhiteningLayerOptions extends DecayOptions, Omit<WhiteningOptions, "iterations"> {
  /** float32 by default. */
  readonly dtype?: DType;
}

/** What both layers share: they differ in how they come to the inverse root of the covariance. */
export abstract class Whitening extends FreezableModule {
  readonly channels: number;
  readonly groups: number;
  readonly layout: Layout;
  readonly epsilon: number;
  readonly decay: number;
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly runningMean: Buffer;
  readonly runningCovariance: Buffer;
  readonly numBatchesTracked: Buffer;
  readonly #op: string;
  readonly #how: WhiteningOptions;

  constructor(op: string, channels: number, options: WhiteningLayerOptions, iterations?: number) {
    super();
    const { groups = 1 } = options;
    const dtype = requireFloatingDType(op, options.dtype ?? "float32");
    this.#op = op;
    this.channels = requireCount(op, "channels", channels);
    requireDivisible(op, channels, groups);
    this.groups = groups;
    this.layout = requireLayout(op, options.layout ?? "NC");
    this.epsilon = requirePositive(op, options.epsilon ?? 1e-5);
    this.decay = decayOf(op, options);
    const { layout, epsilon } = this;
    const exact = { layout, groups, epsilon };
    this.#how = iterations === undefined ? exact : { ...exact, iterations };
    const size = channels / groups;
    const identities = tile(eye(size, { dtype }), [groups, 1, 1]);
    this.weight = new Parameter(ones([channels], { dtype }), { name: "weight" });
    this.bias = new Parameter(zeros([channels], { dtype }), { name: "bias" });
    this.runningMean = new Buffer(zeros([channels], { dtype }), { name: "runningMean" });
    this.runningCovariance = new Buffer(identities, { name: "runningCovariance" });
    const none = zeros([], { dtype: "int32" });
    this.numBatchesTracked = new Buffer(none, { name: "numBatchesTracked" });
  }

  /** `x` whitened, in its shape: by the covariance of this batch in mode "train", by the stored one in mode "eval". */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const op = this.#op;
    refuseMask(op, options.mask);
    requireChannels(op, x.shape, this.layout, this.channels);
    const [gamma, beta] = [this.used(this.weight), this.used(this.bias)];
    if (this.frozen || requireMode(op, options.mode) === "eval") {
      const [mean, covariance] = [this.runningMean.value, this.runningCovariance.value];
      const stored = { ...this.#how, mean, covariance };
      return decorrelatedBatchNormInference(x, gamma, beta, stored);
    }
    const axes = statisticsAxes(op, x.shape, { layout: this.layout });
    requireSeveralValues(op, x.shape, axes, LAYER_REMEDY);
    const result = decorrelatedBatchNormTrain(x, gamma, beta, this.#how);
    this.#track(result);
    const variance = reshape(diagonal(result.covariance, { axis1: 1, axis2: 2 }), [this.channels]);
    options.onStatistics?.(this, { mean: result.mean, variance, count: result.count });
    return result.output;
  }

  #track({ mean, covariance, count }: WhiteningResult): void {
    // In the dtype of the buffers first: what is finite in float64 may not be so in float32.
    const { dtype } = this.runningMean.aval;
    const batchMean = cast(stopGradient(mean), dtype);
    const batchCovariance = cast(mul(stopGradient(covariance), count / (count - 1)), dtype);
    const finite = logicalAnd(all(isFinite(batchMean)), all(isFinite(batchCovariance)));
    const move = (running: Buffer, batch: Tensor): void => {
      const old = running.value;
      const moved = add(mul(old, this.decay), mul(batch, 1 - this.decay));
      running.assign(where(finite, moved, old));
    };
    move(this.runningMean, batchMean);
    move(this.runningCovariance, batchCovariance);
    this.numBatchesTracked.assign(add(this.numBatchesTracked.value, 1));
  }
}

const LAYER_REMEDY =
  'Use a larger batch, evaluate with `{ mode: "eval" }`, or `freeze()` the layer.';

/**
 * Batch normalisation that also takes the correlations out of the channels of each group: they are multiplied by the
 * inverse root of their covariance (ZCA), then by γ (`weight`), plus β (`bias`).
 *
 * - shapes: x in `layout`; `weight`, `bias`, `runningMean` [channels]; `runningCovariance` [groups, n, n] for
 *   n = channels / groups
 * - mode "train" whitens by the batch and moves the running mean and the running unbiased covariance towards those of the
 *   batch; they stay where anything of the batch is not finite
 * - mode "eval" whitens by the running ones, which start as 0 and the identity
 * - `freeze()` wins over the mode, as in BatchNorm
 * - a batch should have several times as many values of each channel as a group has channels
 * - derivatives are exact up to the third order: see `inverseSquareRoot`
 *
 * @throws ShapeError if the input does not fit; ValueError if the mode is missing, an option is out of range or for a mask.
 * @see Huang, Yang, Lang & Deng (2018), "Decorrelated Batch Normalization".
 */
export class DecorrelatedBatchNorm extends Whitening {
  constructor(channels: number, options: WhiteningLayerOptions = {}) {
    super("DecorrelatedBatchNorm", channels, options);
  }
}

export interface IterNormOptions extends WhiteningLayerOptions {
  /** Newton iterations towards the inverse root; 5 by default. */
  readonly iterations?: number;
}

/**
 * As DecorrelatedBatchNorm, with Newton iterations in place of eigenvectors: cheaper, and directions in which the
 * channels hardly vary are not blown up to the full length.
 *
 * - running statistics are the mean and the covariance, of which evaluation computes the same iterations
 *
 * @throws as DecorrelatedBatchNorm.
 * @see Huang, Zhou, Zhu, Liu & Shao (2019), "Iterative Normalization: Beyond Standardization towards Efficient
 *   Whitening", who average the inverse root itself.
 */
export class IterNorm extends Whitening {
  readonly iterations: number;

  constructor(channels: number, options: IterNormOptions = {}) {
    const iterations = requireCount("IterNorm", "iterations", options.iterations ?? 5);
    super("IterNorm", channels, options, iterations);
    this.iterations = iterations;
  }
}

function requireChannels(op: string, shape: Shape, layout: Layout, channels: number): void {
  const axis = channelAxis(layout);
  if (shape.length === layout.length && shape[axis] === channels) return;
  throw new ShapeError(op, { shape, layout, channels }, (d) => {
    return `the input has shape [${d.shape.join(", ")}], but the layer has ${d.channels} channels on axis ${axis} of layout ${d.layout}. Make the layer with the layout and the channels of its input.`;
  });
}
