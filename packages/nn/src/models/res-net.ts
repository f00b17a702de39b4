/** @file resNet: stages of residual blocks, and their BasicBlock. */
import { add, type DType, relu, type Tensor, zeros } from "@tapegrad/autograd";
import { initialize } from "../init/initialize.ts";
import { kaimingNormal } from "../init/variance-scaling.ts";
import { ReLU } from "../layers/activations.ts";
import type { BatchNorm } from "../layers/batch-norm.ts";
import type { Conv2d } from "../layers/convolution.ts";
import { GlobalAvgPool } from "../layers/pooling.ts";
import { Sequential } from "../layers/sequential.ts";
import { type ForwardOptions, Module } from "../module.ts";
import type { NormFolder } from "../statistics/fold-batch-norm.ts";
import { type ImageModelOptions, LayerMaker, present } from "./model-options.ts";

export interface BasicBlockOptions {
  /** Of the first convolution; 1 by default. */
  readonly stride?: number;
  /** true by default; without it the convolutions have biases. */
  readonly batchNorm?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
  /** Random key of the initial values; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

/**
 * relu(shortcut(x) + bn2(conv2(relu(bn1(conv1(x)))))), both convolutions 3 × 3. Where the shape changes the shortcut is a
 * convolution 1 × 1 with batch norm, called `downsample`; else x itself.
 *
 * - shapes: [N, inChannels, H, W] to [N, outChannels, ⌈H / stride⌉, ⌈W / stride⌉]
 *
 * @see He et al. (2016), figure 5, left.
 */
export class BasicBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm | null;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm | null;
  readonly downsample: Sequential | null;

  constructor(inChannels: number, outChannels: number, options: BasicBlockOptions = {}) {
    super();
    const { stride = 1, batchNorm = true } = options;
    const make = new LayerMaker(batchNorm, options);
    this.conv1 = make.conv(inChannels, outChannels, 3, { stride, padding: 1 });
    this.bn1 = make.norm(outChannels);
    this.conv2 = make.conv(outChannels, outChannels, 3, { padding: 1 });
    this.bn2 = make.norm(outChannels);
    const isSame = stride === 1 && inChannels === outChannels;
    this.downsample = isSame
      ? null
      : new Sequential(
          ...[make.conv(inChannels, outChannels, 1, { stride }), make.norm(outChannels)].filter(
            (layer) => layer !== null,
          ),
        );
  }

  /** `x` [N, inChannels, H, W] through both convolutions and around them. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const normed = (y: Tensor, norm: BatchNorm | null): Tensor => norm?.forward(y, options) ?? y;
    const first = relu(normed(this.conv1.forward(x), this.bn1));
    const second = normed(this.conv2.forward(first), this.bn2);
    const shortcut = this.downsample?.forward(x, options) ?? x;
    return relu(add(second, shortcut));
  }

  /** The same block without batch norm, whose convolutions have taken it in. */
  foldNorms({ pair, part }: NormFolder): BasicBlock {
    const { conv1, bn1, conv2, bn2, downsample } = this;
    const { inChannels, outChannels, stride } = conv1;
    const { dtype } = conv1.weight.aval;
    const options = { stride: stride[0], batchNorm: false, dtype };
    const block = new BasicBlock(inChannels, outChannels, options);
    const folded = {
      conv1: bn1 === null ? conv1 : pair(conv1, bn1),
      conv2: bn2 === null ? conv2 : pair(conv2, bn2),
      ...(downsample === null ? {} : { downsample: part("downsample", downsample) }),
    };
    const state = Object.entries(folded).flatMap(([name, layer]) => {
      return Object.entries(layer.stateDict()).map(([path, value]) => [`${name}.${path}`, value]);
    });
    block.loadStateDict(Object.fromEntries(state) as ReturnType<Module["stateDict"]>);
    return block;
  }
}

export interface ResNetOptions extends ImageModelOptions {
  /** Channels of the first stage, 16 by default; every stage has twice as many as the one before. */
  readonly width?: number;
  /** Blocks of each stage, [2, 2, 2] by default; all stages but the first halve height and width. */
  readonly stages?: readonly number[];
  /** Whether γ of the last batch norm of each block starts as 0, so that every block starts as its shortcut; false by default. */
  readonly zeroInitResidual?: boolean;
}

/**
 * A convolution 3 × 3, stages of basic blocks, the mean of every map, and a linear layer, as the networks for small images.
 *
 * - shapes: [N, inChannels (3), H, W] to [N, classes]
 * - state: `conv1`, `bn1`, `layer1.0.conv1` …, `fc`: torchvision's names
 * - initial values: convolutions by `kaimingNormal({ mode: "fanOut", nonlinearity: "relu" })`
 * - `batchNorm` is true by default
 *
 * @example
 * resNet({ classes: 10 }).forward(zeros([2, 3, 32, 32]), { mode: "train" });   // float32[2,10]
 * @see He et al. (2016), section 4.2; Goyal et al. (2017), section 5.1, for γ = 0.
 */
export function resNet(options: ResNetOptions = {}): Sequential {
  const {
    inChannels = 3,
    classes = 10,
    width = 16,
    stages = [2, 2, 2],
    batchNorm = true,
  } = options;
  const make = new LayerMaker(batchNorm, options);
  const { dtype = "float32" } = options;
  let channels = width;
  const layers = stages.map((count, stage) => {
    const out = width * 2 ** stage;
    const blocks = Array.from({ length: count }, (_, i) => {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      const block = new BasicBlock(channels, out, { stride, batchNorm, dtype, key: make.key() });
      channels = out;
      return block;
    });
    return [`layer${stage + 1}`, new Sequential(...blocks)] as const;
  });
  const model = Sequential.named(
    present({
      conv1: make.conv(inChannels, width, 3, { padding: 1 }),
      bn1: make.norm(width),
      relu: new ReLU(),
      ...Object.fromEntries(layers),
      pool: new GlobalAvgPool(),
      fc: make.linear(channels, classes),
    }),
  );
  const where = (_: string, { aval }: { readonly aval: Tensor["aval"] }) => aval.shape.length === 4;
  const rule = kaimingNormal({ mode: "fanOut", nonlinearity: "relu" });
  initialize(model, rule, { key: make.key(), where });
  if (options.zeroInitResidual === true) startAsShortcuts(model);
  return model;
}

/** @see Goyal et al. (2017), section 5.1. */
function startAsShortcuts(model: Module): void {
  for (const module of model.modules().values()) {
    if (!(module instanceof BasicBlock) || module.bn2 === null) continue;
    const { weight } = module.bn2;
    weight.assign(zeros(weight.aval.shape, { dtype: weight.aval.dtype }));
  }
}
