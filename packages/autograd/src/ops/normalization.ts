/**
 * @file Normalisations as functions: batch, layer, group, instance, root mean square, local response.
 *
 * All are composites over `moments`, so their derivatives of every order follow. The constant ε stands inside
 * the root and is not restricted here: a root of a negative number is NaN. What is given is of axis 1, the
 * channels of [N, C, …].
 */
import { formatShape, type Shape, sizeOf } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { bind } from "../core/bind.ts";
import { div } from "../primitives/div.ts";
import { mul } from "../primitives/mul.ts";
import { pow } from "../primitives/pow.ts";
import { reshape } from "../primitives/reshape.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { sub } from "../primitives/sub.ts";
import { sumPool2dPrimitive } from "../primitives/sum-pool2d.ts";
import { square } from "./activations.ts";
import { mean, moments } from "./reductions.ts";

/** Scale and shift after a normalisation. */
export interface AffineOptions {
  /** γ; 1 by default. */
  readonly weight?: Tensor | undefined;
  /** β; 0 by default. */
  readonly bias?: Tensor | undefined;
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number | undefined;
}

/** γ and β, and statistics of earlier batches. */
export interface RunningOptions extends AffineOptions {
  /** Statistics of earlier batches, [C]. */
  readonly runningMean?: Tensor | undefined;
  readonly runningVariance?: Tensor | undefined;
  /** What part of the running statistics a batch replaces; 0.1 by default. */
  readonly momentum?: number | undefined;
}

export interface BatchNormOptions extends RunningOptions {
  /** Whether the statistics of this batch are used, and the running ones updated; false by default. */
  readonly training?: boolean | undefined;
}

/** A normalised tensor, and the running statistics afterwards (those given, where nothing was updated). */
export interface Normalized {
  readonly output: Tensor;
  readonly runningMean: Tensor | undefined;
  readonly runningVariance: Tensor | undefined;
}

/**
 * Batch normalisation: every channel by the mean and biased variance of the batch, or by the running ones.
 *
 * - shapes: x [N, C, …], all else [C]; the new running variance is unbiased
 * - derivative: follows; none by the running statistics of a training step
 * - for layers and conventions by name see `@tapegrad/nn`, whose `batchNormTrain` refuses what this lets pass
 *   (a batch of one, an ε of 0)
 *
 * @throws ShapeError if the shapes do not fit, or statistics are missing that are to be used.
 * @see Ioffe & Szegedy (2015), algorithms 1 and 2; the options are those of PyTorch's `batch_norm`.
 */
export function batchNorm(x: Tensor, options: BatchNormOptions = {}): Normalized {
  const { training = false } = options;
  return normalizeChannels("batchNorm", x, options, training, allButChannel(x.shape));
}

/** As for `batchNorm`. */
export interface InstanceNormOptions extends RunningOptions {
  /** Whether the statistics of each sample are used rather than the running ones; true by default. */
  readonly useInputStatistics?: boolean | undefined;
}

