/** @file convTranspose2d, a composite over the transpose of conv2d. */
import { formatShape } from "../../array/shape.ts";
import { bind } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import type { Pair } from "../../kernel/kernel.ts";
import { conv2dInputPrimitive, likeImages, operands, withBias } from "../../primitives/conv2d.ts";
import { pad } from "../../primitives/slice-pad.ts";
import {
  extentOf,
  groupsOf,
  type PaddingLike,
  type PairLike,
  paddingOf,
  pairOf,
  planeOf,
} from "../../primitives/windows.ts";

/** As for the conv2d that is transposed; pairs are [vertical, horizontal]. */
export interface ConvTranspose2dOptions {
  /** How far neighbouring elements of `x` are apart in the result; 1 by default. */
  readonly stride?: PairLike;
  /** What is cut off around the result; nothing by default. */
  readonly padding?: PaddingLike;
  /** Rows and columns more at the bottom and right, less than stride or dilation; 0 by default. */
  readonly outputPadding?: PairLike;
  /** The distance of neighbouring weights in the result; 1 by default. */
  readonly dilation?: PairLike;
  /** In so many groups channels are convolved by themselves; 1 by default. */
  readonly groups?: number;
  /** Added to every output channel, [O]. */
  readonly bias?: Tensor | undefined;
}

/**
 * Transposed convolution: the gradient of conv2d by its images, as a function of the cotangent.
 *
 * - shape: x [N, C, H, W] and weight [C, O / groups, kh, kw] give [N, O, p, q], with
 *   p = (H - 1) · stride - padding + dilation · (kh - 1) + outputPadding + 1; without N in `x` there is none
 *   in the result
 * - dtype: promoted, integers to float32; accumulated in float64 and rounded once
 * - derivative: by x the convolution conv2d itself
 *
 * @throws ShapeError if ranks, channels or groups do not fit, or padding cuts off everything; ValueError if
 *   an option is out of its range.
 * @example
 * convTranspose2d(ones([1, 1, 2]), ones([1, 1, 1, 2]), { stride: 2 });   // [[[1, 1, 1, 1]]]
 * @see The layout and the options are those of PyTorch's `torch.nn.functional.conv_transpose2d`.
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  options: ConvTranspose2dOptions = {},
): Tensor {
  const op = "convTranspose2d";
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  const [images, weights] = operands(op, x, weight);
  const strides = pairOf(op, "stride", stride, 1);
  const steps = pairOf(op, "dilation", dilation, 1);
  const sides = paddingOf(op, padding);
  const more = outputPaddingOf(outputPadding, strides, steps);
  const count = groupsOf(op, groups);
  requireChannels(images, weights, count);
  const extent = extentOf(planeOf(weights.shape), steps);
  const parts = planeOf(images.shape).map((length, i) => {
    return partsOf((length - 1) * strides[i] + extent[i], sides[i], more[i]);
  });
  const [height, width] = parts.map(({ size, zeros }) => size + zeros);
  if (height < 1 || width < 1) {
    throw new ShapeError(op, { x: x.shape, weight: weight.shape, padding: sides }, () => {
      return `x of shape ${formatShape(x.shape)} and a weight of shape ${formatShape(weight.shape)} leave a result of ${height} rows and ${width} columns after padding. Use less padding, or larger images.`;
    });
  }
  const result = bind(conv2dInputPrimitive, [images, weights], {
    strides,
    padding: [parts[0].cut, parts[1].cut],
    dilation: steps,
    groups: count,
    size: [parts[0].size, parts[1].size],
  });
  const after = [0, 0, parts[0].zeros, parts[1].zeros];
  const y = likeImages(x, pad(result, { before: [0, 0, 0, 0], after }));
  return withBias(op, y, options.bias, 2);
}

/**
 * What is cut off before and after a `whole` axis, what is left of it, and how many zeros follow: `more` at the
 * end is cut off less there, and zeros where there is nothing left to cut.
 */
function partsOf(
  whole: number,
  [before, after]: Pair,
  more: number,
): { readonly cut: Pair; readonly size: number; readonly zeros: number } {
  const end = Math.max(0, after - more);
  const start = Math.min(before, Math.max(0, whole - end));
  const size = whole - start - end;
  return { cut: [start, end], size, zeros: whole - before - after + more - size };
}

function outputPaddingOf(value: PairLike, strides: Pair, dilation: Pair): Pair {
  const more = pairOf("convTranspose2d", "outputPadding", value, 0);
  if (more.every((n, i) => n < Math.max(strides[i], dilation[i]))) return more;
  throw new ValueError("convTranspose2d", { outputPadding: more, strides, dilation }, () => {
    return `outputPadding ${formatShape(more)} is not less than stride ${formatShape(strides)} or dilation ${formatShape(dilation)}. Use less, or \`pad\` the result.`;
  });
}

function requireChannels({ shape: x }: Tensor, { shape: weight }: Tensor, groups: number): void {
  if (x[1] === weight[0] && weight[0] % groups === 0) return;
  throw new ShapeError("convTranspose2d", { x, weight, groups }, () => {
    return `x of shape ${formatShape(x)} has ${x[1]} channels and the weight of shape ${formatShape(weight)} takes ${weight[0]}, which does not fit for groups = ${groups}. Make both equal, and a multiple of groups.`;
  });
}
