/**
 * @file Batched matrix product by WebAssembly SIMD, for eager tensors: operands are packed into panels
 * in the memory of one module, multiplied there, and the result is copied out.
 *
 * A tile of 4 rows by two vectors stays in eight registers; k is not unrolled, which V8's register
 * allocation rewards. Within blocks of 256 along k the sum is in the dtype of the operands, block sums
 * are added in order. No fused multiply-add: results are the same bits on every machine.
 */
import { contiguous, type StridedArray } from "../../array/strided-array.ts";
import { Code, encodeModule, type WasmFunction } from "./encoder.ts";
import { type Element, FLOAT32, FLOAT64, loadModule, scratch } from "./engine.ts";
import { copyStrided } from "./strided-copy.ts";

const ROWS = 4;
const BLOCK = 256;

type Multiply = (
  a: number,
  b: number,
  c: number,
  rowPanels: number,
  columnPanels: number,
  k: number,
) => void;

/** undefined: not loaded yet; null: this engine has no WebAssembly SIMD, or a content policy forbids it. */
let kernels: { readonly f32x4: Multiply; readonly f64x2: Multiply } | null | undefined;

/** Columns of a tile: two vectors. */
function columnsOf(element: Element): number {
  return 2 * element.lanes;
}

/**
 * `output` = `a` · `b` over the last two axes, leading axes equal, `output` contiguous.
 * Returns false, having done nothing, where WebAssembly SIMD is not to be had.
 */
export function runMatMulSimd(a: StridedArray, b: StridedArray, output: StridedArray): boolean {
  if (kernels === undefined) kernels = load();
  if (!kernels) return false;
  const element = output.data instanceof Float64Array ? FLOAT64 : FLOAT32;
  const multiply = kernels[element.lane];
  const columns = columnsOf(element);
  const rank = output.shape.length;
  const [m, n, k] = [output.shape[rank - 2], output.shape[rank - 1], a.shape[rank - 1]];
  const [rowPanels, columnPanels] = [Math.ceil(m / ROWS), Math.ceil(n / columns)];
  const startB = rowPanels * ROWS * k;
  const startC = startB + columnPanels * columns * k;
  const width = columnPanels * columns;
  const end = startC + rowPanels * ROWS * width;
  scratch(element, end * element.bytes);
  const [left, right] = [dense(a, m * k), dense(b, k * n)];
  forEachBatch(output.shape, left, right, (pa, pb, batch) => {
    pack(element, 0, end, left, pa, linesOf(left, m, k, rank - 2, rank - 1), ROWS);
    pack(element, startB, end, right, pb, linesOf(right, n, k, rank - 1, rank - 2), columns);
    const numbers = scratch(element, 0);
    numbers.fill(0, startC, end);
    multiply(0, startB * element.bytes, startC * element.bytes, rowPanels, columnPanels, k);
    // rows are closed up from the first on, so none is overwritten before it has moved
    const rows = { count: m, to: n * element.bytes, from: width * element.bytes };
    const row = { count: n, to: element.bytes, from: element.bytes };
    copyStrided(element, startC * element.bytes, startC * element.bytes, rows, row);
    output.data.set(numbers.subarray(startC, startC + m * n), output.offset + batch * m * n);
  });
  return true;
}

/** `array`, or a copy where the `size` numbers of one matrix lie too far apart to be copied with what is between them. */
function dense(array: StridedArray, size: number): StridedArray {
  const { shape, stride } = array;
  const [m, n] = [shape.length - 2, shape.length - 1];
  const span = (shape[m] - 1) * Math.abs(stride[m]) + (shape[n] - 1) * Math.abs(stride[n]) + 1;
  if (span <= 2 * size) return array;
  return contiguous(array, array.data instanceof Float64Array ? "float64" : "float32");
}

function linesOf(
  array: StridedArray,
  count: number,
  depth: number,
  lineAxis: number,
  depthAxis: number,
): Lines {
  return { count, depth, lineStride: array.stride[lineAxis], depthStride: array.stride[depthAxis] };
}

