/**
 * @file Windowed: what convolutions and their transposes share, which is all but the padding.
 *
 * Layouts, names of state and initial values are PyTorch's; what a window reads is said at the functions of autograd.
 */
import { type Along, type Tensor, ValueError } from "@tapegrad/autograd";
import { Module, type Parameter } from "../module.ts";
import { requireCount, requireSizes } from "./layer-options.ts";
import { uniformParameters, type WeightOptions } from "./uniform-parameters.ts";

/** One number for all axes, or one for each; a kernel and its options, and the parameters of the layer. */
export interface WindowOptions extends WeightOptions {
  /** How far the kernel moves; 1 by default. */
  readonly stride?: Along;
  /** The distance of neighbouring elements of the kernel; 1 by default. */
  readonly dilation?: Along;
  /** In so many groups channels are convolved by themselves; 1 by default. */
  readonly groups?: number;
}

/** What the functions of both kinds of layers take. */
export interface Operation<Sizes> {
  readonly stride: Sizes;
  readonly dilation: Sizes;
  readonly groups: number;
  readonly bias: Tensor | undefined;
}

/** Kernels as long as `Sizes`, and what the two kinds of layers share. */
export abstract class Windowed<Sizes extends readonly number[]> extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: Sizes;
  readonly stride: Sizes;
  readonly dilation: Sizes;
  readonly groups: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  /** @param first which channels the first axis of the weight counts. */
  constructor(
    op: string,
    axes: Sizes["length"],
    channels: { readonly in: number; readonly out: number; readonly first: "in" | "out" },
    kernelSize: Along,
    options: WindowOptions,
  ) {
    super();
    this.inChannels = requireCount(op, "inChannels", channels.in);
    this.outChannels = requireCount(op, "outChannels", channels.out);
    this.kernelSize = requireSizes(op, "kernelSize", kernelSize, axes, 1);
    this.stride = requireSizes(op, "stride", options.stride ?? 1, axes, 1);
    this.dilation = requireSizes(op, "dilation", options.dilation ?? 1, axes, 1);
    this.groups = requireGroups(op, options.groups ?? 1, channels);
    const second = (channels.first === "in" ? channels.out : channels.in) / this.groups;
    const fanIn = this.kernelSize.reduce((size, n) => size * n, second);
    const shape = [channels[channels.first], second, ...this.kernelSize];
    const made = uniformParameters(op, shape, { outputs: channels.out, fanIn }, options);
    this.weight = made.weight;
    this.bias = made.bias;
  }

  /** `x` [N, inChannels, …] or [inChannels, …] to the same axes with outChannels; how long the others are follows from the options. */
  abstract forward(x: Tensor): Tensor;

  protected operation(): Operation<Sizes> {
    const { stride, dilation, groups, bias } = this;
    return { stride, dilation, groups, bias: bias?.value };
  }
}

function requireGroups(
  op: string,
  groups: number,
  channels: { readonly in: number; readonly out: number },
): number {
  requireCount(op, "groups", groups);
  if (channels.in % groups === 0 && channels.out % groups === 0) return groups;
  throw new ValueError(op, { groups, in: channels.in, out: channels.out }, (d) => {
    return `${d.groups} groups do not divide ${d.in} input and ${d.out} output channels. Use a number that divides both.`;
  });
}
