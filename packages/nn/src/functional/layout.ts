/**
 * @file Layouts: which axis of an input is the channel, and over which ones statistics are taken.
 */
import { type Shape, ShapeError, ValueError } from "@tapegrad/autograd";

/** N: sample, C: channel, L: length, H: height, W: width. */
export type Layout = "NC" | "NCL" | "NCHW" | "NHWC";

export interface LayoutOptions {
  /** The axes over which statistics are taken; γ and β have the shape of the others. */
  readonly axes?: readonly number[];
  /** Instead of `axes`: statistics over all axes but C. "NC" by default for two axes. */
  readonly layout?: Layout;
}

/** The position of C. */
export function channelAxis(layout: Layout): number {
  return layout.indexOf("C");
}

/**
 * The axes to take statistics over, counted from the front.
 *
 * @throws ValueError if neither or both options are given; ShapeError if the rank does not fit the layout.
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
        ? `shape ${text} does not tell which axis is the channel. Pass \`layout\`, one of NC, NCL, NCHW, NHWC, or \`axes\`.`
        : `both axes [${d.axes?.join(", ")}] and layout ${d.layout} were given. Pass one of them.`;
    });
  }
  if (layout === undefined)
    return (axes ?? []).map((axis) => (axis < 0 ? axis + shape.length : axis));
  if (layout.length !== shape.length) {
    throw new ShapeError(op, { layout, shape }, (d) => {
      return `layout ${d.layout} has ${d.layout.length} axes but shape [${d.shape.join(", ")}] has ${d.shape.length}. Choose the layout of the input, or reshape it.`;
    });
  }
  const channel = channelAxis(layout);
  return shape.map((_, axis) => axis).filter((axis) => axis !== channel);
}
