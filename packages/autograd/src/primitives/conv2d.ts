/**
 * @file conv2d and its two transposes. y = conv2d(x, w) is bilinear; ⟨ȳ, conv2d(x, w)⟩ is linear in each of
 * x, w and ȳ, and every one of the three primitives is its gradient by one of them, given the other two. So
 * each is the transpose of the others, and derivatives of all orders stay among them.
 */
import type { Aval } from "../array/aval.ts";
import { type DType, isFloating, promote } from "../array/dtype.ts";
import { formatShape, type Shape } from "../array/shape.ts";
import { bind, requireTensor } from "../core/bind.ts";
import type { Case, Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import type { ConvolutionKernel, Pair, Windows } from "../kernel/kernel.ts";
import { add } from "./add.ts";
import { cast } from "./cast.ts";
import { bilinear } from "./define.ts";
import { mixed, requireFloating } from "./door.ts";
import { reshape } from "./reshape.ts";
import {
  groupsOf,
  type PaddingLike,
  type PairLike,
  paddingOf,
  pairOf,
  planeOf,
  requireResult,
  windowsOver,
} from "./windows.ts";

/** How a weight slides over an image; pairs are [vertical, horizontal]. */
export interface Conv2dOptions {
  /** How far the weight moves; 1 by default. */
  readonly stride?: PairLike;
  /** Zeros around the image: none by default, as for "valid". "same" keeps height and width, at stride 1. */
  readonly padding?: PaddingLike | "same" | "valid";
  /** The distance of neighbouring weights in the image; 1 by default. */
  readonly dilation?: PairLike;
  /** In so many groups channels are convolved by themselves; 1 by default. */
  readonly groups?: number;
  /** Added to every output channel, [O]. */
  readonly bias?: Tensor | undefined;
}

export interface Conv2dParams extends Windows {
  readonly groups: number;
}

/**
 * Convolution of images with a weight (a cross-correlation: the weight is not turned over).
 *
 * - shape: x [N, C, H, W] and weight [O, C / groups, kh, kw] give [N, O, p, q], with
 *   p = ⌊(H + padding - dilation · (kh - 1) - 1) / stride⌋ + 1; without N in `x` there is none in the result
 * - dtype: promoted, integers to float32; accumulated in float64 and rounded once
 * - derivative: by x and by the weight, convolutions of the cotangent, of which each is the transpose of the others
 *
 * @throws ShapeError if ranks, channels or groups do not fit, or the weight is larger than the padded image;
 *   ValueError if an option is out of its range, or padding is "same" with a stride other than 1.
 * @example
 * conv2d(ones([1, 3, 3]), ones([1, 1, 2, 2]));   // [[[4, 4], [4, 4]]]
 * @see The layout and the options are those of PyTorch's `torch.nn.functional.conv2d`.
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const [images, weights] = operands("conv2d", x, weight);
  const strides = pairOf("conv2d", "stride", stride, 1);
  const steps = pairOf("conv2d", "dilation", dilation, 1);
  const params: Conv2dParams = {
    strides,
    padding:
      padding === "same"
        ? samePadding(weights.shape, strides, steps)
        : paddingOf("conv2d", padding === "valid" ? 0 : padding),
    dilation: steps,
    groups: groupsOf("conv2d", groups),
  };
  const y = likeImages(x, bind(conv2dPrimitive, [images, weights], params));
  return withBias("conv2d", y, options.bias, 2);
}

/**
 * `y` [..., O, and `spatial` axes] with `bias` [O] added to every channel.
 *
 * @throws ShapeError unless there is one value for each channel.
 */
export function withBias(op: string, y: Tensor, bias: Tensor | undefined, spatial: number): Tensor {
  if (bias === undefined) return y;
  const channels = y.shape[y.rank - 1 - spatial];
  if (bias.rank !== 1 || bias.shape[0] !== channels) {
    throw new ShapeError(op, { bias: bias.shape, channels }, (d) => {
      return `a bias of shape ${formatShape(d.bias)} does not fit ${d.channels} output channels. Use one value for each.`;
    });
  }
  return add(y, reshape(bias, [channels, ...Array.from({ length: spatial }, () => 1)]));
}

/** PyTorch's: where the total is odd, one more after than before. */
function samePadding(weight: Shape, strides: Pair, dilation: Pair): readonly [Pair, Pair] {
  if (strides[0] !== 1 || strides[1] !== 1) {
    throw new ValueError("conv2d", { strides }, () => {
      return `padding "same" is defined for stride 1, not ${formatShape(strides)}. Give the padding in numbers.`;
    });
  }
  const around = (i: 0 | 1): Pair => {
    const total = dilation[i] * Math.max(0, weight[2 + i] - 1);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  return [around(0), around(1)];
}

/** Images [N, C, H, W] and a weight of rank 4 in one floating dtype. @throws ShapeError for other ranks. */
export function operands(op: string, x: Tensor, weight: Tensor): [Tensor, Tensor] {
  const { shape, rank } = requireTensor(op, x);
  const common = promote(x.dtype, requireTensor(op, weight).dtype);
  const dtype: DType = isFloating(common) ? common : "float32";
  requireRank(op, rank === 3 ? [1, ...shape] : shape, weight.shape);
  const images = rank === 3 ? reshape(x, [1, ...shape]) : x;
  return [cast(images, dtype), cast(weight, dtype)];
}

/** `y` without the axis of images, where `x` had none. */
export function likeImages(x: Tensor, y: Tensor): Tensor {
  return x.rank === 3 ? reshape(y, y.shape.slice(1)) : y;
}

function requireRank(op: string, images: Shape, weight: Shape): void {
  if (images.length === 4 && weight.length === 4) return;
  throw new ShapeError(op, { images, weight }, () => {
    return `images of shape ${formatShape(images)} and a weight of shape ${formatShape(weight)} are not both of rank 4. Reshape them to [images, channels, height, width] and [outputs, channels / groups, height, width].`;
  });
}

/** The shape of y. @throws ShapeError if x and the weight do not fit each other. */
function outputShape(x: Shape, weight: Shape, params: Conv2dParams): Shape {
  requireRank("conv2d", x, weight);
  const { groups } = params;
  const [batch, channels] = x;
  const [outputs, perGroup] = weight;
  if (channels !== perGroup * groups || outputs % groups !== 0) {
    throw new ShapeError("conv2d", { x, weight, groups }, () => {
      return `x of shape ${formatShape(x)} has ${channels} channels and the weight of shape ${formatShape(weight)} has ${outputs} outputs of ${perGroup} channels each, which does not fit for groups = ${groups}. Make the channels of x equal to those of the weight times groups, and the outputs a multiple of groups.`;
    });
  }
  return [batch, outputs, ...windowsOver("conv2d", x, planeOf(weight), params)];
}

/** The common dtype of two operands, which is floating. */
function dtypeOf([a, b]: readonly Aval[]): DType {
  if (a.dtype !== b.dtype) throw mixed("conv2d", a.dtype, b.dtype);
  return requireFloating("conv2d", a.dtype);
}

function kernelOf(role: ConvolutionKernel["role"], params: Conv2dParams): ConvolutionKernel {
  const { strides, padding, dilation, groups } = params;
  return { kind: "convolution", role, strides, padding, dilation, groups };
}

const PLAIN: Conv2dParams = {
  strides: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
  groups: 1,
};

/** Shapes of x and of the weight, and params that fit them. */
const EXAMPLES: readonly (readonly [x: Shape, weight: Shape, params: Conv2dParams])[] = [
  [[1, 2, 3, 3], [2, 2, 2, 2], PLAIN],
  [[2, 1, 3, 2], [1, 1, 3, 1], { ...PLAIN, padding: [[1, 0], [0, 1]], strides: [2, 1] }], // biome-ignore format: a row
  [[1, 2, 4, 3], [4, 1, 2, 2], { ...PLAIN, groups: 2, dilation: [2, 1], padding: [[1, 1], [0, 0]] }], // biome-ignore format: a row
  [[2, 2, 2, 2], [2, 1, 1, 1], { ...PLAIN, groups: 2, strides: [1, 2] }],
  [[1, 1, 1, 2], [1, 1, 1, 2], PLAIN],
  [[0, 1, 2, 2], [2, 1, 2, 2], PLAIN],
];

function casesOf<P>(
  make: (x: Shape, w: Shape, y: Shape, params: Conv2dParams) => Case<P>,
): readonly Case<P>[] {
  return EXAMPLES.map(([x, w, params]) => make(x, w, outputShape(x, w, params), params));
}

export const conv2dPrimitive: Primitive<Conv2dParams> = bilinear({
  name: "conv2d",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: casesOf((x, w, _y, params) => ({ params, shapes: [x, w] })),
  abstractEval: ([x, weight], params) => ({
    shape: outputShape(x.shape, weight.shape, params),
    dtype: dtypeOf([x, weight]),
  }),
  kernel: (params) => kernelOf("output", params),
  transpose: (cotangent, other, { avals, params }, input) => {
    const size = planeOf(avals[input].shape);
    return input === 0
      ? bind(conv2dInputPrimitive, [cotangent, other], { ...params, size })
      : bind(conv2dWeightPrimitive, [other, cotangent], { ...params, size });
  },
});

/** (ȳ, w) → x̄, whose height and width are `size`. */
export const conv2dInputPrimitive: Primitive<Conv2dParams & { readonly size: Pair }> = bilinear({
  name: "conv2dInput",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: casesOf((x, w, y, params) => ({
    params: { ...params, size: planeOf(x) },
    shapes: [y, w],
  })),
  abstractEval: ([y, weight], { size, ...params }) => {
    requireRank("conv2d", y.shape, weight.shape);
    const shape = [y.shape[0], weight.shape[1] * params.groups, ...size];
    requireResult("conv2d", y.shape, outputShape(shape, weight.shape, params));
    return { shape, dtype: dtypeOf([y, weight]) };
  },
  kernel: (params) => kernelOf("input", params),
  transpose: (cotangent, other, { avals, params: { size: _, ...params } }, input) =>
    input === 0
      ? bind(conv2dPrimitive, [cotangent, other], params)
      : bind(conv2dWeightPrimitive, [cotangent, other], {
          ...params,
          size: planeOf(avals[1].shape),
        }),
});

/** (x, ȳ) → w̄, whose height and width are `size`. */
export const conv2dWeightPrimitive: Primitive<Conv2dParams & { readonly size: Pair }> = bilinear({
  name: "conv2dWeight",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: casesOf((x, w, y, params) => ({
    params: { ...params, size: planeOf(w) },
    shapes: [x, y],
  })),
  abstractEval: ([x, y], { size, ...params }) => {
    requireRank("conv2d", x.shape, y.shape);
    const shape = [y.shape[1], Math.floor(x.shape[1] / params.groups), ...size];
    requireResult("conv2d", y.shape, outputShape(x.shape, shape, params));
    return { shape, dtype: dtypeOf([x, y]) };
  },
  kernel: (params) => kernelOf("weight", params),
  transpose: (cotangent, other, { avals, params: { size: _, ...params } }, input) =>
    input === 0
      ? bind(conv2dInputPrimitive, [other, cotangent], {
          ...params,
          size: planeOf(avals[0].shape),
        })
      : bind(conv2dPrimitive, [other, cotangent], params),
});