function forEachBatch(
  shape: readonly number[],
  a: StridedArray,
  b: StridedArray,
  visit: (positionA: number, positionB: number, batch: number) => void,
): void {
  const leading = shape.length - 2;
  const index = new Array<number>(leading).fill(0);
  const batches = shape.slice(0, leading).reduce((product, length) => product * length, 1);
  for (let batch = 0; batch < batches; batch++) {
    let [pa, pb] = [a.offset, b.offset];
    for (let axis = 0; axis < leading; axis++) {
      pa += index[axis] * a.stride[axis];
      pb += index[axis] * b.stride[axis];
    }
    visit(pa, pb, batch);
    for (let axis = leading - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

/** Lines of a matrix to be packed: their number and length, and the strides from line to line and along one. */
interface Lines {
  readonly count: number;
  readonly depth: number;
  readonly lineStride: number;
  readonly depthStride: number;
}

/**
 * Panels of `width` lines, `depth` numbers each, interleaved, from `start` on; lines past the end are zeros.
 * `raw` is the start of free memory, where the numbers stay in their own order for a moment.
 */
function pack(
  element: Element,
  start: number,
  raw: number,
  source: StridedArray,
  position: number,
  lines: Lines,
  width: number,
): void {
  const { count, depth, lineStride, depthStride } = lines;
  if (count === 0 || depth === 0) return;
  const { bytes } = element;
  const [lineReach, depthReach] = [(count - 1) * lineStride, (depth - 1) * depthStride];
  const lowest = position + Math.min(0, lineReach) + Math.min(0, depthReach);
  const span = Math.abs(lineReach) + Math.abs(depthReach) + 1;
  const memory = scratch(element, (raw + span) * bytes);
  memory.set(source.data.subarray(lowest, lowest + span), raw);
  const first = raw + position - lowest;
  for (let line = 0; line < count; line += width) {
    const present = Math.min(width, count - line);
    const panel = start + line * depth;
    if (present < width) memory.fill(0, panel, panel + width * depth);
    const along = { count: depth, to: width * bytes, from: depthStride * bytes };
    const across = { count: present, to: bytes, from: lineStride * bytes };
    copyStrided(element, panel * bytes, (first + line * lineStride) * bytes, along, across);
  }
}

function load(): typeof kernels {
  const exports = loadModule(encodeModule([multiplyFunction(FLOAT32), multiplyFunction(FLOAT64)]));
  if (exports === null) return null;
  return { f32x4: exports["f32x4"] as Multiply, f64x2: exports["f64x2"] as Multiply };
}

/** c[4·rowPanels, columns·columnPanels] += panels of a · panels of b; parameters are byte addresses and counts. */
function multiplyFunction(element: Element): WasmFunction {
  const { lane } = element;
  const [A, B, C, ROW_PANELS, COLUMN_PANELS, K] = [0, 1, 2, 3, 4, 5];
  const code = new Code(["i32", "i32", "i32", "i32", "i32", "i32"]);
  const [START, DEPTH, J, I] = [
    code.local("i32"),
    code.local("i32"),
    code.local("i32"),
    code.local("i32"),
  ];
  const [PA, PB, PC, END] = [
    code.local("i32"),
    code.local("i32"),
    code.local("i32"),
    code.local("i32"),
  ];
  const [LEFT, RIGHT, SECOND] = [code.local("v128"), code.local("v128"), code.local("v128")];
  const tile = Array.from({ length: 2 * ROWS }, () => code.local("v128"));
  const rowBytes = ROWS * element.bytes;
  const columnBytes = columnsOf(element) * element.bytes;
  const address = (base: number, panel: number, panelBytes: number): Code =>
    code
      .get(panel, K)
      .op("i32.mul")
      .get(START)
      .op("i32.add")
      .i32(panelBytes)
      .op("i32.mul")
      .get(base)
      .op("i32.add");
  const rowOfC = (row: number): Code => {
    if (row === 0) return code.get(PC);
    code
      .get(PC, COLUMN_PANELS)
      .i32(columnBytes * row)
      .op("i32.mul");
    return code.op("i32.add");
  };

  const innermost = (): void => {
    for (const half of [0, 1])
      code
        .get(PB)
        .memory("v128.load", 16 * half)
        .set(half === 0 ? RIGHT : SECOND);
    for (let row = 0; row < ROWS; row++) {
      code
        .get(PA)
        .memory(element.splat, element.bytes * row)
        .set(LEFT);
      for (const half of [0, 1]) {
        const accumulator = tile[2 * row + half];
        code
          .get(LEFT, half === 0 ? RIGHT : SECOND)
          .op(`${lane}.mul`)
          .get(accumulator)
          .op(`${lane}.add`)
          .set(accumulator);
      }
    }
    code.get(PB).i32(columnBytes).op("i32.add").set(PB);
    code.get(PA).i32(rowBytes).op("i32.add").tee(PA).get(END).op("i32.lt_u");
  };

  const oneTile = (): void => {
    address(A, I, rowBytes).tee(PA).get(DEPTH).i32(rowBytes).op("i32.mul", "i32.add").set(END);
    address(B, J, columnBytes).set(PB);
    code.get(I, COLUMN_PANELS).op("i32.mul").i32(ROWS).op("i32.mul").get(J).op("i32.add");
    code.i32(columnBytes).op("i32.mul").get(C).op("i32.add").set(PC);
    for (const accumulator of tile) code.zero().set(accumulator);
    code.doWhile(innermost);
    for (let row = 0; row < ROWS; row++) {
      for (const half of [0, 1]) {
        rowOfC(row);
        rowOfC(row)
          .memory("v128.load", 16 * half)
          .get(tile[2 * row + half])
          .op(`${lane}.add`);
        code.memory("v128.store", 16 * half);
      }
    }
  };

  const countUp = (local: number, limit: number): void => {
    code.get(local).i32(1).op("i32.add").tee(local).get(limit).op("i32.lt_u");
  };

  code.doWhile(() => {
    // DEPTH = min(BLOCK, K - START)
    code
      .get(K, START)
      .op("i32.sub")
      .i32(BLOCK)
      .get(K, START)
      .op("i32.sub")
      .i32(BLOCK)
      .op("i32.lt_u", "select");
    code.set(DEPTH).i32(0).set(J);
    code.doWhile(() => {
      code.i32(0).set(I);
      code.doWhile(() => {
        oneTile();
        countUp(I, ROW_PANELS);
      });
      countUp(J, COLUMN_PANELS);
    });
    code.get(START).i32(BLOCK).op("i32.add").tee(START).get(K).op("i32.lt_u");
  });

  return { name: lane, code };
}
