/**
 * @file conv3d and convTranspose3d: sums over the depth of the weight of convolutions of planes, the depths of
 * the volume being further images. They cost what a kernel of their own would multiply, and a pass over
 * memory for each depth of the weight.
 */
import { formatShape, type Shape } from "../../array/shape.ts";
import { bind, requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { conv2d, withBias } from "../../primitives/conv2d.ts";
import { reshape } from "../../primitives/reshape.ts";
import { pad, padPrimitive, slice } from "../../primitives/slice-pad.ts";
import { transpose } from "../../primitives/transpose.ts";
import { type Along, alongOf } from "./along.ts";
import { convTranspose2d } from "./conv-transpose2d.ts";

/** How a weight slides through a volume; lists are [depth, height, width]. */
export interface Conv3dOptions {
  /** How far the weight moves; 1 by default. */
  readonly stride?: Along | undefined;
  /** Zeros around the volume: none by default, as for "valid". "same" keeps its size, at stride 1. */
  readonly padding?: Along | "same" | "valid" | undefined;
  /** The distance of neighbouring weights in the volume; 1 by default. */
  readonly dilation?: Along | undefined;
  /** In so many groups channels are convolved by themselves; 1 by default. */
  readonly groups?: number | undefined;
  /** Added to every output channel, [O]. */
  readonly bias?: Tensor | undefined;
}

/**
 * Convolution of volumes with a weight (a cross-correlation).
 *
 * - shape: x [N, C, D, H, W] or [C, D, H, W] and weight [O, C / groups, kd, kh, kw] give [N, O, …] or [O, …]
 *
 * @throws ShapeError if the shapes do not fit; ValueError if an option is out of its range.
 */
export function conv3d(x: Tensor, weight: Tensor, options: Conv3dOptions = {}): Tensor {
  const op = "conv3d";
  const { padding = 0, groups = 1 } = options;
  const volumes = asVolumes(op, x, weight);
  const [depth] = weight.shape.slice(2);
  const strides = alongOf(op, "stride", options.stride ?? 1, 3, 1);
  const dilation = alongOf(op, "dilation", options.dilation ?? 1, 3, 1);
  const sides = sidesOf(op, padding, weight.shape, strides, dilation);
  const padded = pad(volumes, {
    before: [0, 0, ...sides.map(([before]) => before)],
    after: [0, 0, ...sides.map(([, after]) => after)],
  });
  const [samples, , whole] = padded.shape;
  const extent = (depth - 1) * dilation[0] + 1;
  const results = Math.floor((whole - extent) / strides[0]) + 1;
  if (depth < 1 || results < 1) throw tooLarge(op, x.shape, weight.shape);
  const terms = Array.from({ length: depth }, (_, k) => {
    const depths = slice(padded, {
      starts: [0, 0, k * dilation[0], 0, 0],
      sizes: [...padded.shape.slice(0, 2), results, ...padded.shape.slice(3)],
      steps: [1, 1, strides[0], 1, 1],
    });
    return conv2d(asImages(depths), weightAt(weight, k), {
      stride: [strides[1], strides[2]],
      dilation: [dilation[1], dilation[2]],
      groups,
    });
  });
  const y = fromImages(terms.reduce(add), samples, results);
  return withBias(op, x.rank === 4 ? reshape(y, y.shape.slice(1)) : y, options.bias, 3);
}

/** As for the conv3d that is transposed. */
export interface ConvTranspose3dOptions extends Omit<Conv3dOptions, "padding"> {
  /** What is cut off around the result; nothing by default. */
  readonly padding?: Along | undefined;
  /** So many elements more behind each axis, less than stride or dilation; 0 by default. */
  readonly outputPadding?: Along | undefined;
}

/**
 * Transposed convolution of volumes: the gradient of conv3d by them, as a function of the cotangent.
 *
 * - shape: x [N, C, D, H, W] or [C, D, H, W] and weight [C, O / groups, kd, kh, kw] give [N, O, …] or [O, …]
 *
 * @throws ShapeError if the shapes do not fit; ValueError if an option is out of its range.
 */
export function convTranspose3d(
  x: Tensor,
  weight: Tensor,
  options: ConvTranspose3dOptions = {},
): Tensor {
  const op = "convTranspose3d";
  const { groups = 1 } = options;
  const volumes = asVolumes(op, x, weight);
  const strides = alongOf(op, "stride", options.stride ?? 1, 3, 1);
  const dilation = alongOf(op, "dilation", options.dilation ?? 1, 3, 1);
  const cut = alongOf(op, "padding", options.padding ?? 0, 3, 0);
  const more = alongOf(op, "outputPadding", options.outputPadding ?? 0, 3, 0);
  if (more[0] >= Math.max(strides[0], dilation[0])) {
    throw new ValueError(op, { outputPadding: more }, (d) => {
      return `outputPadding [${d.outputPadding.join(", ")}] is not less than stride or dilation. Use less, or \`pad\` the result.`;
    });
  }
  const [depth] = weight.shape.slice(2);
  const [samples, , length] = volumes.shape;
  const whole = (length - 1) * strides[0] + (depth - 1) * dilation[0] + 1 + more[0];
  const images = asImages(volumes);
  const terms = Array.from({ length: depth }, (_, k) => {
    const planes = convTranspose2d(images, weightAt(weight, k), {
      stride: [strides[1], strides[2]],
      padding: [cut[1], cut[2]],
      outputPadding: [more[1], more[2]],
      dilation: [dilation[1], dilation[2]],
      groups,
    });
    const y = fromImages(planes, samples, length);
    const shape = y.shape.map((n, axis) => (axis === 2 ? whole : n));
    const starts = shape.map((_, axis) => (axis === 2 ? k * dilation[0] : 0));
    const steps = shape.map((_, axis) => (axis === 2 ? strides[0] : 1));
    return bind(padPrimitive, [y], { shape, starts, steps });
  });
  const sum = terms.reduce(add);
  const kept = whole - 2 * cut[0];
  if (kept < 1) throw tooLarge(op, x.shape, weight.shape);
  const y = slice(sum, {
    starts: [0, 0, cut[0], 0, 0],
    sizes: sum.shape.map((n, axis) => (axis === 2 ? kept : n)),
  });
  return withBias(op, x.rank === 4 ? reshape(y, y.shape.slice(1)) : y, options.bias, 3);
}

function asVolumes(op: string, x: Tensor, weight: Tensor): Tensor {
  const { shape } = requireTensor(op, x);
  const volumes = shape.length === 4 ? reshape(x, [1, ...shape]) : x;
  if (volumes.rank === 5 && requireTensor(op, weight).rank === 5) return volumes;
  throw new ShapeError(op, { x: shape, weight: weight.shape }, (d) => {
    return `volumes of shape ${formatShape(d.x)} and a weight of shape ${formatShape(d.weight)} do not fit. Use [N, C, D, H, W] or [C, D, H, W], and a weight of five axes.`;
  });
}

/** [N, C, D, H, W] as N · D images. */
function asImages(volumes: Tensor): Tensor {
  const [samples, channels, depth, ...plane] = volumes.shape;
  return reshape(transpose(volumes, [0, 2, 1, 3, 4]), [samples * depth, channels, ...plane]);
}

function fromImages(images: Tensor, samples: number, depth: number): Tensor {
  const [, channels, ...plane] = images.shape;
  return transpose(reshape(images, [samples, depth, channels, ...plane]), [0, 2, 1, 3, 4]);
}

/** The weight of planes at depth `k`. */
function weightAt(weight: Tensor, k: number): Tensor {
  const { shape } = weight;
  const sizes = shape.map((n, axis) => (axis === 2 ? 1 : n));
  const at = slice(weight, { starts: [0, 0, k, 0, 0], sizes });
  return reshape(at, [...shape.slice(0, 2), ...shape.slice(3)]);
}

/** Zeros before and after each axis; where "same" is odd, one more after. */
function sidesOf(
  op: string,
  padding: Along | "same" | "valid",
  weight: Shape,
  strides: readonly number[],
  dilation: readonly number[],
): readonly (readonly [number, number])[] {
  if (padding !== "same") {
    return alongOf(op, "padding", padding === "valid" ? 0 : padding, 3, 0).map((n) => [n, n]);
  }
  if (strides.some((n) => n !== 1)) {
    throw new ValueError(op, { strides }, (d) => {
      return `padding "same" is defined for stride 1, not [${d.strides.join(", ")}]. Give the padding in numbers.`;
    });
  }
  return dilation.map((step, i) => {
    const total = step * Math.max(0, weight[2 + i] - 1);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
}

function tooLarge(op: string, x: Shape, weight: Shape): ShapeError {
  return new ShapeError(op, { x, weight }, (d) => {
    return `volumes of shape ${formatShape(d.x)} and a weight of shape ${formatShape(d.weight)} leave no result. Use less padding, or a weight that fits.`;
  });
}
