/**
 * @file Matrix product with all sizes known: c[m, n] = Σ a[m, k] · b[k, n], for f32x4 and f64x2.
 *
 * - a tile of 4 rows by two vectors (8 by one for a narrow rest) stays in eight registers; k is not unrolled,
 *   which V8's register allocation rewards; row offsets are immediates of the loads
 * - b is packed by panels, two vectors wide; a is read where it lies, unless its rows are the contiguous axis
 *   (a transposed operand): then blocks of it are packed by vectors, because a step along k would otherwise
 *   touch a new cache line each time, all in the same sets
 * - the sum over k runs in blocks of about 256 in the dtype of the operands; blocks are added in order
 */
import type { Code } from "../../backends/wasm/encoder.ts";
import { repeat } from "./control.ts";

export interface GemmElement {
  readonly lane: "f32x4" | "f64x2";
  readonly bytes: 4 | 8;
}

export interface GemmShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Packs the panel that starts at column `column` (a local, or a number) and is `width` columns wide. */
export type PanelPacker = (panel: {
  /** Byte address of the packed panel: `vectors` vectors for each k. */
  readonly target: number;
  readonly vectors: number;
  /** Columns that exist; the others are zeros. */
  readonly width: number;
  /** Local: the first column. */
  readonly column: number;
  /** Locals: the first k, and how many. */
  readonly start: number;
  readonly depth: number;
}) => void;

export interface GemmOptions {
  readonly code: Code;
  readonly element: GemmElement;
  readonly shape: GemmShape;
  readonly relaxed: boolean;
  /** Local with the byte address of a[0, 0], and byte strides. */
  readonly a: { readonly base: number; readonly rowStep: number; readonly depthStep: number };
  readonly packPanel: PanelPacker;
  /** Local with the byte address of c[0, 0]; rows `rowStep` bytes apart, columns contiguous. */
  readonly c: { readonly base: number; readonly rowStep: number };
  /** Whether c holds numbers to add to. */
  readonly accumulate: boolean;
  /** Byte address of `gemmScratch` bytes. */
  readonly scratch: number;
}

/** How many k are summed in registers, about. */
export const DEPTH = 256;
const ROWS = 4;

/** Blocks of equal length, of at most 1.5 · DEPTH: a short last one would cost as much as it computes. */
function depthOf(k: number): number {
  return Math.ceil(k / Math.max(1, Math.round(k / DEPTH)));
}

function packsA(shape: GemmShape, bytes: number, rowStep: number, depthStep: number): boolean {
  return rowStep === bytes && depthStep !== bytes && shape.m >= 2 * ROWS && shape.n >= 32;
}

/** Scratch memory of one product: a packed panel, and a packed block of `a` where that is packed. */
export function gemmScratch(
  shape: GemmShape,
  { bytes }: GemmElement,
  rowStep: number,
  depthStep: number,
): number {
  const depth = depthOf(shape.k);
  const panel = depth * 32;
  const rows = Math.floor(shape.m / ROWS) * ROWS;
  return panel + (packsA(shape, bytes, rowStep, depthStep) ? rows * depth * bytes : 0);
}

export function emitGemm(options: GemmOptions): void {
  new Gemm(options).emit();
}

class Gemm {
  readonly #options: GemmOptions;
  readonly #code: Code;
  readonly #lanes: number;
  readonly #start: number;
  readonly #depth: number;
  readonly #column: number;
  readonly #blockA: number;
  /** Whether a tile adds to what is in memory. */
  readonly #adds: boolean;
  readonly #packedA: number | null;

  constructor(options: GemmOptions) {
    this.#options = options;
    const { code, element, shape, a } = options;
    this.#code = code;
    this.#lanes = 16 / element.bytes;
    this.#start = code.local("i32");
    this.#depth = code.local("i32");
    this.#column = code.local("i32");
    this.#blockA = code.local("i32");
    this.#adds = options.accumulate || depthOf(shape.k) < shape.k;
    const packs = packsA(shape, element.bytes, a.rowStep, a.depthStep);
    this.#packedA = packs ? options.scratch + depthOf(shape.k) * 32 : null;
  }

