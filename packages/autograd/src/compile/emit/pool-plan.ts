/**
 * @file Windows over planes as loops with known bounds: elements of a window ("taps") that lie inside of the plane
 * for the same windows are one run, and what is done with a tap is one walk over rectangles of numbers.
 */
import { bytesPerElement, type DType } from "../../array/dtype.ts";
import { type Shape, sizeOf } from "../../array/shape.ts";
import type { Code } from "../../backends/wasm/encoder.ts";
import type { Pair, PoolIndicesKernel, PoolKernel, Windows } from "../../kernel/kernel.ts";
import type { Value } from "../program.ts";
import { advance, repeat } from "./control.ts";
import type { Lanes } from "./elements.ts";
import type { Places } from "./nest.ts";

export interface PoolContext {
  readonly places: Places;
  readonly scratch: number;
}

/** Taps that follow each other and are inside of the plane for the same windows. */
export interface Taps {
  /** The first of them, and how many. */
  readonly tap: number;
  readonly taps: number;
  /** The windows: the first, and how many. */
  readonly first: number;
  readonly count: number;
  /** Where the first tap of the first window is in the plane. */
  readonly place: number;
}

function tapsAlong(
  { strides, padding, dilation }: Windows,
  window: Pair,
  axis: 0 | 1,
  length: number,
  windows: number,
): readonly Taps[] {
  const runs: Taps[] = [];
  for (let tap = 0; tap < window[axis]; tap++) {
    const start = tap * dilation[axis] - padding[axis][0];
    const first = Math.max(0, Math.ceil(-start / strides[axis]));
    const end = Math.min(windows, Math.ceil((length - start) / strides[axis]));
    if (end <= first) continue;
    const last = runs[runs.length - 1];
    const count = end - first;
    if (last?.first === first && last.count === count && last.tap + last.taps === tap) {
      runs[runs.length - 1] = { ...last, taps: last.taps + 1 };
    } else runs.push({ tap, taps: 1, first, count, place: start + first * strides[axis] });
  }
  return runs;
}

export interface PoolPlan {
  readonly bytes: number;
  readonly lanes: Lanes;
  readonly planes: number;
  readonly width: number;
  readonly height: number;
  /** Windows down and across. */
  readonly rows: number;
  readonly columns: number;
  readonly down: readonly Taps[];
  readonly across: readonly Taps[];
}

export function poolPlan(
  kernel: PoolKernel | PoolIndicesKernel,
  dtype: DType,
  x: Shape,
  y: Shape,
): PoolPlan {
  const [height, width] = x.slice(-2);
  const [rows, columns] = y.slice(-2);
  return {
    bytes: bytesPerElement(dtype),
    lanes: dtype === "float64" ? 2 : 4,
    planes: sizeOf(x.slice(0, -2)),
    width,
    height,
    rows,
    columns,
    down: tapsAlong(kernel, kernel.window, 0, height, rows),
    across: tapsAlong(kernel, kernel.window, 1, width, columns),
  };
}

export function addressOf({ places }: PoolContext, value: Value): number {
  const { base, offset } = places.layout(value);
  return places.address(base) + offset * bytesPerElement(value.dtype);
}

/** Sums along rows of one plane, or the largest elements of one. */
export function poolScratch(value: Value, kernel: PoolKernel | PoolIndicesKernel): number {
  const [source] = value.operands;
  const [x, y] =
    kernel.kind === "pool" && kernel.role === "spread" ? [value, source] : [source, value];
  const { bytes, height, rows, columns } = poolPlan(kernel, source.dtype, x.shape, y.shape);
  return (kernel.kind === "pool" ? height : rows) * columns * bytes;
}

/** Numbers in rows and columns: a local with the address, and byte steps. */
export interface Rectangle {
  readonly pointer: number;
  readonly row: number;
  readonly column: number;
}

/** Emits `body` for vectors of a rectangle, then for what is left of each row; the pointers follow. */
export function eachVector(
  code: Code,
  rows: number,
  columns: number,
  lanes: Lanes,
  pointers: readonly Rectangle[],
  body: (width: Lanes | 1) => void,
): void {
  const isLong = pointers.every(({ row, column }) => row === columns * column);
  const [n, m] = isLong ? [1, rows * columns] : [rows, columns];
  const move = (step: (rectangle: Rectangle) => number): void => {
    for (const rectangle of pointers) advance(code, rectangle.pointer, step(rectangle));
  };
  repeat(code, n, () => {
    repeat(code, Math.floor(m / lanes), () => {
      body(lanes);
      move(({ column }) => lanes * column);
    });
    repeat(code, m % lanes, () => {
      body(1);
      move(({ column }) => column);
    });
    move(({ row, column }) => row - m * column);
  });
}
