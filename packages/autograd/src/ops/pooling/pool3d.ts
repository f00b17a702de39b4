/**
 * @file Pooling over the last three axes: first every plane, then along the depth.
 *
 * The largest of a block is the largest of the largest of its planes, and the first in row-major order is in
 * the first plane that holds it; sums add up; and a count of places is a product over the axes.
 */
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { div } from "../../primitives/div.ts";
import { floor } from "../../primitives/floor.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { takeFromPlanes } from "../../primitives/take-add-planes.ts";
import { requirePlanes } from "../../primitives/windows.ts";
import { type Along, alongOf } from "../convolution/along.ts";
import {
  avgPool2d,
  maxPool2dWithIndices,
  type MaxPool2dOptions,
  requireDivisor,
  type ValuesAndIndices,
} from "./pool2d.ts";

/** How windows lie in a volume; lists are [depth, height, width]. */
export interface Pool3dOptions {
  readonly kernelSize: Along;
  /** How far windows are apart; `kernelSize` by default. */
  readonly stride?: Along | undefined;
  /** Places around the volume, at most half of the window; 0 by default. */
  readonly padding?: Along | undefined;
  /** Whether a window that starts inside may end outside; false by default. */
  readonly ceilMode?: boolean | undefined;
}

export interface MaxPool3dOptions extends Pool3dOptions {
  /** The distance of neighbouring elements of a window; 1 by default. */
  readonly dilation?: Along | undefined;
}

export interface AvgPool3dOptions extends Pool3dOptions {
  /** Whether places of the padding count as elements, which are 0; true by default. */
  readonly countIncludePad?: boolean | undefined;
  /** What every sum is divided by instead of the count of its elements. */
  readonly divisor?: number | undefined;
}

/** The largest element of every window of [..., D, H, W]; ties and NaN as in `maxPool2d`. @throws as `maxPool2d`. */
export function maxPool3d(x: Tensor, options: MaxPool3dOptions): Tensor {
  return maxPool3dWithIndices(x, options).values;
}

/** As `maxPool3d`, with the position (d · H + h) · W + w of every chosen element. @throws as `maxPool2d`. */
export function maxPool3dWithIndices(x: Tensor, options: MaxPool3dOptions): ValuesAndIndices {
  const op = "maxPool3d";
  const { planes, depth } = divided(op, x, options);
  const [, height, width] = x.shape.slice(-3);
  const inPlane = maxPool2dWithIndices(x, planes);
  const [p, q] = inPlane.values.shape.slice(-2);
  // [..., D, p, q] as planes of D rows
  const along = maxPool2dWithIndices(depthwise(inPlane.values), depth);
  // the index names the row d · p · q + column: the position of the winner in [D, p · q]
  const chosen = takeFromPlanes(depthwise(inPlane.indices), along.indices);
  const inVolume = add(mul(floorDivided(along.indices, p * q), height * width), chosen);
  const shape = [...x.shape.slice(0, -3), along.values.shape[along.values.rank - 2], p, q];
  return { values: reshape(along.values, shape), indices: reshape(inVolume, shape) };
}

/** ⌊i / n⌋ for i of 0 or more: exact in float64, which the quotient of integers is taken in. */
function floorDivided(i: Tensor, n: number): Tensor {
  return cast(floor(div(cast(i, "float64"), n)), "int32");
}

/** The mean of every window of [..., D, H, W]; what counts as in `avgPool2d`. @throws as `avgPool2d`. */
export function avgPool3d(x: Tensor, options: AvgPool3dOptions): Tensor {
  const op = "avgPool3d";
  const { countIncludePad = true, divisor } = options;
  const { planes, depth } = divided(op, x, options);
  const counting = divisor === undefined ? { countIncludePad } : { divisor: 1 };
  const inPlane = avgPool2d(x, { ...planes, ...counting });
  const [p, q] = inPlane.shape.slice(-2);
  const along = avgPool2d(depthwise(inPlane), { ...depth, ...counting });
  const shape = [...x.shape.slice(0, -3), along.shape[along.rank - 2], p, q];
  const means = reshape(along, shape);
  return divisor === undefined ? means : div(means, requireDivisor(divisor));
}

/** [..., D, p, q] as [..., D, p · q]. */
function depthwise(x: Tensor): Tensor {
  const [depth, p, q] = x.shape.slice(-3);
  return reshape(x, [...x.shape.slice(0, -3), depth, p * q]);
}

/** The options for the planes, and those for the depth. */
function divided(
  op: string,
  x: Tensor,
  options: MaxPool3dOptions,
): { readonly planes: MaxPool2dOptions; readonly depth: MaxPool2dOptions } {
  requirePlanes(op, requireTensor(op, x).shape.slice(0, -1));
  const { kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
  const size = alongOf(op, "kernelSize", kernelSize, 3, 1);
  const strides = alongOf(op, "stride", options.stride ?? kernelSize, 3, 1);
  const around = alongOf(op, "padding", padding, 3, 0);
  const steps = alongOf(op, "dilation", dilation, 3, 1);
  return {
    planes: {
      kernelSize: [size[1], size[2]],
      stride: [strides[1], strides[2]],
      padding: [around[1], around[2]],
      dilation: [steps[1], steps[2]],
      ceilMode,
    },
    depth: {
      kernelSize: [size[0], 1],
      stride: [strides[0], 1],
      padding: [around[0], 0],
      dilation: [steps[0], 1],
      ceilMode,
    },
  };
}
