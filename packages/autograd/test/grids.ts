/**
 * @file Grids: for each index of a result the number of the element that stands there, or null for a 0. What an operator
 * that only moves elements does, and with it its derivative, is said by one line about indices.
 *
 * They are oracles: they import nothing from the library.
 */
import { indexSpace } from "./numpy-indexing.ts";

export type Index = readonly number[];

export interface Grid {
  readonly shape: Index;
  readonly at: (index: Index) => number | null;
}

/** Elements in row-major order, numbered from `first` on. */
export function numbered(shape: Index, first = 0): Grid {
  return { shape, at: (index) => first + placeOf(shape, index) };
}

/** Several of them, numbered on from one to the next. */
export function numberedAll(shapes: readonly Index[]): readonly Grid[] {
  let first = 0;
  return shapes.map((shape) => {
    const grid = numbered(shape, first);
    first += sizeOf(shape);
    return grid;
  });
}

/** The numbers in row-major order. */
export function listed({ shape, at }: Grid): readonly (number | null)[] {
  return indexSpace(shape).map(at);
}

export function sizeOf(shape: Index): number {
  return shape.reduce((size, n) => size * n, 1);
}

function placeOf(shape: Index, index: Index): number {
  return shape.reduce((place, n, axis) => place * n + index[axis], 0);
}

function replaced<T>(list: readonly T[], at: number, item: T): readonly T[] {
  return list.map((old, i) => (i === at ? item : old));
}

/** The same elements in row-major order. */
export function reshaped(grid: Grid, shape: Index): Grid {
  const source = listed(grid);
  return { shape, at: (index) => source[placeOf(shape, index)] };
}

/** Axis k of the result is axis order[k]. */
export function permuted({ shape, at }: Grid, order: Index): Grid {
  return {
    shape: order.map((axis) => shape[axis]),
    at: (index) => at(shape.map((_, axis) => index[order.indexOf(axis)])),
  };
}

/** Along one axis `length` elements, of which each comes from another place, or from none. */
export function along(
  { shape, at }: Grid,
  axis: number,
  length: number,
  from: (i: number, n: number) => number | null,
): Grid {
  return {
    shape: replaced(shape, axis, length),
    at: (index) => {
      const place = from(index[axis], shape[axis]);
      return place === null ? null : at(replaced(index, axis, place));
    },
  };
}

/** Along an axis the elements at these places. */
export function picked(grid: Grid, axis: number, places: Index): Grid {
  return along(grid, axis, places.length, (i) => places[i]);
}

export function flipped(grid: Grid, axis: number): Grid {
  return along(grid, axis, grid.shape[axis], (i, n) => n - 1 - i);
}

/** Parts of these sizes, one after another. */
export function parts(grid: Grid, axis: number, sizes: Index): readonly Grid[] {
  return sizes.map((size, k) => {
    const first = sum(sizes.slice(0, k));
    return along(grid, axis, size, (i) => first + i);
  });
}

/** A new axis of `length`, along which all is alike. */
export function stretched({ shape, at }: Grid, axis: number, length: number): Grid {
  return {
    shape: [...shape.slice(0, axis), length, ...shape.slice(axis)],
    at: (index) => at(index.filter((_, k) => k !== axis)),
  };
}

/** One index along an axis, without it. */
export function chosen({ shape, at }: Grid, axis: number, place: number): Grid {
  return {
    shape: shape.filter((_, k) => k !== axis),
    at: (index) => at([...index.slice(0, axis), place, ...index.slice(axis)]),
  };
}

/** One after another along an axis. */
export function joined(grids: readonly Grid[], axis: number): Grid {
  const lengths = grids.map(({ shape }) => shape[axis]);
  return {
    shape: replaced(grids[0].shape, axis, sum(lengths)),
    at: (index) => {
      let place = index[axis];
      let k = 0;
      while (place >= lengths[k]) place -= lengths[k++];
      return grids[k].at(replaced(index, axis, place));
    },
  };
}

function sum(lengths: Index): number {
  return lengths.reduce((total, n) => total + n, 0);
}

/** `change` made `count` times. */
export function times(count: number, change: (grid: Grid) => Grid, grid: Grid): Grid {
  return range(count).reduce((result) => change(result), grid);
}

export function range(n: number): Index {
  return Array.from({ length: n }, (_, i) => i);
}

/** The remainder that is not negative. */
export function mod(i: number, n: number): number {
  return ((i % n) + n) % n;
}

/** Elements of one or of another grid of the same shape. */
export function either(a: Grid, b: Grid, isFirst: (index: Index) => boolean): Grid {
  return { shape: a.shape, at: (index) => (isFirst(index) ? a.at(index) : b.at(index)) };
}

/** 0 at every index. */
export function nothing(shape: Index): Grid {
  return { shape, at: () => null };
}

/** For what no simpler line says. */
export function mapped(shape: Index, at: (index: Index) => number | null): Grid {
  return { shape, at };
}
