/**
 * @file Batched matrix product by WebAssembly SIMD, for eager tensors: operands are packed into panels
 * in the memory of one module, multiplied there, and the result is copied out.
 *
 * A tile of 4 rows by two vectors stays in eight registers; k is not unrolled, which V8's register
 * allocation rewards. Within blocks of 256 along k the sum is in the dtype of the operands, block sums
 * are added in order. No fused multiply-add: results are the same bits on every machine.
 */
import type { StridedArray } from "../../array/strided-array.ts";
import { Code, encodeModule, type ValueType, type WasmFunction } from "./encoder.ts";

type FloatArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

const ROWS = 4;
const BLOCK = 256;

/** What differs between the two element types. */
interface Element {
  readonly bytes: 4 | 8;
  /** Columns of a tile: two vectors. */
  readonly columns: number;
  readonly add: "f32x4Add" | "f64x2Add";
  readonly mul: "f32x4Mul" | "f64x2Mul";
  readonly splat: "v128Load32Splat" | "v128Load64Splat";
  view(memory: Memory): FloatArray;
}

const FLOAT32: Element = {
  bytes: 4,
  columns: 8,
  add: "f32x4Add",
  mul: "f32x4Mul",
  splat: "v128Load32Splat",
  view: (memory) => new Float32Array(memory.buffer),
};

const FLOAT64: Element = {
  bytes: 8,
  columns: 4,
  add: "f64x2Add",
  mul: "f64x2Mul",
  splat: "v128Load64Splat",
  view: (memory) => new Float64Array(memory.buffer),
};

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The parts of the engine's `WebAssembly` that are used here; Node's types do not declare it. */
interface Engine {
  readonly Memory: new (limits: { readonly initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: Memory } },
  ) => { readonly exports: Record<string, unknown> };
  validate(bytes: Uint8Array): boolean;
}

type Multiply = (
  a: number,
  b: number,
  c: number,
  rowPanels: number,
  columnPanels: number,
  k: number,
) => void;

interface Kernels {
  readonly memory: Memory;
  readonly float32: Multiply;
  readonly float64: Multiply;
}

/** undefined: not tried yet; null: this engine has no WebAssembly SIMD, or a content policy forbids it. */
let kernels: Kernels | null | undefined;

/**
 * `output` = `a` · `b` over the last two axes, leading axes equal, `output` contiguous.
 * Returns false, having done nothing, where WebAssembly SIMD is not to be had.
 */