  emit(): void {
    const { shape, accumulate } = this.#options;
    const code = this.#code;
    if (this.#adds && !accumulate) this.#clear();
    const depth = depthOf(shape.k);
    const blocks = Math.ceil(shape.k / depth);
    code.i32(0).set(this.#start);
    repeat(code, blocks, () => {
      if (blocks === 1) code.i32(shape.k).set(this.#depth);
      else {
        // what is left, or a whole block
        code.i32(shape.k).get(this.#start).op("i32.sub").i32(depth);
        code.i32(shape.k).get(this.#start).op("i32.sub").i32(depth).op("i32.lt_u", "select");
        code.set(this.#depth);
      }
      this.#block();
      code.get(this.#start).i32(depth).op("i32.add").set(this.#start);
    });
  }

  #clear(): void {
    const { c, shape, element } = this.#options;
    const code = this.#code;
    const row = code.local("i32");
    code.get(c.base).set(row);
    const contiguous = c.rowStep === shape.n * element.bytes;
    repeat(code, contiguous ? 1 : shape.m, () => {
      const bytes = shape.n * element.bytes * (contiguous ? shape.m : 1);
      code.get(row).i32(0).i32(bytes).fillMemory();
      code.get(row).i32(c.rowStep).op("i32.add").set(row);
    });
  }

  /** One block along k: all panels of columns. */
  #block(): void {
    const { a, shape } = this.#options;
    const code = this.#code;
    code
      .get(this.#start)
      .i32(a.depthStep)
      .op("i32.mul")
      .get(a.base)
      .op("i32.add")
      .set(this.#blockA);
    if (this.#packedA !== null) this.#packA();
    const panel = 2 * this.#lanes;
    code.i32(0).set(this.#column);
    repeat(code, Math.floor(shape.n / panel), () => {
      this.#panel(2, panel);
      code.get(this.#column).i32(panel).op("i32.add").set(this.#column);
    });
    const rest = shape.n % panel;
    if (rest > 0) this.#panel(rest > this.#lanes ? 2 : 1, rest);
  }

  /** Blocks of four rows that lie side by side, one vector (or two, of float64) for each k. */
  #packA(): void {
    const { a, shape, element } = this.#options;
    const code = this.#code;
    const [target, source, tile, left] = [0, 1, 2, 3].map(() => code.local("i32"));
    code.i32(this.#packedA ?? 0).set(target);
    code.get(this.#blockA).set(tile);
    repeat(code, Math.floor(shape.m / ROWS), () => {
      code.get(tile).set(source).get(this.#depth).set(left);
      code.doWhile(() => {
        for (let part = 0; part < ROWS / this.#lanes; part++) {
          code
            .get(target, source)
            .memory("v128.load", 16 * part)
            .memory("v128.store", 16 * part);
        }
        code
          .get(target)
          .i32(ROWS * element.bytes)
          .op("i32.add")
          .set(target);
        code.get(source).i32(a.depthStep).op("i32.add").set(source);
        code.get(left).i32(1).op("i32.sub").tee(left);
      });
      code
        .get(tile)
        .i32(ROWS * a.rowStep)
        .op("i32.add")
        .set(tile);
    });
  }

  /** All rows of one panel of columns. */
  #panel(vectors: number, width: number): void {
    const { a, c, shape, element, scratch, packPanel } = this.#options;
    const code = this.#code;
    const { bytes } = element;
    const [start, depth, column] = [this.#start, this.#depth, this.#column];
    packPanel({ target: scratch, vectors, width, column, start, depth });
    const [pa, pc] = [code.local("i32"), code.local("i32")];
    code.get(column).i32(bytes).op("i32.mul").get(c.base).op("i32.add").set(pc);
    const packed = this.#packedA;
    if (packed !== null) code.i32(packed).set(pa);
    else code.get(this.#blockA).set(pa);
    const rows = vectors === 1 && packed === null ? 2 * ROWS : ROWS;
    const full = Math.floor(shape.m / rows);
    repeat(code, full, () => {
      if (packed === null) this.#tile(rows, vectors, width, pa, pc, a.rowStep, a.depthStep);
      else this.#tile(rows, vectors, width, pa, pc, bytes, ROWS * bytes);
      if (packed === null)
        code
          .get(pa)
          .i32(rows * a.rowStep)
          .op("i32.add")
          .set(pa);
      else
        code
          .get(this.#depth)
          .i32(ROWS * bytes)
          .op("i32.mul")
          .get(pa)
          .op("i32.add")
          .set(pa);
      code
        .get(pc)
        .i32(rows * c.rowStep)
        .op("i32.add")
        .set(pc);
    });
    let done = full * rows;
    while (done < shape.m) {
      // the rest is never packed
      const rest = Math.min(ROWS, shape.m - done);
      if (packed !== null) {
        code
          .get(this.#blockA)
          .i32(done * a.rowStep)
          .op("i32.add")
          .set(pa);
      }
      this.#tile(rest, vectors, width, pa, pc, a.rowStep, a.depthStep);
      code
        .get(pa)
        .i32(rest * a.rowStep)
        .op("i32.add")
        .set(pa);
      code
        .get(pc)
        .i32(rest * c.rowStep)
        .op("i32.add")
        .set(pc);
      done += rest;
    }
  }

  #tile(
    rows: number,
    vectors: number,
    width: number,
    tileA: number,
    tileC: number,
    rowStep: number,
    depthStep: number,
  ): void {
    const { element, scratch, c, relaxed } = this.#options;
    const code = this.#code;
    const { lane, bytes } = element;
    const [pa, pb, end] = [code.local("i32"), code.local("i32"), code.local("i32")];
    const right = Array.from({ length: vectors }, () => code.local("v128"));
    const left = code.local("v128");
    const sums = Array.from({ length: rows * vectors }, () => code.local("v128"));
    for (const sum of sums) code.zero().set(sum);
    code.get(tileA).set(pa).i32(scratch).set(pb);
    code
      .get(this.#depth)
      .i32(16 * vectors)
      .op("i32.mul")
      .i32(scratch)
      .op("i32.add")
      .set(end);
    // offsets of loads cannot be negative
    const negative = Math.min(0, rowStep * (rows - 1));
    if (negative < 0) code.get(pa).i32(negative).op("i32.add").set(pa);
    code.doWhile(() => {
      for (let v = 0; v < vectors; v++) {
        code
          .get(pb)
          .memory("v128.load", 16 * v)
          .set(right[v]);
      }
      for (let row = 0; row < rows; row++) {
        code.get(pa);
        code.memory(
          bytes === 4 ? "v128.load32_splat" : "v128.load64_splat",
          row * rowStep - negative,
        );
        code.set(left);
        right.forEach((vector, v) => {
          const sum = sums[row * vectors + v];
          if (relaxed) code.get(left, vector, sum).op(`${lane}.relaxed_madd`).set(sum);
          else code.get(left, vector).op(`${lane}.mul`).get(sum).op(`${lane}.add`).set(sum);
        });
      }
      code.get(pa).i32(depthStep).op("i32.add").set(pa);
      code
        .get(pb)
        .i32(16 * vectors)
        .op("i32.add")
        .tee(pb)
        .get(end)
        .op("i32.lt_u");
    });
    for (let row = 0; row < rows; row++) {
      for (let v = 0; v < vectors; v++) {
        const sum = sums[row * vectors + v];
        this.#store(
          tileC,
          row * c.rowStep + 16 * v,
          sum,
          Math.min(this.#lanes, width - v * this.#lanes),
        );
      }
    }
  }

  /** Stores, or adds, the first `count` numbers of `sum`. */
  #store(pointer: number, offset: number, sum: number, count: number): void {
    const { lane, bytes } = this.#options.element;
    const code = this.#code;
    if (count === this.#lanes) {
      if (this.#adds) {
        code.get(pointer).get(pointer).memory("v128.load", offset).get(sum).op(`${lane}.add`);
        code.memory("v128.store", offset);
      } else code.get(pointer, sum).memory("v128.store", offset);
      return;
    }
    const name = bytes === 4 ? "v128.store32_lane" : "v128.store64_lane";
    if (this.#adds) {
      const load = bytes === 4 ? "v128.load32_lane" : "v128.load64_lane";
      const old = code.local("v128");
      code.zero().set(old);
      for (let i = 0; i < count; i++) {
        code
          .get(pointer, old)
          .memoryLane(load, offset + i * bytes, i)
          .set(old);
      }
      code.get(sum, old).op(`${lane}.add`).set(sum);
    }
    for (let i = 0; i < count; i++) code.get(pointer, sum).memoryLane(name, offset + i * bytes, i);
  }
}

/** A packer for a matrix in memory: byte address of b[0, 0] in a local, and byte strides. */
export function stridedPacker(
  code: Code,
  { bytes }: GemmElement,
  b: { readonly base: number; readonly depthStep: number; readonly columnStep: number },
): PanelPacker {
  const lanes = 16 / bytes;
  return ({ target, vectors, width, column, start, depth }) => {
    const [from, to, left] = [code.local("i32"), code.local("i32"), code.local("i32")];
    code
      .get(start)
      .i32(b.depthStep)
      .op("i32.mul")
      .get(column)
      .i32(b.columnStep)
      .op("i32.mul", "i32.add");
    code.get(b.base).op("i32.add").set(from);
    code.i32(target).set(to).get(depth).set(left);
    const vector = code.local("v128");
    const lowest = Math.min(0, (width - 1) * b.columnStep);
    if (lowest < 0) code.get(from).i32(lowest).op("i32.add").set(from);
    code.doWhile(() => {
      for (let v = 0; v < vectors; v++) {
        const count = Math.min(lanes, width - v * lanes);
        if (count === lanes && b.columnStep === bytes) {
          code
            .get(to, from)
            .memory("v128.load", 16 * v)
            .memory("v128.store", 16 * v);
          continue;
        }
        code.zero().set(vector);
        for (let i = 0; i < count; i++) {
          const offset = (v * lanes + i) * b.columnStep - lowest;
          const name = bytes === 4 ? "v128.load32_lane" : "v128.load64_lane";
          code.get(from, vector).memoryLane(name, offset, i).set(vector);
        }
        code.get(to, vector).memory("v128.store", 16 * v);
      }
      code
        .get(to)
        .i32(16 * vectors)
        .op("i32.add")
        .set(to);
      code.get(from).i32(b.depthStep).op("i32.add").set(from);
      code.get(left).i32(1).op("i32.sub").tee(left);
    });
  };
}
