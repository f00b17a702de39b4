/**
 * @file Sums of windows over planes, and their transpose.
 *
 * They go along one axis first, then along the other: kh + kw numbers for each window instead of kh · kw, and
 * errors that grow with kh + kw.
 */
import { bytesPerElement, type DType } from "../../array/dtype.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import type { PoolKernel } from "../../kernel/kernel.ts";
import type { Value } from "../program.ts";
import { advance, repeat } from "./control.ts";
import { emitLoad, emitStore, type Lanes } from "./elements.ts";
import {
  addressOf,
  eachVector,
  type PoolContext,
  poolPlan,
  type Rectangle,
  type Taps,
} from "./pool-plan.ts";

export function emitPool(value: Value, kernel: PoolKernel, context: PoolContext): Code {
  const code = new Code();
  const [source] = value.operands;
  const isSums = kernel.role === "sums";
  const [x, y] = isSums ? [source, value] : [value, source];
  const plan = poolPlan(kernel, value.dtype, x.shape, y.shape);
  const { bytes, planes, width, height, rows, columns, down, across } = plan;
  const [vertical, horizontal] = kernel.strides;
  const [xPlane, yPlane] = [width * height * bytes, rows * columns * bytes];
  const [inX, inY] = [code.local("i32"), code.local("i32")];
  const [from, to, nextFrom, nextTo] = [0, 1, 2, 3].map(() => code.local("i32"));
  const held = context.scratch;
  const clear = (address: () => Code, count: number): void => {
    address().i32(0).i32(count).fillMemory();
  };
  /** Adds the taps of each run: `start` sets the pointers to the first tap, `tapStep` bytes before the next. */
  const add = (
    runs: readonly Taps[],
    size: (taps: Taps) => readonly [rows: number, columns: number],
    start: (pointers: { readonly plane: number; readonly sums: number }, taps: Taps) => void,
    steps: {
      readonly plane: Omit<Rectangle, "pointer">;
      readonly sums: Omit<Rectangle, "pointer">;
    },
    tapStep: number,
  ): void => {
    const [plane, sums] = isSums ? [from, to] : [to, from];
    for (const taps of runs) {
      start({ plane, sums }, taps);
      repeat(code, taps.taps, () => {
        const [a, b] = isSums ? [steps.plane, steps.sums] : [steps.sums, steps.plane];
        code.get(from).set(nextFrom).get(to).set(nextTo);
        const [n, m] = size(taps);
        const source = { pointer: nextFrom, ...a };
        addRectangle(code, value.dtype, n, m, source, { pointer: nextTo, ...b });
        advance(code, plane, tapStep);
      });
    }
  };
  /** Between rows of the plane and the sums along them. */
  const alongRows = (): void =>
    add(
      across,
      ({ count }) => [height, count],
      ({ plane, sums }, { place, first }) => {
        code
          .get(inX)
          .i32(place * bytes)
          .op("i32.add")
          .set(plane);
        code.i32(held + first * bytes).set(sums);
      },
      {
        plane: { row: width * bytes, column: horizontal * bytes },
        sums: { row: columns * bytes, column: bytes },
      },
      kernel.dilation[1] * bytes,
    );
  /** Between those sums and the windows. */
  const alongColumns = (): void =>
    add(
      down,
      ({ count }) => [count, columns],
      ({ plane, sums }, { place, first }) => {
        code.i32(held + place * columns * bytes).set(plane);
        code
          .get(inY)
          .i32(first * columns * bytes)
          .op("i32.add")
          .set(sums);
      },
      {
        plane: { row: vertical * columns * bytes, column: bytes },
        sums: { row: columns * bytes, column: bytes },
      },
      kernel.dilation[0] * columns * bytes,
    );
  code.i32(addressOf(context, x)).set(inX).i32(addressOf(context, y)).set(inY);
  repeat(code, planes, () => {
    clear(() => code.i32(held), height * columns * bytes);
    clear(() => code.get(isSums ? inY : inX), isSums ? yPlane : xPlane);
    if (isSums) alongRows();
    alongColumns();
    if (!isSums) alongRows();
    advance(code, inX, xPlane);
    advance(code, inY, yPlane);
  });
  return code;
}

/** Adds `rows` by `columns` numbers; moves the pointers. */
function addRectangle(
  code: Code,
  dtype: DType,
  rows: number,
  columns: number,
  from: Rectangle,
  to: Rectangle,
): void {
  const bytes = bytesPerElement(dtype);
  const lanes: Lanes = dtype === "float64" ? 2 : 4;
  const add = dtype === "float32" ? "f32x4.add" : dtype === "float64" ? "f64x2.add" : "i32x4.add";
  const sum = code.local("v128");
  eachVector(code, rows, columns, lanes, [from, to], (width) => {
    // of a single number the other lanes are of no use
    const step = (column: number): number => (width === 1 ? 0 : column);
    emitLoad(code, dtype, lanes, to.pointer, 0, step(to.column));
    emitLoad(code, dtype, lanes, from.pointer, 0, step(from.column));
    code.op(add).set(sum);
    emitStore(code, dtype, width, to.pointer, 0, width === 1 ? bytes : to.column, sum);
  });
}
