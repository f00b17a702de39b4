/**
 * @file Copying numbers through strides inside the scratch memory, for operands that are transposed or packed.
 */
import { Code, encodeModule, type WasmFunction } from "./encoder.ts";
import { type Element, loadModule } from "./engine.ts";
import { MOVE } from "./instructions.ts";

/** One of two axes: how many numbers, and by how many bytes target and source move from one to the next. */
export interface CopyAxis {
  readonly count: number;
  readonly to: number;
  readonly from: number;
}

type Copy = (
  to: number,
  from: number,
  rows: number,
  rowTo: number,
  rowFrom: number,
  columns: number,
  columnTo: number,
  columnFrom: number,
) => void;

/** undefined: not loaded yet; null: not to be had. */
let copies: { readonly f32x4: Copy; readonly f64x2: Copy } | null | undefined;

/**
 * Copies numbers of `element` from the byte address `from` to `to` along two axes, the one with the smaller
 * source step innermost. Returns false, having done nothing, where WebAssembly is not to be had.
 */
export function copyStrided(
  element: Element,
  to: number,
  from: number,
  a: CopyAxis,
  b: CopyAxis,
): boolean {
  if (copies === undefined) copies = load();
  if (!copies) return false;
  if (a.count === 0 || b.count === 0) return true;
  const [row, column] = Math.abs(a.from) < Math.abs(b.from) ? [b, a] : [a, b];
  const copy = copies[element.lane];
  copy(to, from, row.count, row.to, row.from, column.count, column.to, column.from);
  return true;
}

function load(): typeof copies {
  const exports = loadModule(encodeModule([copyFunction("f32x4"), copyFunction("f64x2")]));
  if (exports === null) return null;
  return { f32x4: exports["f32x4"] as Copy, f64x2: exports["f64x2"] as Copy };
}

function copyFunction(lane: Element["lane"]): WasmFunction {
  const [TO, FROM, ROWS, ROW_TO, ROW_FROM, COLUMNS, COLUMN_TO, COLUMN_FROM] = [
    0, 1, 2, 3, 4, 5, 6, 7,
  ];
  const code = new Code(new Array<"i32">(8).fill("i32"));
  const [T, F, LEFT] = [code.local("i32"), code.local("i32"), code.local("i32")];
  const [load, store] = MOVE[lane === "f32x4" ? 4 : 8];
  const move = (address: number, step: number): void => {
    code.get(address, step).op("i32.add").set(address);
  };
  const countDown = (local: number): void => {
    code.get(local).i32(1).op("i32.sub").tee(local);
  };
  code.doWhile(() => {
    code.get(TO).set(T).get(FROM).set(F).get(COLUMNS).set(LEFT);
    code.doWhile(() => {
      code.get(T, F).memory(load).memory(store);
      move(T, COLUMN_TO);
      move(F, COLUMN_FROM);
      countDown(LEFT);
    });
    move(TO, ROW_TO);
    move(FROM, ROW_FROM);
    countDown(ROWS);
  });
  return { name: lane, code };
}
