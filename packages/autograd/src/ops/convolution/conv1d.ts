/** @file conv1d and convTranspose1d: convolutions of planes of one row. */
import { formatShape } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import type { Pair } from "../../kernel/kernel.ts";
import { conv2d, withBias } from "../../primitives/conv2d.ts";
import { reshape } from "../../primitives/reshape.ts";
import { type Along, alongOf } from "./along.ts";
import { convTranspose2d } from "./conv-transpose2d.ts";

/** How a weight slides along a signal. */
export interface Conv1dOptions {
  /** How far the weight moves; 1 by default. */
  readonly stride?: Along | undefined;
  /** Zeros at both ends: none by default, as for "valid". "same" keeps the length, at stride 1. */
  readonly padding?: Along | "same" | "valid" | undefined;
  /** The distance of neighbouring weights; 1 by default. */
  readonly dilation?: Along | undefined;
  /** In so many groups channels are convolved by themselves; 1 by default. */
  readonly groups?: number | undefined;
  /** Added to every output channel, [O]. */
  readonly bias?: Tensor | undefined;
}

/**
 * Convolution of signals with a weight (a cross-correlation), as `conv2d` along one axis.
 *
 * - shape: x [N, C, L] or [C, L] and weight [O, C / groups, k] give [N, O, p] or [O, p]
 *
 * @throws as `conv2d`.
 * @example
 * conv1d(tensor([[1, 2, 3]]), tensor([[[1, 1]]]));   // [[3, 5]]
 */
export function conv1d(x: Tensor, weight: Tensor, options: Conv1dOptions = {}): Tensor {
  const op = "conv1d";
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const y = conv2d(asRow(op, x), asRow(op, weight), {
    stride: [1, alongOf(op, "stride", stride, 1, 1)[0]],
    padding: typeof padding === "string" ? padding : [0, alongOf(op, "padding", padding, 1, 0)[0]],
    dilation: [1, alongOf(op, "dilation", dilation, 1, 1)[0]],
    groups,
  });
  return withBias(op, fromRow(y), options.bias, 1);
}

/** As for the conv1d that is transposed. */
export interface ConvTranspose1dOptions extends Omit<Conv1dOptions, "padding"> {
  /** What is cut off at both ends; nothing by default. */
  readonly padding?: Along | undefined;
  /** So many elements more at the end, less than stride or dilation; 0 by default. */
  readonly outputPadding?: Along | undefined;
}

/**
 * Transposed convolution of signals, as `convTranspose2d` along one axis.
 *
 * - shape: x [N, C, L] or [C, L] and weight [C, O / groups, k] give [N, O, p] or [O, p]
 *
 * @throws as `convTranspose2d`.
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  options: ConvTranspose1dOptions = {},
): Tensor {
  const op = "convTranspose1d";
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  const beside = (name: string, value: Along, least: 0 | 1): Pair => {
    return [least, alongOf(op, name, value, 1, least)[0]];
  };
  const y = convTranspose2d(asRow(op, x), asRow(op, weight), {
    stride: beside("stride", stride, 1),
    padding: beside("padding", padding, 0),
    outputPadding: beside("outputPadding", outputPadding, 0),
    dilation: beside("dilation", dilation, 1),
    groups,
  });
  return withBias(op, fromRow(y), options.bias, 1);
}

/** [..., L] as planes of one row. */
function asRow(op: string, x: Tensor): Tensor {
  const { shape } = requireTensor(op, x);
  if (shape.length === 2 || shape.length === 3) {
    return reshape(x, [...shape.slice(0, -1), 1, ...shape.slice(-1)]);
  }
  throw new ShapeError(op, { shape }, (d) => {
    return `shape ${formatShape(d.shape)} is neither a signal nor a weight. Use [N, C, L] or [C, L], and a weight of three axes.`;
  });
}

function fromRow(y: Tensor): Tensor {
  return reshape(y, [...y.shape.slice(0, -2), ...y.shape.slice(-1)]);
}
