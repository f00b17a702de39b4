/**
 * @file Layouts: which axis of an input is the channel, and over which ones statistics are taken.
 */
import { AxisError, type Shape, ShapeError, ValueError } from "@tapegrad/autograd";

/** N: sample, C: channel, L: length, D: depth, H: height, W: width. */
export type Layout = "NC" | "NCL" | "NLC" | "NCHW" | "NHWC" | "NCDHW" | "NDHWC";

const LAYOUTS: readonly Layout[] = ["NC", "NCL", "NLC", "NCHW", "NHWC", "NCDHW", "NDHWC"];

/** Where the channels are: by `layout`, or by the axes that are not. */
export interface LayoutOptions {
  /** The axes over which statistics are taken; γ and β have the shape of the others. */
  readonly axes?: readonly number[];
  /** Instead of `axes`: statistics over all axes but C. "NC" by default for two axes. */
  readonly layout?: Layout;
}

/** @throws ValueError if `layout` is not one of those. */
export function requireLayout(op: string, layout: Layout): Layout {
  if (LAYOUTS.includes(layout)) return layout;
  throw new ValueError(op, { layout }, (d) => {
    return `layout ${JSON.stringify(d.layout)} is not known. Use one of ${LAYOUTS.join(", ")}.`;
  });
}

/** The position of C. */
export function channelAxis(layout: Layout): number {
  return layout.indexOf("C");
}

/**
 * The axes to take statistics over, counted from the front.
 *
 * @throws ValueError if neither or both options are given or the layout is not known; ShapeError if the rank
 *   does not fit the layout; AxisError if an axis does not exist or is named twice.
 */
export function statisticsAxes(
  op: string,
  shape: Shape,
  options: LayoutOptions,
): readonly number[] {
  const { axes } = options;
  const layout = options.layout ?? (axes === undefined && shape.length === 2 ? "NC" : undefined);
  if ((axes === undefined) === (layout === undefined)) {
    throw new ValueError(op, { axes, layout, shape }, (d) => {
      const text = `[${d.shape.join(", ")}]`;
      return axes === undefined
        ? `shape ${text} does not tell which axis is the channel. Pass \`layout\`, one of ${LAYOUTS.join(", ")}, or \`axes\`.`
        : `both axes [${d.axes?.join(", ")}] and layout ${d.layout} were given. Pass one of them.`;
    });
  }
  if (layout === undefined) return countedAxes(op, shape, axes ?? []);
  requireLayout(op, layout);
  if (layout.length !== shape.length) {
    throw new ShapeError(op, { layout, shape }, (d) => {
      return `layout ${d.layout} has ${d.layout.length} axes but shape [${d.shape.join(", ")}] has ${d.shape.length}. Choose the layout of the input, or reshape it.`;
    });
  }
  const channel = channelAxis(layout);
  return shape.map((_, axis) => axis).filter((axis) => axis !== channel);
}

/** `axes` counted from the front, each once. */
function countedAxes(op: string, shape: Shape, axes: readonly number[]): readonly number[] {
  const rank = shape.length;
  const exists = (axis: number): boolean => Number.isInteger(axis) && axis >= -rank && axis < rank;
  const absent = axes.find((axis) => !exists(axis));
  if (absent !== undefined) {
    throw new AxisError(op, { axis: absent, shape }, (d) => {
      return `axis ${d.axis} does not exist in shape [${d.shape.join(", ")}], which has rank ${rank}. Use axes from ${-rank} to ${rank - 1}.`;
    });
  }
  const counted = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  const twice = counted.find((axis, i) => counted.includes(axis, i + 1));
  if (twice !== undefined) {
    throw new AxisError(op, { axes, shape }, (d) => {
      return `axes [${d.axes.join(", ")}] name axis ${twice} twice. Name each axis once.`;
    });
  }
  return counted;
}
