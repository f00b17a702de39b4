/**
 * @file Windows over the last two axes: their options at the door, and how many of them there are.
 * Convolution and pooling share it.
 */
import { formatShape, type Shape } from "../array/shape.ts";
import { ShapeError, ValueError } from "../errors.ts";
import type { Pair, Windows } from "../kernel/kernel.ts";

/** One number for both directions, also in a list, or [vertical, horizontal]. */
export type PairLike = number | readonly [number] | Pair;

/** Also [[top, bottom], [left, right]]. */
export type PaddingLike = PairLike | readonly [Pair, Pair];

/** The option `name` as a pair of integers that are at least `least`. @throws ValueError if it is none. */
export function pairOf(op: string, name: string, value: PairLike, least: 0 | 1): Pair {
  const given: readonly number[] = typeof value === "number" ? [value] : value;
  const pair = given.length === 1 ? [given[0], given[0]] : [...given];
  if (isPair(pair, least)) return pair;
  throw new ValueError(op, { option: name, value }, () => {
    return `the option ${name} is ${show(value)}. Use an integer of ${least} or more, or two: [vertical, horizontal].`;
  });
}

/** The option `padding` as [[top, bottom], [left, right]]. @throws ValueError if it is no padding. */
export function paddingOf(op: string, value: PaddingLike): readonly [Pair, Pair] {
  const sides = Array.isArray(value) ? [...(value as readonly unknown[])] : [value, value];
  const [vertical, horizontal] = sides.map((side) => (Array.isArray(side) ? side : [side, side]));
  if (sides.length === 2 && isPair(vertical, 0) && isPair(horizontal, 0)) {
    return [
      [vertical[0], vertical[1]],
      [horizontal[0], horizontal[1]],
    ];
  }
  throw new ValueError(op, { option: "padding", value }, () => {
    return `the option padding is ${show(value)}. Use integers of 0 or more: one, [vertical, horizontal] or [[top, bottom], [left, right]].`;
  });
}

function isPair(value: readonly unknown[] | undefined, least: number): value is Pair {
  return value?.length === 2 && value.every((n) => Number.isSafeInteger(n) && Number(n) >= least);
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  return typeof value === "string" ? `"${value}"` : String(value);
}

/** The option `groups`. @throws ValueError if it is no count. */
export function groupsOf(op: string, groups: number): number {
  if (Number.isSafeInteger(groups) && groups >= 1) return groups;
  throw new ValueError(op, { groups }, () => {
    return `the option groups is ${show(groups)}. Use an integer of 1 or more.`;
  });
}

/** Height and width: the last two axes. */
export function planeOf(shape: Shape): Pair {
  return [shape[shape.length - 2], shape[shape.length - 1]];
}

/** From the first to the last element of a window. */
export function extentOf(window: Pair, dilation: Pair): Pair {
  return [(window[0] - 1) * dilation[0] + 1, (window[1] - 1) * dilation[1] + 1];
}

/**
 * How many windows planes of the last two axes of `shape` have. What the door has checked is checked once more,
 * since params also come from files.
 *
 * @throws ShapeError if there is none; ValueError if the windows make no sense.
 */
export function windowsOver(op: string, shape: Shape, window: Pair, windows: Windows): Pair {
  const strides = pairOf(op, "strides", windows.strides, 1);
  const dilation = pairOf(op, "dilation", windows.dilation, 1);
  const padding = paddingOf(op, windows.padding);
  const extent = extentOf(window, dilation);
  const [height, width] = planeOf(shape);
  const whole: Pair = [
    padding[0][0] + height + padding[0][1],
    padding[1][0] + width + padding[1][1],
  ];
  pairOf(op, "window", window, 0);
  if (window[0] < 1 || window[1] < 1 || extent[0] > whole[0] || extent[1] > whole[1]) {
    throw new ShapeError(op, { shape, window, ...windows }, () => {
      return `a window of shape ${formatShape(window)}, which spans ${formatShape(extent)} under dilation ${formatShape(dilation)}, does not fit shape ${formatShape(shape)}, whose last two axes are ${formatShape(whole)} with padding. Use a window of at least [1, 1] that fits, or more padding.`;
    });
  }
  const along = (i: 0 | 1): number => Math.floor((whole[i] - extent[i]) / strides[i]) + 1;
  return [along(0), along(1)];
}

/** @throws ShapeError unless `shape` ends with two axes to slide over, after any others. */
export function requirePlanes(op: string, shape: Shape): void {
  if (shape.length >= 2) return;
  throw new ShapeError(op, { shape }, () => {
    return `shape ${formatShape(shape)} has no planes: windows slide over the last two axes. Reshape to [..., height, width].`;
  });
}

/** @throws ShapeError unless what is given back to windows has one element for each of them. */
export function requireResult(op: string, found: Shape, expected: Shape): void {
  if (found.length === expected.length && found.every((n, i) => n === expected[i])) return;
  throw new ShapeError(op, { found, expected }, () => {
    return `the results of all windows have shape ${formatShape(expected)}, but the cotangent has shape ${formatShape(found)}. Give one element for each result.`;
  });
}
