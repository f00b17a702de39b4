/**
 * @file What kernels of windows and planes mean, element by element, from the formulas of kernel.ts alone.
 */
import type { Aval } from "../array/aval.ts";
import { type Shape, sizeOf } from "../array/shape.ts";
import type {
  ConvolutionKernel,
  PoolIndicesKernel,
  PoolKernel,
  Windows,
} from "../kernel/kernel.ts";
import { unravel } from "./point.ts";

type Source = (index: readonly number[]) => number;

/** A product that belongs to the element of the result at `to`. */
export interface Term {
  readonly to: readonly number[];
  readonly value: number;
}

/** All products of which the elements of a convolution are sums. */
export function convolutionTerms(
  kernel: ConvolutionKernel,
  [a, b]: readonly Source[],
  [{ shape: first }, { shape: second }]: readonly Aval[],
  result: Shape,
): readonly Term[] {
  const { role, groups } = kernel;
  const x = role === "input" ? result : first;
  const weight = role === "weight" ? result : second;
  const y = { output: result, input: first, weight: second }[role];
  return indicesOf(y).flatMap(([n, o, i, j]) =>
    indicesOf(weight.slice(1)).flatMap(([c, k, l]): readonly Term[] => {
      const [row, column] = elementOf(kernel, [i, j], [k, l]);
      if (!isInside([row, column], x)) return [];
      const group = Math.floor(o / (weight[0] / groups));
      const inX = [n, group * weight[1] + c, row, column];
      const [inWeight, inY] = [
        [o, c, k, l],
        [n, o, i, j],
      ];
      if (role === "output") return [{ to: inY, value: a(inX) * b(inWeight) }];
      if (role === "input") return [{ to: inX, value: a(inY) * b(inWeight) }];
      return [{ to: inWeight, value: a(inX) * b(inY) }];
    }),
  );
}

/** All elements of which the elements of sums over windows, or of their transpose, are sums. */
export function poolTerms(
  kernel: PoolKernel,
  source: Source,
  shape: Shape,
  result: Shape,
): readonly Term[] {
  const isSums = kernel.role === "sums";
  const [x, y] = isSums ? [shape, result] : [result, shape];
  return indicesOf(y).flatMap((inY) =>
    windowAt(kernel, inY, x).map((inX) =>
      isSums ? { to: inY, value: source(inX) } : { to: inX, value: source(inY) },
    ),
  );
}

/** The elements that are added at positions in planes. */
export function planeTerms(
  [updates, positions]: readonly Source[],
  shape: Shape,
  result: Shape,
): readonly Term[] {
  return indicesOf(shape).map((index) => {
    return { to: positionAt(positions, result, index), value: updates(index) };
  });
}

/** Where in its plane the largest element of the window at `index` is. */
export function largestAt(
  kernel: PoolIndicesKernel,
  source: Source,
  shape: Shape,
  index: readonly number[],
): number {
  const window = windowAt(kernel, index, shape);
  const values = window.map(source);
  const nan = values.findIndex(Number.isNaN);
  const chosen = nan >= 0 ? nan : values.indexOf(Math.max(...values));
  const [row, column] = window[chosen].slice(-2);
  return row * shape[shape.length - 1] + column;
}

/** The index in planes of `shape` of the position that `indices` holds at `index`. */
export function positionAt(
  indices: Source,
  shape: Shape,
  index: readonly number[],
): readonly number[] {
  return [...index.slice(0, -2), ...unravel(indices(index), shape.slice(-2))];
}

/** The elements inside of the plane of the window at `index`, in row-major order. */
function windowAt(
  kernel: PoolKernel | PoolIndicesKernel,
  index: readonly number[],
  shape: Shape,
): readonly (readonly number[])[] {
  return indicesOf(kernel.window)
    .map((element) => elementOf(kernel, index.slice(-2), element))
    .filter((place) => isInside(place, shape))
    .map((place) => [...index.slice(0, -2), ...place]);
}

function elementOf(
  { strides, padding, dilation }: Windows,
  window: readonly number[],
  element: readonly number[],
): readonly number[] {
  return element.map((k, axis) => {
    return window[axis] * strides[axis] - padding[axis][0] + k * dilation[axis];
  });
}

function isInside(place: readonly number[], shape: Shape): boolean {
  const plane = shape.slice(-2);
  return place.every((i, axis) => i >= 0 && i < plane[axis]);
}

function indicesOf(shape: Shape): readonly (readonly number[])[] {
  return Array.from({ length: sizeOf(shape) }, (_, at) => unravel(at, shape));
}