export function runMatMulSimd(a: StridedArray, b: StridedArray, output: StridedArray): boolean {
  kernels ??= load();
  if (kernels === null) return false;
  const { memory } = kernels;
  const wide = output.data instanceof Float64Array;
  const element = wide ? FLOAT64 : FLOAT32;
  const multiply = wide ? kernels.float64 : kernels.float32;
  const rank = output.shape.length;
  const [m, n, k] = [output.shape[rank - 2], output.shape[rank - 1], a.shape[rank - 1]];
  const [rowPanels, columnPanels] = [Math.ceil(m / ROWS), Math.ceil(n / element.columns)];
  const startB = rowPanels * ROWS * k;
  const startC = startB + columnPanels * element.columns * k;
  const width = columnPanels * element.columns;
  reserve(memory, (startC + rowPanels * ROWS * width) * element.bytes);
  const numbers = element.view(memory);
  forEachBatch(output.shape, a, b, (pa, pb, batch) => {
    pack(numbers, 0, a, pa, m, k, rank - 2, rank - 1, ROWS);
    pack(numbers, startB, b, pb, n, k, rank - 1, rank - 2, element.columns);
    numbers.fill(0, startC, startC + rowPanels * ROWS * width);
    multiply(0, startB * element.bytes, startC * element.bytes, rowPanels, columnPanels, k);
    for (let row = 0; row < m; row++) {
      const from = startC + row * width;
      output.data.set(numbers.subarray(from, from + n), output.offset + (batch * m + row) * n);
    }
  });
  return true;
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

/** Panels of `width` lines, `depth` numbers each, interleaved; lines past the end are zeros. */
function pack(
  target: FloatArray,
  start: number,
  source: StridedArray,
  position: number,
  lines: number,
  depth: number,
  lineAxis: number,
  depthAxis: number,
  width: number,
): void {
  const { data } = source;
  const [lineStride, depthStride] = [source.stride[lineAxis], source.stride[depthAxis]];
  for (let line = 0; line < lines; line += width) {
    const base = start + line * depth;
    const present = Math.min(width, lines - line);
    if (present < width) target.fill(0, base, base + width * depth);
    const from = position + line * lineStride;
    if (lineStride === 1) {
      for (let d = 0, to = base, p = from; d < depth; d++, to += width, p += depthStride) {
        for (let w = 0; w < present; w++) target[to + w] = data[p + w];
      }
      continue;
    }
    for (let w = 0; w < present; w++) {
      let p = from + w * lineStride;
      const end = base + depth * width;
      for (let to = base + w; to < end; to += width, p += depthStride) target[to] = data[p];
    }
  }
}

const PAGE = 65536;

function reserve(memory: Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
}

function load(): Kernels | null {
  const engine = (globalThis as { WebAssembly?: Engine }).WebAssembly;
  if (engine === undefined) return null;
  const bytes = encodeModule([
    multiplyFunction("float32", FLOAT32),
    multiplyFunction("float64", FLOAT64),
  ]);
  if (!engine.validate(bytes)) return null;
  try {
    const memory = new engine.Memory({ initial: 1 });
    const { exports } = new engine.Instance(new engine.Module(bytes), { env: { memory } });
    return {
      memory,
      float32: exports["float32"] as Multiply,
      float64: exports["float64"] as Multiply,
    };
  } catch {
    // a content policy without `wasm-unsafe-eval` refuses the module: the reference loops serve
    return null;
  }
}

/** c[4·rowPanels, columns·columnPanels] += panels of a · panels of b; parameters are byte addresses and counts. */
function multiplyFunction(name: string, element: Element): WasmFunction {
  const [A, B, C, ROW_PANELS, COLUMN_PANELS, K] = [0, 1, 2, 3, 4, 5];
  const [START, DEPTH, J, I, PA, PB, PC, END] = [6, 7, 8, 9, 10, 11, 12, 13];
  const [LEFT, RIGHT] = [14, 16];
  const tile = Array.from({ length: 2 * ROWS }, (_, i) => 18 + i);
  const rowBytes = ROWS * element.bytes;
  const columnBytes = element.columns * element.bytes;
  const code = new Code();
  const address = (base: number, panel: number, panelBytes: number): Code =>
    code
      .get(panel, K)
      .op("i32Mul")
      .get(START)
      .op("i32Add")
      .i32(panelBytes)
      .op("i32Mul")
      .get(base)
      .op("i32Add");
  const rowOfC = (row: number): Code => {
    if (row === 0) return code.get(PC);
    code
      .get(PC, COLUMN_PANELS)
      .i32(columnBytes * row)
      .op("i32Mul");
    return code.op("i32Add");
  };

  const innermost = (): void => {
    for (const half of [0, 1])
      code
        .get(PB)
        .memory("v128Load", 16 * half)
        .set(RIGHT + half);
    for (let row = 0; row < ROWS; row++) {
      code
        .get(PA)
        .memory(element.splat, element.bytes * row)
        .set(LEFT);
      for (const half of [0, 1]) {
        const accumulator = tile[2 * row + half];
        code
          .get(LEFT, RIGHT + half)
          .simd(element.mul)
          .get(accumulator)
          .simd(element.add)
          .set(accumulator);
      }
    }
    code.get(PB).i32(columnBytes).op("i32Add").set(PB);
    code.get(PA).i32(rowBytes).op("i32Add").tee(PA).get(END).op("i32LtU");
  };

  const oneTile = (): void => {
    address(A, I, rowBytes).tee(PA).get(DEPTH).i32(rowBytes).op("i32Mul", "i32Add").set(END);
    address(B, J, columnBytes).set(PB);
    code.get(I, COLUMN_PANELS).op("i32Mul").i32(ROWS).op("i32Mul").get(J).op("i32Add");
    code.i32(columnBytes).op("i32Mul").get(C).op("i32Add").set(PC);
    for (const accumulator of tile) code.zero().set(accumulator);
    code.doWhile(innermost);
    for (let row = 0; row < ROWS; row++) {
      for (const half of [0, 1]) {
        rowOfC(row);
        rowOfC(row)
          .memory("v128Load", 16 * half)
          .get(tile[2 * row + half])
          .simd(element.add);
        code.memory("v128Store", 16 * half);
      }
    }
  };

  const countUp = (local: number, limit: number): void => {
    code.get(local).i32(1).op("i32Add").tee(local).get(limit).op("i32LtU");
  };

  code.doWhile(() => {
    // DEPTH = min(BLOCK, K - START)
    code
      .get(K, START)
      .op("i32Sub")
      .i32(BLOCK)
      .get(K, START)
      .op("i32Sub")
      .i32(BLOCK)
      .op("i32LtU", "select");
    code.set(DEPTH).i32(0).set(J);
    code.doWhile(() => {
      code.i32(0).set(I);
      code.doWhile(() => {
        oneTile();
        countUp(I, ROW_PANELS);
      });
      countUp(J, COLUMN_PANELS);
    });
    code.get(START).i32(BLOCK).op("i32Add").tee(START).get(K).op("i32LtU");
  });

  const parameters: readonly ValueType[] = ["i32", "i32", "i32", "i32", "i32", "i32"];
  const addresses: readonly ValueType[] = ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"];
  const vectors: readonly ValueType[] = [
    "v128",
    "v128",
    "v128",
    "v128",
    ...tile.map(() => "v128" as const),
  ];
  return { name, parameters, locals: [...addresses, ...vectors], code };
}
