/** @file The options that all models share, and the layers that are made of them. */
import type { DType, Tensor } from "@tapegrad/autograd";
import { freshKey } from "../init/fresh-key.ts";
import { BatchNorm } from "../layers/batch-norm.ts";
import { Conv2d, type ConvOptions } from "../layers/convolution.ts";
import { Linear } from "../layers/linear.ts";
import { type Layer, RandomState } from "../module.ts";

/** What all models take. */
export interface ModelOptions {
  /** Whether a batch norm follows every layer but the last, which then have no bias. */
  readonly batchNorm?: boolean;
  /** How many classes the output has a number for; 10 by default. */
  readonly classes?: number;
  /** float32 by default. */
  readonly dtype?: DType;
  /** Random key of the initial values; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

/** What all models of images take. */
export interface ImageModelOptions extends ModelOptions {
  /** Channels of the images. */
  readonly inChannels?: number;
}

/** Makes layers of one dtype, each with a key of its own. */
export class LayerMaker {
  readonly batchNorm: boolean;
  readonly #dtype: DType;
  readonly #random: RandomState;

  constructor(batchNorm: boolean, { dtype = "float32", key = freshKey() }: ModelOptions) {
    this.batchNorm = batchNorm;
    this.#dtype = dtype;
    this.#random = new RandomState(key);
  }

  /** A key that no layer has. */
  key(): Tensor {
    return this.#random.next();
  }

  linear(inFeatures: number, outFeatures: number, options: { bias?: boolean } = {}): Linear {
    return new Linear(inFeatures, outFeatures, { ...options, ...this.#making() });
  }

  /** Followed by a batch norm or with a bias. */
  conv(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    options: ConvOptions = {},
  ): Conv2d {
    const bias = !this.batchNorm;
    return new Conv2d(inChannels, outChannels, kernelSize, { bias, ...options, ...this.#making() });
  }

  /** The batch norm of images or, under "NC", of features; null without batch norm. */
  norm(channels: number, layout: "NCHW" | "NC" = "NCHW"): BatchNorm | null {
    return this.batchNorm ? new BatchNorm(channels, { layout, dtype: this.#dtype }) : null;
  }

  #making(): { readonly dtype: DType; readonly key: Tensor } {
    return { dtype: this.#dtype, key: this.key() };
  }
}

/** The layers that there are, under their names. */
export function present(layers: Readonly<Record<string, Layer | null>>): Record<string, Layer> {
  const entries = Object.entries(layers).filter((entry) => entry[1] !== null);
  return Object.fromEntries(entries as [string, Layer][]);
}
