/**
 * @file foldInto: batch normalisation with stored statistics, taken into the weight and bias of the layer beside it.
 *
 * In evaluation BatchNorm is x ↦ s x + t for every channel, with s = γ / √(variance + ε) and t = β - s · mean. A linear layer
 * takes either side of it: s (W x + b) + t = (s W) x + (s b + t), and W (s x + t) + b = (W s) x + (W t + b).
 */
import {
  abs,
  add,
  cast,
  div,
  max,
  mul,
  normal,
  ones,
  randomKey,
  reshape,
  type Shape,
  sqrt,
  sub,
  sum,
  type Tensor,
  ValueError,
  zeros,
} from "@tapegrad/autograd";
import type { Layout } from "../functional/layout.ts";
import type { BatchNorm } from "../layers/batch-norm.ts";
import {
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
} from "../layers/convolution.ts";
import { Linear } from "../layers/linear.ts";
import type { Layer } from "../module.ts";

type Convolution = Conv1d | Conv2d | Conv3d;
type Transposed = ConvTranspose1d | ConvTranspose2d | ConvTranspose3d;

/** What batch normalisation can be folded into: these classes themselves, no subclass, whose `forward` may differ. */
export type Foldable =
  | Linear
  | Conv1d
  | Conv2d
  | Conv3d
  | ConvTranspose1d
  | ConvTranspose2d
  | ConvTranspose3d;

export interface FoldOptions {
  /** Whether the layer comes before the norm, as usual, or after it; "before" by default. */
  readonly layer?: "before" | "after";
  /** The domain whose statistics are used, where the norm keeps them by domain. */
  readonly domain?: string;
  /**
   * The largest difference allowed between the pair and what it was folded into, on random input, as a part of the largest
   * output; 1e-4 by default, 1e-9 if both are float64.
   */
  readonly tolerance?: number;
}

const CONVOLUTIONS = [Conv1d, Conv2d, Conv3d] as const;
const TRANSPOSED = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d] as const;

/** Why `norm` cannot be folded into `layer`; null if it can. */
export function whyNotFold(
  layer: Layer,
  norm: BatchNorm,
  options: FoldOptions = {},
): string | null {
  const after = options.layer === "after";
  if (!isFoldable(layer)) return `${layer.constructor.name} is not Linear, Conv or ConvTranspose`;
  if (!norm.tracksRunningStats) return "the norm has no running statistics";
  const channels = after ? inputsOf(layer) : outputsOf(layer);
  if (channels !== norm.channels) {
    return `the norm has ${norm.channels} channels and ${layer.constructor.name} ${channels}`;
  }
  const layouts = layoutsOf(layer);
  if (!layouts.includes(norm.layout)) {
    return `the channels of layout ${norm.layout} are not those of ${layer.constructor.name} (${layouts.join(", ")})`;
  }
  if (!after) return null;
  if (isTransposed(layer)) {
    return "a transposed convolution adds up fewer weights at the borders than inside";
  }
  return isConvolution(layer) && padsZeros(layer)
    ? "the convolution pads with 0 what the norm has shifted"
    : null;
}

/**
 * A new layer that computes what `layer` and `norm` compute together in evaluation, the bias and ε included. Neither
 * is changed.
 *
 * - computed in float64, stored in the dtype of the layer; the new layer always has a bias
 * - checked before it is returned: both are run on the same random input
 *
 * @throws ValueError if the pair cannot be folded exactly, which says why, or if the check fails.
 * @example
 * const [conv, norm] = [new Conv2d(3, 8, 3), new BatchNorm(8, { layout: "NCHW" })];
 * const fast = foldInto(conv, norm);   // fast.forward(x) is norm.forward(conv.forward(x), { mode: "eval" })
 * @see Ioffe & Szegedy (2015), algorithm 2, step 11.
 */
export function foldInto<L extends Foldable>(
  layer: L,
  norm: BatchNorm,
  options: FoldOptions = {},
): L {
  const reason = whyNotFold(layer, norm, options);
  if (reason !== null) {
    throw new ValueError("foldInto", { reason }, (d) => {
      return `the norm cannot be folded: ${d.reason}. Keep both layers, or fold into another one.`;
    });
  }
  const folded = copyWith(layer, foldedParameters(layer, norm, options));
  requireSame(layer, norm, folded, options);
  return folded;
}