/**
 * Instance normalisation: every channel of every sample by itself. Ulyanov, Vedaldi & Lempitsky (2016).
 *
 * - shapes: x [N, C, …], all else [C]; running statistics are updated by their mean over the samples
 *
 * @throws ShapeError if the shapes do not fit, or statistics are missing that are to be used.
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Normalized {
  const { useInputStatistics = true } = options;
  const axes = x.shape.map((_, axis) => axis).slice(2);
  return normalizeChannels("instanceNorm", x, options, useInputStatistics, axes);
}

function normalizeChannels(
  op: string,
  x: Tensor,
  options: RunningOptions,
  fromInput: boolean,
  axes: readonly number[],
): Normalized {
  const { runningMean, runningVariance, epsilon = 1e-5, momentum = 0.1 } = options;
  const { shape } = requireTensor(op, x);
  const perChannel = (value: Tensor): Tensor => channelwise(op, value, shape);
  // an empty batch has no statistics, and nothing to normalise
  if (x.size === 0) return { output: x, runningMean, runningVariance };
  if (!fromInput) {
    if (runningMean === undefined || runningVariance === undefined) throw missing(op);
    const [center, variance] = [perChannel(runningMean), perChannel(runningVariance)];
    const output = affine(op, standardized(x, center, variance, epsilon), options, shape);
    return { output, runningMean, runningVariance };
  }
  const { mean: center, variance } = moments(x, { axes, keepDims: true });
  const output = affine(op, standardized(x, center, variance, epsilon), options, shape);
  const count = sizeOf(axes.map((axis) => shape[axis]));
  const overSamples = (value: Tensor): Tensor => {
    return reshape(mean(value, { axes: allButChannel(shape) }), [shape[1]]);
  };
  const updated = (old: Tensor | undefined, found: () => Tensor): Tensor | undefined =>
    old && add(mul(old, 1 - momentum), mul(found(), momentum));
  return {
    output,
    runningMean: updated(runningMean, () => overSamples(center)),
    runningVariance: updated(runningVariance, () =>
      mul(overSamples(variance), count / (count - 1)),
    ),
  };
}

function allButChannel(shape: Shape): readonly number[] {
  return shape.map((_, axis) => axis).filter((axis) => axis !== 1);
}

function standardized(x: Tensor, center: Tensor, variance: Tensor, epsilon: number): Tensor {
  return div(sub(x, center), sqrt(add(variance, epsilon)));
}

/** γ x̂ + β, each of one value for a channel. */
function affine(op: string, xHat: Tensor, { weight, bias }: AffineOptions, shape: Shape): Tensor {
  const scaled = weight === undefined ? xHat : mul(xHat, channelwise(op, weight, shape));
  return bias === undefined ? scaled : add(scaled, channelwise(op, bias, shape));
}

/** One value for a channel, in a shape that broadcasts against [N, C, …]. */
function channelwise(op: string, value: Tensor, shape: Shape): Tensor {
  if (value.rank === 1 && shape.length >= 2 && value.shape[0] === shape[1]) {
    return reshape(
      value,
      shape.map((n, axis) => (axis === 1 ? n : 1)),
    );
  }
  throw new ShapeError(op, { shape, found: value.shape }, (d) => {
    return `${formatShape(d.found)} is not one value for each channel of shape ${formatShape(d.shape)}. Use an input [N, C, …], and [C] for weight, bias and statistics.`;
  });
}

function missing(op: string): ShapeError {
  return new ShapeError(op, {}, () => {
    return "there are no running statistics to normalise by. Pass `runningMean` and `runningVariance`, or use those of the input.";
  });
}

export interface LayerNormOptions extends AffineOptions {
  /** The last axes, over which each sample is normalised; weight and bias have this shape. The last axis by default. */
  readonly shape?: Shape | undefined;
}

/**
 * Layer normalisation: every sample by the mean and biased variance over its last axes. Ba, Kiros & Hinton (2016).
 *
 * @throws ShapeError if the last axes of `x` are not `shape`, or weight or bias have another shape.
 * @example
 * layerNorm(tensor([1, 3]), { epsilon: 0 });   // [-1, 1]
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  const op = "layerNorm";
  const { epsilon = 1e-5, weight, bias } = options;
  const axes = lastAxes(op, x, options.shape);
  if (x.size === 0) return x;
  const { mean: center, variance } = moments(x, { axes, keepDims: true });
  const xHat = standardized(x, center, variance, epsilon);
  const scaled = weight === undefined ? xHat : mul(xHat, weight);
  return bias === undefined ? scaled : add(scaled, bias);
}

export interface RmsNormOptions extends Omit<LayerNormOptions, "bias"> {
  /** Added to the mean square; 1e-6 by default. */
  readonly epsilon?: number | undefined;
}

