/** @file Pooling over the last axis: planes of one row. */
import type { Tensor } from "../../core/tensor.ts";
import type { Pair } from "../../kernel/kernel.ts";
import { expandDims, squeeze } from "../shapes.ts";
import { type Along, alongOf } from "../convolution/along.ts";
import {
  avgPool2d,
  type AvgPool2dOptions,
  maxPool2dWithIndices,
  type MaxPool2dOptions,
  type ValuesAndIndices,
} from "./pool2d.ts";

/** How windows lie along an axis. */
export interface Pool1dOptions {
  readonly kernelSize: Along;
  /** How far windows are apart; `kernelSize` by default. */
  readonly stride?: Along | undefined;
  /** Places at both ends, at most half of the window; 0 by default. */
  readonly padding?: Along | undefined;
  /** Whether a window that starts inside may end outside; false by default. */
  readonly ceilMode?: boolean | undefined;
}

export interface MaxPool1dOptions extends Pool1dOptions {
  /** The distance of neighbouring elements of a window; 1 by default. */
  readonly dilation?: Along | undefined;
}

export interface AvgPool1dOptions extends Pool1dOptions {
  /** Whether places of the padding count as elements, which are 0; true by default. */
  readonly countIncludePad?: boolean | undefined;
}

/** The largest element of every window of [..., L]; ties and NaN as in `maxPool2d`. @throws as `maxPool2d`. */
export function maxPool1d(x: Tensor, options: MaxPool1dOptions): Tensor {
  return maxPool1dWithIndices(x, options).values;
}

/** As `maxPool1d`, with the position of every chosen element. @throws as `maxPool2d`. */
export function maxPool1dWithIndices(x: Tensor, options: MaxPool1dOptions): ValuesAndIndices {
  const { dilation = 1 } = options;
  const found = maxPool2dWithIndices(expandDims(x, -2), {
    ...planar("maxPool1d", options),
    dilation: beside("maxPool1d", "dilation", dilation, 1),
  });
  return { values: squeeze(found.values, -2), indices: squeeze(found.indices, -2) };
}

/** The mean of every window of [..., L]; what counts as in `avgPool2d`. @throws as `avgPool2d`. */
export function avgPool1d(x: Tensor, options: AvgPool1dOptions): Tensor {
  const { countIncludePad = true } = options;
  const plane: AvgPool2dOptions = { ...planar("avgPool1d", options), countIncludePad };
  return squeeze(avgPool2d(expandDims(x, -2), plane), -2);
}

function planar(op: string, options: Pool1dOptions): MaxPool2dOptions {
  const { kernelSize, padding = 0, ceilMode = false } = options;
  return {
    kernelSize: beside(op, "kernelSize", kernelSize, 1),
    stride: beside(op, "stride", options.stride ?? kernelSize, 1),
    padding: beside(op, "padding", padding, 0),
    ceilMode,
  };
}

function beside(op: string, name: string, value: Along, least: 0 | 1): Pair {
  return [least, alongOf(op, name, value, 1, least)[0]];
}
