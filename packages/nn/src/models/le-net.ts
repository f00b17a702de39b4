/** @file leNet: the convolutional network LeNet-5. */
import { ReLU, Tanh } from "../layers/activations.ts";
import { AvgPool2d } from "../layers/pooling.ts";
import { Sequential } from "../layers/sequential.ts";
import { Flatten } from "../layers/shapes.ts";
import type { Layer } from "../module.ts";
import { type ImageModelOptions, LayerMaker, present } from "./model-options.ts";

export interface LeNetOptions extends ImageModelOptions {
  /** Channels of the first layer, 6 by default; the others grow with it. */
  readonly width?: number;
  /** "tanh" by default, as in 1998. */
  readonly activation?: "tanh" | "relu";
}

/**
 * LeNet-5: two convolutions 5 × 5 with pooling, a third one that sees all, and two linear layers.
 *
 * - shapes: [N, inChannels (1), 28, 28], padded to 32 × 32, to [N, classes]
 * - state: `c1`, `c3`, `c5`, `f6` and `out`, as the paper numbers them, with `bn1` … under `batchNorm` (false by default)
 * - unlike in 1998 pools have no weights, every map of C3 sees all maps before it, and the output is linear
 *
 * @example
 * leNet().forward(zeros([2, 1, 28, 28]), { mode: "eval" });   // float32[2,10]
 * @see LeCun, Bottou, Bengio & Haffner (1998), section II.B.
 */
export function leNet(options: LeNetOptions = {}): Sequential {
  const { inChannels = 1, classes = 10, width = 6, batchNorm = false } = options;
  const make = new LayerMaker(batchNorm, options);
  const activation = (): Layer => (options.activation === "relu" ? new ReLU() : new Tanh());
  const [second, third, fourth] = [16, 120, 84].map((n) => Math.round((n * width) / 6));
  return Sequential.named(
    present({
      c1: make.conv(inChannels, width, 5, { padding: 2 }),
      bn1: make.norm(width),
      act1: activation(),
      s2: new AvgPool2d(2),
      c3: make.conv(width, second, 5),
      bn3: make.norm(second),
      act3: activation(),
      s4: new AvgPool2d(2),
      c5: make.conv(second, third, 5),
      bn5: make.norm(third),
      act5: activation(),
      flatten: new Flatten(),
      f6: make.linear(third, fourth, { bias: !batchNorm }),
      bn6: make.norm(fourth, "NC"),
      act6: activation(),
      out: make.linear(fourth, classes),
    }),
  );
}