/**
 * x / √(mean(x²) + ε) over the last axes, times the weight. Zhang & Sennrich (2019), equation 4.
 *
 * @throws ShapeError if the last axes of `x` are not `shape`.
 */
export function rmsNorm(x: Tensor, options: RmsNormOptions = {}): Tensor {
  const { epsilon = 1e-6, weight } = options;
  const axes = lastAxes("rmsNorm", x, options.shape);
  if (x.size === 0) return x;
  const scaled = div(x, sqrt(add(mean(square(x), { axes, keepDims: true }), epsilon)));
  return weight === undefined ? scaled : mul(scaled, weight);
}

/** The axes that `shape` stands for. */
function lastAxes(op: string, x: Tensor, shape: Shape | undefined): readonly number[] {
  const found = requireTensor(op, x).shape;
  const own = shape ?? found.slice(-1);
  const start = found.length - own.length;
  if (own.length > 0 && start >= 0 && own.every((n, i) => n === found[start + i])) {
    return own.map((_, i) => start + i);
  }
  throw new ShapeError(op, { found, shape: own }, (d) => {
    return `shape ${formatShape(d.found)} does not end in ${formatShape(d.shape)}, over which is to be normalised. Pass the last axes of the input as \`shape\`, at least one.`;
  });
}

export interface GroupNormOptions extends AffineOptions {
  /** Into how many groups the channels are divided. */
  readonly groups: number;
}

/**
 * Group normalisation: the channels of a group of every sample together. Wu & He (2018), section 3.1.
 *
 * - shapes: x [N, C, …], weight and bias [C]
 *
 * @throws ShapeError if the channels cannot be divided so, or weight or bias do not fit.
 */
export function groupNorm(x: Tensor, options: GroupNormOptions): Tensor {
  const op = "groupNorm";
  const { groups, epsilon = 1e-5 } = options;
  const { shape } = requireTensor(op, x);
  const [samples, channels] = shape;
  if (shape.length < 2 || !(groups >= 1) || channels % groups !== 0) {
    throw new ShapeError(op, { shape, groups }, (d) => {
      return `the channels of shape ${formatShape(d.shape)} cannot be divided into ${d.groups} groups. Use an input [N, C, …] with C a multiple of the groups.`;
    });
  }
  if (x.size === 0) return x;
  const grouped = reshape(x, [samples, groups, -1]);
  const { mean: center, variance } = moments(grouped, { axes: 2, keepDims: true });
  const xHat = reshape(standardized(grouped, center, variance, epsilon), shape);
  return affine(op, xHat, options, shape);
}

export interface LocalResponseNormOptions {
  /** How many neighbouring channels are summed. */
  readonly size: number;
  /** 1e-4 by default. */
  readonly alpha?: number | undefined;
  /** 0.75 by default. */
  readonly beta?: number | undefined;
  /** 1 by default. */
  readonly k?: number | undefined;
}

/**
 * x / (k + α / size · Σ x²)^β, the sum over `size` neighbouring channels, those before first. Krizhevsky, Sutskever
 * & Hinton (2012), section 3.3, who do not divide α by the size.
 *
 * - shape: x [N, C, …]
 *
 * @throws ShapeError if `x` has fewer than two axes; ValueError if the size is no positive integer.
 */
export function localResponseNorm(x: Tensor, options: LocalResponseNormOptions): Tensor {
  const { size, alpha = 1e-4, beta = 0.75, k = 1 } = options;
  const { shape } = requireTensor("localResponseNorm", x);
  if (x.size === 0) return x;
  const [samples, channels] = shape;
  const before = Math.floor(size / 2);
  const planes = reshape(square(x), [samples, channels, -1]);
  const sums = bind(sumPool2dPrimitive, [planes], {
    window: [size, 1],
    strides: [1, 1],
    padding: [
      [before, size - 1 - before],
      [0, 0],
    ],
    dilation: [1, 1],
  });
  return div(x, pow(add(mul(reshape(sums, shape), alpha / size), k), beta));
}
