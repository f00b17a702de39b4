/** @file vgg: stages of convolutions 3 × 3. */
import { ReLU } from "../layers/activations.ts";
import { GlobalAvgPool, MaxPool2d } from "../layers/pooling.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Layer } from "../module.ts";
import { type ImageModelOptions, LayerMaker } from "./model-options.ts";

export interface VGGOptions extends ImageModelOptions {
  /** Channels of the first stage, 32 by default; every stage has twice as many as the one before. */
  readonly width?: number;
  /** Convolutions of each stage, [2, 2, 2] by default; a stage halves height and width. */
  readonly stages?: readonly number[];
}

/**
 * Stages of convolutions 3 × 3 with batch norm (by default) and ReLU, each ended by a pool; then the mean of every map, in
 * place of the large linear layers of the paper, and a linear layer.
 *
 * - shapes: [N, inChannels (3), H, W] to [N, classes]; H and W are at least 2 to the number of stages
 * - state: `features.0` …, `classifier`
 *
 * @example
 * vgg({ classes: 10 }).forward(zeros([2, 3, 32, 32]), { mode: "train" });   // float32[2,10]
 * @see Simonyan & Zisserman (2015).
 */
export function vgg(options: VGGOptions = {}): Sequential {
  const { inChannels = 3, classes = 10, width = 32, stages = [2, 2, 2] } = options;
  const make = new LayerMaker(options.batchNorm ?? true, options);
  let channels = inChannels;
  const features = stages.flatMap((count, stage): readonly Layer[] => {
    const out = width * 2 ** stage;
    const convolutions = Array.from({ length: count }, () => {
      const conv = make.conv(channels, out, 3, { padding: 1 });
      channels = out;
      return [conv, make.norm(out), new ReLU()].filter((layer) => layer !== null);
    });
    return [...convolutions.flat(), new MaxPool2d(2)];
  });
  return Sequential.named({
    features: new Sequential(...features),
    pool: new GlobalAvgPool(),
    classifier: make.linear(channels, classes),
  });
}
