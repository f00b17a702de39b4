/**
 * @file Sums over rows by WebAssembly SIMD, for large eager tensors: every column of the innermost axis has
 * an accumulator in float64, and rows are added in the blocks of the reference loops: the bits are theirs.
 */
import type { Aval } from "../../array/aval.ts";
import { rowMajor, type StridedArray } from "../../array/strided-array.ts";
import type { ReduceKernel } from "../../kernel/kernel.ts";
import { planLoops } from "../reference/loops.ts";
import { BLOCK, firstHalf } from "../reference/reduce.ts";
import { Code, encodeModule, type WasmFunction } from "./encoder.ts";
import { type Element, FLOAT32, FLOAT64, loadModule, scratch } from "./engine.ts";

/** Adds `rows` rows of `pairs` pairs of numbers to the accumulators; addresses and the row's step in bytes. */
type AddRows = (sums: number, source: number, rows: number, step: number, pairs: number) => void;

/** undefined: not loaded yet; null: not to be had. */
let kernels: { readonly f32x4: AddRows; readonly f64x2: AddRows } | null | undefined;

/** The sums as a new array, or null, with nothing done, where this kernel does not apply. */
export function runSumSimd(
  kernel: ReduceKernel,
  source: StridedArray,
  aval: Aval,
): StridedArray | null {
  const element = source.data instanceof Float32Array ? FLOAT32 : FLOAT64;
  if (kernel.combine !== "add" || (element === FLOAT64 && !(source.data instanceof Float64Array)))
    return null;
  const stride = rowMajor(aval.shape);
  const still = stride.map((step, axis) => (kernel.axes.includes(axis) ? 0 : step));
  const nest = planLoops(source.shape, [{ ...source, stride: still }, source]);
  if (nest.lengths.length !== 2) return null;
  const [rows, columns] = nest.lengths;
  const [[sumStep, rowStep], [sumInner, inner]] = nest.strides;
  // rows are summed, and both walk along a row number by number
  if (sumStep !== 0 || sumInner !== 1 || inner !== 1 || rowStep < columns) return null;
  if (kernels === undefined) kernels = load();
  if (!kernels) return null;
  return {
    data: sumRows(kernels[element.lane], element, source, rows, columns, rowStep),
    shape: aval.shape,
    stride,
    offset: 0,
  };
}

/** Rows in the halves and blocks of the reference loops. */
function sumRows(
  addRows: AddRows,
  element: Element,
  source: StridedArray,
  rows: number,
  columns: number,
  rowStep: number,
): Float32Array | Float64Array {
  const sumOf = (start: number, count: number): Float64Array => {
    if (count <= BLOCK) {
      return sumBlock(addRows, element, source, start, count, columns, rowStep);
    }
    const first = firstHalf(count, BLOCK);
    const sums = sumOf(start, first);
    const rest = sumOf(start + first, count - first);
    for (let i = 0; i < columns; i++) sums[i] += rest[i];
    return sums;
  };
  const result = sumOf(0, rows);
  return element === FLOAT32 ? Float32Array.from(result) : result;
}

function sumBlock(
  addRows: AddRows,
  element: Element,
  source: StridedArray,
  start: number,
  rows: number,
  columns: number,
  rowStep: number,
): Float64Array {
  const pairs = Math.ceil(columns / 2);
  const span = (rows - 1) * rowStep + columns;
  // accumulators first, in float64 whatever the element; then the numbers, and room for the other half of a pair
  const sumBytes = 16 * pairs;
  const numbers = scratch(element, sumBytes + (span + 2) * element.bytes);
  const sums = scratch(FLOAT64, 0);
  sums.fill(0, 0, 2 * pairs);
  const from = source.offset + start * rowStep;
  numbers.set(source.data.subarray(from, from + span), sumBytes / element.bytes);
  addRows(0, sumBytes, rows, rowStep * element.bytes, pairs);
  return Float64Array.from(sums.subarray(0, columns));
}

function load(): typeof kernels {
  const exports = loadModule(encodeModule([addRowsFunction("f32x4"), addRowsFunction("f64x2")]));
  if (exports === null) return null;
  return { f32x4: exports["f32x4"] as AddRows, f64x2: exports["f64x2"] as AddRows };
}

function addRowsFunction(lane: Element["lane"]): WasmFunction {
  const [SUMS, SOURCE, ROWS, STEP, PAIRS] = [0, 1, 2, 3, 4];
  const code = new Code(["i32", "i32", "i32", "i32", "i32"]);
  const [S, X, LEFT] = [code.local("i32"), code.local("i32"), code.local("i32")];
  const pairBytes = lane === "f32x4" ? 8 : 16;
  const countDown = (local: number): void => {
    code.get(local).i32(1).op("i32.sub").tee(local);
  };
  code.doWhile(() => {
    code.get(SUMS).set(S).get(SOURCE).set(X).get(PAIRS).set(LEFT);
    code.doWhile(() => {
      code.get(S, S).memory("v128.load", 0).get(X);
      if (lane === "f32x4") code.memory("v128.load64_zero", 0).op("f64x2.promote_low_f32x4");
      else code.memory("v128.load", 0);
      code.op("f64x2.add").memory("v128.store", 0);
      code.get(S).i32(16).op("i32.add").set(S);
      code.get(X).i32(pairBytes).op("i32.add").set(X);
      countDown(LEFT);
    });
    code.get(SOURCE, STEP).op("i32.add").set(SOURCE);
    countDown(ROWS);
  });
  return { name: lane, code };
}
