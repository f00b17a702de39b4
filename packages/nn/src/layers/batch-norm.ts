/**
 * @file BatchNorm: the layer around the batch-normalising transform, with running statistics.
 */
import {
  abs,
  add,
  cast,
  type DType,
  less,
  maximum,
  mul,
  ones,
  type Shape,
  ShapeError,
  stopGradient,
  type Tensor,
  ValueError,
  where,
  zeros,
} from "@tapegrad/autograd";
import {
  batchNormInference,
  batchNormTrain,
  requirePositive,
  requireSeveralValues,
} from "../functional/batch-norm.ts";
import { channelAxis, type Layout, requireLayout, statisticsAxes } from "../functional/layout.ts";
import { type BatchStatistics, Buffer, type ForwardOptions, Module, Parameter } from "../module.ts";
import {
  type DecayOptions,
  decayOf,
  requireCount,
  requireFloatingDType,
  requireMode,
} from "./layer-options.ts";

export interface BatchNormLayerOptions extends DecayOptions {
  /** "NC" by default: inputs of any other rank need their layout. */
  readonly layout?: Layout;
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
  /** Which variance is stored: "unbiased" (m / (m - 1), algorithm 2) by default. Normalisation uses the biased one. */
  readonly runningVariance?: "unbiased" | "biased";
  /** float32 by default. */
  readonly dtype?: DType;
}

/**
 * Batch normalisation of every channel, with γ (`weight`) and β (`bias`).
 *
 * - shapes: x in `layout`; `weight`, `bias`, `runningMean`, `runningVariance` [channels]
 * - dtype: an input of another floating dtype meets the parameters; running statistics keep their own
 * - mode "train" normalises by the statistics of the batch and moves the running ones towards them:
 *   running ← decay · running + (1 - decay) · batch; where a new value is not finite the old one stays
 * - mode "eval" normalises by the running statistics, which start as 0 and 1
 * - `freeze()` wins over the mode: running statistics, no update, no gradient for γ and β
 *
 * There is no option called momentum: half of the libraries mean the weight of the old value by it, the
 * others that of the new.
 *
 * @throws ShapeError if the input does not fit; ValueError if the mode is missing or an option is out of range.
 * @see Ioffe & Szegedy (2015), sections 3.1 and 3.2.
 */
export class BatchNorm extends Module {
  readonly channels: number;
  readonly layout: Layout;
  readonly epsilon: number;
  readonly decay: number;
  readonly storesUnbiased: boolean;
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly runningMean: Buffer;
  readonly runningVariance: Buffer;
  readonly numBatchesTracked: Buffer;
  #frozen = false;

  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    super();
    const dtype = requireFloatingDType("BatchNorm", options.dtype ?? "float32");
    this.channels = requireCount("BatchNorm", "channels", channels);
    this.layout = requireLayout("BatchNorm", options.layout ?? "NC");
    this.epsilon = requirePositive("BatchNorm", options.epsilon ?? 1e-5);
    this.decay = decayOf("BatchNorm", options);
    this.storesUnbiased = storesUnbiased(options);
    this.weight = new Parameter(ones([channels], { dtype }), { name: "weight" });
    this.bias = new Parameter(zeros([channels], { dtype }), { name: "bias" });
    this.runningMean = new Buffer(zeros([channels], { dtype }), { name: "runningMean" });
    this.runningVariance = new Buffer(ones([channels], { dtype }), { name: "runningVariance" });
    const none = zeros([], { dtype: "int32" });
    this.numBatchesTracked = new Buffer(none, { name: "numBatchesTracked" });
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** From now on, in every mode: running statistics, no update, no gradient for γ and β. Returns the layer. */
  freeze(): this {
    this.#frozen = true;
    return this;
  }

  /** Takes `freeze` back. Returns the layer. */
  unfreeze(): this {
    this.#frozen = false;
    return this;
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    requireChannels(x.shape, this.layout, this.channels);
    const mode = this.#frozen ? "eval" : requireMode("BatchNorm", options.mode);
    const { epsilon, layout } = this;
    const [gamma, beta] = [this.weight.value, this.bias.value];
    if (mode === "eval") {
      const [mean, variance] = [this.runningMean.value, this.runningVariance.value];
      const stored = { mean, variance, epsilon, layout };
      return this.#frozen
        ? batchNormInference(x, stopGradient(gamma), stopGradient(beta), stored)
        : batchNormInference(x, gamma, beta, stored);
    }
    const axes = statisticsAxes("BatchNorm", x.shape, { layout });
    requireSeveralValues("BatchNorm", x.shape, axes, LAYER_REMEDY);
    const { output, ...statistics } = batchNormTrain(x, gamma, beta, { epsilon, layout });
    this.#track(statistics);
    options.onStatistics?.(this, statistics);
    return output;
  }

  /** Moves the running statistics towards those of a batch. */
  #track({ mean, variance, count }: BatchStatistics): void {
    const { decay } = this;
    const factor = this.storesUnbiased ? count / (count - 1) : 1;
    // In the dtype of the buffers first: what is finite in float64 may not be so in float32.
    const { dtype } = this.runningMean.aval;
    const batchMean = cast(stopGradient(mean), dtype);
    const batchVariance = cast(mul(stopGradient(variance), factor), dtype);
    const finite = less(maximum(abs(batchMean), abs(batchVariance)), Number.POSITIVE_INFINITY);
    const move = (running: Buffer, batch: Tensor): void => {
      const old = running.value;
      const moved = add(mul(old, decay), mul(batch, 1 - decay));
      running.assign(where(finite, moved, old));
    };
    move(this.runningMean, batchMean);
    move(this.runningVariance, batchVariance);
    this.numBatchesTracked.assign(add(this.numBatchesTracked.value, 1));
  }
}

const LAYER_REMEDY =
  'Use a larger batch (drop or merge a last batch of one), evaluate with `{ mode: "eval" }`, or `freeze()` the layer.';

function storesUnbiased({ runningVariance = "unbiased" }: BatchNormLayerOptions): boolean {
  if (runningVariance === "unbiased" || runningVariance === "biased") {
    return runningVariance === "unbiased";
  }
  throw new ValueError("BatchNorm", { runningVariance }, (d) => {
    return `runningVariance is ${JSON.stringify(d.runningVariance)}. Use "unbiased" or "biased".`;
  });
}

function requireChannels(shape: Shape, layout: Layout, channels: number): void {
  const axis = channelAxis(layout);
  if (shape.length === layout.length && shape[axis] === channels) return;
  throw new ShapeError("BatchNorm", { shape, layout, channels }, (d) => {
    const found = `the input has shape [${d.shape.join(", ")}]`;
    if (d.shape.length !== d.layout.length) {
      return `${found}, but layout ${d.layout} has ${d.layout.length} axes. Make the layer with the \`layout\` of its input.`;
    }
    return `${found}, which has ${d.shape[axis]} channels on axis ${axis} of layout ${d.layout}, but the layer has ${d.channels}. Make the layer with ${d.shape[axis]} channels, or check the layout.`;
  });
}
