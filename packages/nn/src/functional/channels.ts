/**
 * @file What an input of batch normalisation is made of: channels, the axes over which a statistic of a channel
 * is taken, and the positions along these that a mask leaves.
 */
import {
  broadcastTo,
  DTypeError,
  reshape,
  type Shape,
  ShapeError,
  type Tensor,
} from "@tapegrad/autograd";
import { type LayoutOptions, statisticsAxes } from "./layout.ts";

export interface ChannelPlan {
  /** The public function, for messages. */
  readonly op: string;
  /** The shape of x. */
  readonly shape: Shape;
  /** Those of the statistics. */
  readonly axes: readonly number[];
  /** `shape` with the statistics' axes of size 1. */
  readonly kept: Shape;
  /** `shape` without them. */
  readonly perChannel: Shape;
  /** Values of a channel. */
  readonly count: number;
}

/** @throws as `statisticsAxes`; DTypeError unless x is floating. */
export function planFor(op: string, x: Tensor, options: LayoutOptions): ChannelPlan {
  const { shape } = x;
  const axes = statisticsAxes(op, shape, options);
  if (x.dtype !== "float32" && x.dtype !== "float64") {
    throw new DTypeError(op, { dtype: x.dtype }, (d) => {
      return `x is ${d.dtype}, but only floating values can be normalised. Convert first: \`cast(x, "float32")\`.`;
    });
  }
  return {
    op,
    shape,
    axes,
    kept: shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
    perChannel: shape.filter((_, axis) => !axes.includes(axis)),
    count: countOver(shape, axes),
  };
}

/** A value per channel in a shape that broadcasts against x. @throws ShapeError if it does not fit. */
export function spreadChannel(plan: ChannelPlan, name: string, value: Tensor): Tensor {
  const { op, shape, kept, perChannel } = plan;
  const fits =
    value.rank === perChannel.length && value.shape.every((n, axis) => n === perChannel[axis]);
  if (!fits) {
    throw new ShapeError(op, { name, found: value.shape, expected: perChannel, shape }, (d) => {
      return `${d.name} has shape [${d.found.join(", ")}], but for x of shape [${d.shape.join(", ")}] it must be [${d.expected.join(", ")}], one value per channel. Reshape it, or check the layout.`;
    });
  }
  return reshape(value, kept);
}

/**
 * A mask in a shape that broadcasts against x: channels have size 1, all other axes their length.
 *
 * @throws DTypeError if it is not bool; ShapeError unless it is, or broadcasts to, the shape of x without channels.
 */
export function spreadMask({ op, shape, axes }: ChannelPlan, mask: Tensor): Tensor {
  if (mask.dtype !== "bool") {
    throw new DTypeError(op, { dtype: mask.dtype }, (d) => {
      return `the mask is ${d.dtype}, but it must be bool, true where a value counts. Compare first: \`notEqual(mask, 0)\`.`;
    });
  }
  const positions = shape.filter((_, axis) => axes.includes(axis));
  const extra = positions.length - mask.rank;
  const fits = extra >= 0 && mask.shape.every((n, i) => n === 1 || n === positions[i + extra]);
  if (!fits) {
    throw new ShapeError(op, { found: mask.shape, expected: positions, shape }, (d) => {
      return `the mask has shape [${d.found.join(", ")}], but for x of shape [${d.shape.join(", ")}] it must be [${d.expected.join(", ")}] or broadcast to it, one value for all channels. Reshape it, or check the layout.`;
    });
  }
  const spread = shape.map((length, axis) => (axes.includes(axis) ? length : 1));
  return reshape(broadcastTo(mask, positions), spread);
}

/**
 * @param remedy what the caller of `op` can do about it.
 * @throws ShapeError unless there are at least two values per channel.
 */
export function requireSeveralValues(
  op: string,
  shape: Shape,
  axes: readonly number[],
  remedy: string,
): void {
  const count = countOver(shape, axes);
  if (count > 1) return;
  throw new ShapeError(op, { shape, axes, count }, (d) => {
    const { length } = d.axes;
    const over =
      length === 0 ? "no axis" : `${length === 1 ? "axis" : "axes"} ${d.axes.join(", ")}`;
    const where = `(shape [${d.shape.join(", ")}], statistics over ${over})`;
    return d.count === 0
      ? `there are no values ${where}, so there is no mean. ${remedy}`
      : `each channel has only one value ${where}, so every variance is 0 and the output would not depend on x. ${remedy}`;
  });
}

function countOver(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * shape[axis], 1);
}
