/** @file InstanceNorm1d, InstanceNorm2d and InstanceNorm3d. */
import {
  cast,
  type DType,
  expandDims,
  instanceNorm,
  isFinite,
  logicalAnd,
  ones,
  type Shape,
  ShapeError,
  squeeze,
  stopGradient,
  type Tensor,
  where,
  zeros,
} from "@tapegrad/autograd";
import { requirePositive } from "../functional/batch-norm.ts";
import { Buffer, type ForwardOptions, type Parameter } from "../module.ts";
import { affineParameters } from "./affine.ts";
import { FreezableModule } from "./freezable-module.ts";
import {
  type DecayOptions,
  decayOf,
  requireCount,
  requireFloatingDType,
  requireMode,
} from "./layer-options.ts";

export interface InstanceNormLayerOptions extends DecayOptions {
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
  /** Whether there are γ and β, one for each channel; false by default. */
  readonly affine?: boolean;
  /** Whether running statistics are kept, and used in evaluation; false by default. */
  readonly trackRunningStats?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
}

/**
 * Instance normalisation of as many spatial axes as the class says: every channel of every sample by its own mean
 * and biased variance.
 *
 * - shapes: x [N, channels, …] or one sample [channels, …] to the same; all variables [channels]
 * - without running statistics, training and evaluation are the same, and no mode is asked for
 * - `freeze()` wins over the mode: running statistics if there are any, no gradient for γ and β
 * - with them, mode "train" moves them towards the mean over the samples of mean and unbiased variance, and mode
 *   "eval" normalises by them; where a new value is not finite the old one stays. As in PyTorch,
 *   `numBatchesTracked` is there and stays 0
 *
 * @see Ulyanov, Vedaldi & Lempitsky (2016), "Instance Normalization".
 */
export abstract class InstanceNorm extends FreezableModule {
  readonly channels: number;
  readonly epsilon: number;
  readonly decay: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: Buffer | null;
  readonly runningVariance: Buffer | null;
  readonly numBatchesTracked: Buffer | null;
  readonly #op: string;
  readonly #spatialAxes: number;

  constructor(spatialAxes: number, channels: number, options: InstanceNormLayerOptions) {
    super();
    const { affine = false, trackRunningStats = false } = options;
    const op = `InstanceNorm${spatialAxes}d`;
    this.#op = op;
    this.#spatialAxes = spatialAxes;
    const dtype = requireFloatingDType(op, options.dtype ?? "float32");
    this.channels = requireCount(op, "channels", channels);
    this.epsilon = requirePositive(op, options.epsilon ?? 1e-5);
    this.decay = decayOf(op, options);
    const parameters = affineParameters([channels], dtype, { weight: affine, bias: affine });
    this.weight = parameters.weight;
    this.bias = parameters.bias;
    const buffer = (name: string, value: () => Tensor): Buffer | null =>
      trackRunningStats ? new Buffer(value(), { name }) : null;
    this.runningMean = buffer("runningMean", () => zeros([channels], { dtype }));
    this.runningVariance = buffer("runningVariance", () => ones([channels], { dtype }));
    this.numBatchesTracked = buffer("numBatchesTracked", () => zeros([], { dtype: "int32" }));
  }

  /** `x` normalised, in its shape; the mode is asked for where there are running statistics. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    this.#requireFit(x.shape);
    if (x.rank === this.#spatialAxes + 1) {
      return squeeze(this.#normalize(expandDims(x, 0), options), 0);
    }
    return this.#normalize(x, options);
  }

  #normalize(x: Tensor, options: ForwardOptions): Tensor {
    const { epsilon, runningMean, runningVariance } = this;
    const [weight, bias] = [this.weight, this.bias].map((p) =>
      p === null ? undefined : this.used(p),
    );
    const given = { epsilon, weight, bias };
    if (runningMean === null || runningVariance === null) {
      requireSeveralPerSample(this.#op, x.shape);
      return instanceNorm(x, given).output;
    }
    const stored = { runningMean: runningMean.value, runningVariance: runningVariance.value };
    const running = { ...given, ...stored, momentum: 1 - this.decay };
    if (this.frozen || requireMode(this.#op, options.mode) === "eval") {
      return instanceNorm(x, { ...running, useInputStatistics: false }).output;
    }
    requireSeveralPerSample(this.#op, x.shape);
    const { output, ...moved } = instanceNorm(x, running);
    commit(runningMean, runningVariance, moved.runningMean, moved.runningVariance);
    return output;
  }

  /** @throws ShapeError unless x is [N, channels, …] or [channels, …] with the spatial axes of the class. */
  #requireFit(shape: Shape): void {
    const rank = this.#spatialAxes + 2;
    const channel = shape.length === rank ? 1 : 0;
    if (shape.length - channel === rank - 1 && shape[channel] === this.channels) return;
    const details = { shape, channels: this.channels, spatialAxes: this.#spatialAxes };
    throw new ShapeError(this.#op, details, (d) => {
      const axes = ["L", "H, W", "D, H, W"][d.spatialAxes - 1];
      return `the input has shape [${d.shape.join(", ")}], but the layer takes [N, ${d.channels}, ${axes}] or [${d.channels}, ${axes}]. Use the class for the number of spatial axes, made with the number of channels of its input.`;
    });
  }
}

/** Assigns both statistics of the channels in which both are finite. */
function commit(
  runningMean: Buffer,
  runningVariance: Buffer,
  mean: Tensor | undefined,
  variance: Tensor | undefined,
): void {
  if (mean === undefined || variance === undefined) return;
  // In the dtype of the buffers first: what is finite in float64 may not be so in float32.
  const newMean = cast(stopGradient(mean), runningMean.aval.dtype);
  const newVariance = cast(stopGradient(variance), runningVariance.aval.dtype);
  const finite = logicalAnd(isFinite(newMean), isFinite(newVariance));
  runningMean.assign(where(finite, newMean, runningMean.value));
  runningVariance.assign(where(finite, newVariance, runningVariance.value));
}

/** @throws ShapeError if each channel of a sample has one value: its variance is 0. */
function requireSeveralPerSample(op: string, shape: Shape): void {
  if (shape.slice(2).reduce((product, length) => product * length, 1) > 1) return;
  throw new ShapeError(op, { shape }, (d) => {
    return `each channel of a sample has at most one value (shape [${d.shape.join(", ")}]), so every variance is 0 and the output would not depend on x. Use larger maps, or BatchNorm or LayerNorm.`;
  });
}

/** Instance normalisation of [N, channels, L]. See InstanceNormLayerOptions. */
export class InstanceNorm1d extends InstanceNorm {
  constructor(channels: number, options: InstanceNormLayerOptions = {}) {
    super(1, channels, options);
  }
}

/** Instance normalisation of [N, channels, H, W]. See InstanceNormLayerOptions. */
export class InstanceNorm2d extends InstanceNorm {
  constructor(channels: number, options: InstanceNormLayerOptions = {}) {
    super(2, channels, options);
  }
}

/** Instance normalisation of [N, channels, D, H, W]. See InstanceNormLayerOptions. */
export class InstanceNorm3d extends InstanceNorm {
  constructor(channels: number, options: InstanceNormLayerOptions = {}) {
    super(3, channels, options);
  }
}
