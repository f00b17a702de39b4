/**
 * @file Convolutions of all members of a vmap as one: what is shared decides whether members are more images or more
 * groups of channels.
 */
import { bind } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import type { ConvolutionKernel } from "../kernel/kernel.ts";
import {
  conv2dInputPrimitive,
  conv2dPrimitive,
  conv2dWeightPrimitive,
} from "../primitives/conv2d.ts";
import { reshape } from "../primitives/reshape.ts";
import { planeOf } from "../primitives/windows.ts";
import { type Batch, type Mapped, moveAxis, spreadOver } from "./members.ts";

/** The convolution of all members. */
export function convolved(batch: Batch<ConvolutionKernel>): Tensor {
  const [first, second] = batch.operands;
  const sharesWeight = batch.kernel.role !== "weight" && first.isMapped && !second.isMapped;
  return sharesWeight ? asMoreImages(batch) : asMoreGroups(batch);
}

/** The images of all members as one batch of images. */
function asMoreImages(batch: Batch<ConvolutionKernel>): Tensor {
  const { operands, avals, size, results } = batch;
  const [images, weight] = operands;
  const [count, ...rest] = avals[0].shape;
  const all = reshape(images.value, [size * count, ...rest]);
  const result = convolve(batch.kernel, all, weight.value, planeOf(results[0].shape));
  return reshape(result, [size, ...results[0].shape]);
}

/** Members as groups of channels: each is convolved by itself. */
function asMoreGroups({ kernel, operands, size, results }: Batch<ConvolutionKernel>): Tensor {
  const { role, groups } = kernel;
  // [size, N, C, H, W] → [N, size · C, H, W]
  const images = (x: Mapped): Tensor => {
    const [, n, c, ...plane] = spreadOver(x, size).shape;
    return reshape(moveAxis(spreadOver(x, size), 0, 1), [n, size * c, ...plane]);
  };
  // [size, O, C, kh, kw] → [size · O, C, kh, kw]
  const weight = (x: Mapped): Tensor => {
    const [, o, ...rest] = spreadOver(x, size).shape;
    return reshape(spreadOver(x, size), [size * o, ...rest]);
  };
  const [first, second] = operands;
  const { shape } = results[0];
  const result = convolve(
    { ...kernel, groups: groups * size },
    images(first),
    role === "weight" ? images(second) : weight(second),
    planeOf(shape),
  );
  if (role === "weight") return reshape(result, [size, ...shape]);
  const [n, ...rest] = shape;
  return moveAxis(reshape(result, [n, size, ...rest]), 1, 0);
}

/** The convolution that `kernel` is. @param size height and width of the result. */
function convolve(
  kernel: ConvolutionKernel,
  a: Tensor,
  b: Tensor,
  size: readonly [number, number],
): Tensor {
  const { role, strides, padding, dilation, groups } = kernel;
  const params = { strides, padding, dilation, groups };
  switch (role) {
    case "output":
      return bind(conv2dPrimitive, [a, b], params);
    case "input":
      return bind(conv2dInputPrimitive, [a, b], { ...params, size });
    case "weight":
      return bind(conv2dWeightPrimitive, [a, b], { ...params, size });
  }
}