interface Parameters {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

function foldedParameters(layer: Foldable, norm: BatchNorm, options: FoldOptions): Parameters {
  const { scale, shift } = mapOf(norm, options.domain);
  const { shape, outputs, inputs } = groupedWeight(layer);
  const weight = reshape(cast(layer.weight.value, "float64"), shape);
  const bias = layer.bias === null ? 0 : cast(layer.bias.value, "float64");
  const back = (parts: Tensor): Tensor => reshape(parts, layer.weight.aval.shape);
  if (options.layer !== "after") {
    const scaled = mul(weight, reshape(scale, outputs));
    return { weight: back(scaled), bias: add(mul(scale, bias), shift) };
  }
  const constants = mul(weight, reshape(shift, inputs));
  const constant = sum(constants, { axes: shape.map((_, axis) => axis).slice(2) });
  return {
    weight: back(mul(weight, reshape(scale, inputs))),
    bias: add(reshape(constant, [outputsOf(layer)]), bias),
  };
}

/** s and t of every channel, float64. */
function mapOf(
  norm: BatchNorm,
  domain: string | undefined,
): { readonly scale: Tensor; readonly shift: Tensor } {
  const { runningMean, runningVariance } = norm.statistics(domain);
  const wide = { dtype: "float64" } as const;
  const gamma = norm.hasScale ? cast(norm.weight.value, "float64") : ones([norm.channels], wide);
  const beta = norm.hasCenter ? cast(norm.bias.value, "float64") : zeros([norm.channels], wide);
  const deviation = sqrt(add(cast(runningVariance.value, "float64"), norm.epsilon));
  const scale = div(gamma, deviation);
  return { scale, shift: sub(beta, mul(scale, cast(runningMean.value, "float64"))) };
}

/** The shape of a weight with its groups on an axis of their own, and those of one number for each output or input in it. */
function groupedWeight(layer: Foldable): Record<"shape" | "outputs" | "inputs", Shape> {
  const groups = layer instanceof Linear ? 1 : layer.groups;
  const [first, second, ...window] = layer.weight.aval.shape;
  const one = window.map(() => 1);
  const shape = [groups, first / groups, second, ...window];
  const [alongFirst, alongSecond] = [
    [groups, first / groups, 1, ...one],
    [groups, 1, second, ...one],
  ];
  return isTransposed(layer)
    ? { shape, outputs: alongSecond, inputs: alongFirst }
    : { shape, outputs: alongFirst, inputs: alongSecond };
}

/** A layer of the same class and options with these parameters. */
function copyWith<L extends Foldable>(layer: L, { weight, bias }: Parameters): L {
  const { dtype } = layer.weight.aval;
  const copy = emptyCopy(layer);
  copy.weight.assign(cast(weight, dtype));
  copy.bias?.assign(cast(bias, dtype));
  // of the class of `layer`, which is one of those that `emptyCopy` knows
  return copy as L;
}

function emptyCopy(layer: Foldable): Foldable {
  const { dtype } = layer.weight.aval;
  if (layer instanceof Linear) return new Linear(layer.inFeatures, layer.outFeatures, { dtype });
  const { inChannels, outChannels, kernelSize, stride, dilation, groups } = layer;
  const common = { stride, dilation, groups, dtype };
  if (isTransposed(layer)) {
    const { padding, outputPadding } = layer;
    const options = { ...common, padding, outputPadding };
    const Class = TRANSPOSED[kernelSize.length - 1];
    return new Class(inChannels, outChannels, kernelSize, options);
  }
  const { padding, paddingMode } = layer;
  const Class = CONVOLUTIONS[kernelSize.length - 1];
  return new Class(inChannels, outChannels, kernelSize, { ...common, padding, paddingMode });
}

/** @throws ValueError if the pair and the layer it was folded into differ on random input. */
function requireSame(
  layer: Foldable,
  norm: BatchNorm,
  folded: Foldable,
  options: FoldOptions,
): void {
  const { domain } = options;
  const dtypes = [layer.weight.aval.dtype, norm.statistics(domain).runningMean.aval.dtype];
  const wide = dtypes.every((dtype) => dtype === "float64");
  const { tolerance = wide ? 1e-9 : 1e-4 } = options;
  const x = normal(randomKey(1), inputShape(layer, norm), { dtype: wide ? "float64" : "float32" });
  const evaluate = { mode: "eval", ...(domain === undefined ? {} : { domain }) } as const;
  const expected =
    options.layer === "after"
      ? layer.forward(norm.forward(x, evaluate))
      : norm.forward(layer.forward(x), evaluate);
  const largest = max(abs(expected)).item();
  const error = max(abs(sub(folded.forward(x), expected))).item() / largest;
  if (error <= tolerance || largest === 0) return;
  throw new ValueError("foldInto", { error, tolerance }, (d) => {
    return `on random input the folded layer differs by ${d.error.toPrecision(3)} of the largest output, and ${d.tolerance} is allowed. Look for running statistics that are not finite or variances near 0, or allow more by \`tolerance\`.`;
  });
}

/** A small batch that both take, large enough for one window. */
function inputShape(layer: Foldable, norm: BatchNorm): Shape {
  if (layer instanceof Linear) {
    return [
      4,
      ...norm.layout
        .slice(2)
        .split("")
        .map(() => 3),
      layer.inFeatures,
    ];
  }
  const { inChannels, kernelSize, dilation } = layer;
  const lengths = kernelSize.map((size, axis) => dilation[axis] * (size - 1) + 3);
  return [2, inChannels, ...lengths];
}

function isFoldable(layer: Layer): layer is Foldable {
  return layer.constructor === Linear || isConvolution(layer) || isTransposed(layer);
}

function isConvolution(layer: Layer): layer is Convolution {
  return CONVOLUTIONS.some((Class) => layer.constructor === Class);
}

function isTransposed(layer: Layer): layer is Transposed {
  return TRANSPOSED.some((Class) => layer.constructor === Class);
}

function outputsOf(layer: Foldable): number {
  return layer instanceof Linear ? layer.outFeatures : layer.outChannels;
}

function inputsOf(layer: Foldable): number {
  return layer instanceof Linear ? layer.inFeatures : layer.inChannels;
}

/** The layouts whose channels are the inputs and outputs of the layer. */
function layoutsOf(layer: Foldable): readonly Layout[] {
  if (layer instanceof Linear) return ["NC", "NLC", "NHWC", "NDHWC"];
  return [(["NCL", "NCHW", "NCDHW"] as const)[layer.kernelSize.length - 1]];
}

function padsZeros({ padding, paddingMode, kernelSize }: Convolution): boolean {
  if (paddingMode !== "zeros" || padding === "valid") return false;
  return padding === "same" ? kernelSize.some((size) => size > 1) : padding.some((n) => n > 0);
}
