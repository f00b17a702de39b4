/**
 * @file One pass over a domain as a loop nest: loads, scalar operations, reductions, stores.
 *
 * - neighbouring axes that every operand walks as one are one loop; the order is that of memory, always: walking
 *   rows costs a fraction of walking columns
 * - the innermost axis is walked by vectors, what is left of it number by number with the same body
 * - where the innermost axis is kept, every column has its own sum in memory, and four rows are added before
 *   it is touched; where it is reduced, sums stay in registers and end as one vector for each kept index
 * - sums of float32 are taken in blocks, so that the error does not grow with their number
 * - operands that move alike share one pointer: arrays differ only in the offset of the instruction
 */
import { bytesPerElement } from "../../array/dtype.ts";
import { rowMajor } from "../../array/strided-array.ts";
import type { Shape } from "../../array/shape.ts";
import type { Code } from "../../backends/wasm/encoder.ts";
import { assertInvariant } from "../../errors.ts";
import { isSingle } from "../builder.ts";
import { isLibraryWord } from "../../kernel/scalar.ts";
import type { HostCalls } from "../host-call.ts";
import type { Layout } from "../layout.ts";
import type { Value } from "../program.ts";
import { emitLoad, emitStore, type Lanes } from "./elements.ts";
import {
  type Accumulator,
  BLOCK,
  BLOCK_ROWS,
  emitAddToRow,
  emitClearRow,
  emitCombine,
  emitFlushRegisters,
  emitFlushRow,
  firstLane,
  identity,
} from "./accumulate.ts";
import { repeat } from "./control.ts";
import { constant, emitHostWord, emitWord } from "./words.ts";

export interface Places {
  /** Byte address of the first number of a value that is no view. */
  address(base: Value): number;
  layout(value: Value): Layout;
}

export interface NestContext {
  readonly code: Code;
  readonly places: Places;
  readonly lanes: Lanes;
  readonly relaxed: boolean;
  readonly hosts: HostCalls;
}

/** A range of one axis: what a thread computes. */
export interface Slice {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
}

export interface NestSpecification {
  readonly domain: Shape;
  /** Only this part of the domain. */
  readonly slice?: Slice | null;
  readonly reduced: readonly number[];
  /** What is computed in the body; every other operand is loaded. */
  readonly compute: ReadonlySet<Value>;
  readonly accumulators: readonly Accumulator[];
  readonly stores: readonly Value[];
  /** Where stores go; null: to the value's own memory. */
  readonly target?: { readonly address: number; readonly stride: readonly number[] };
}

interface Dimension {
  readonly length: number;
  readonly reduced: boolean;
  readonly axes: readonly number[];
}

interface Access {
  readonly offset: number;
  /** Bytes for each dimension. */
  readonly strides: readonly number[];
  readonly pointer: number | null;
}

interface Pointer {
  readonly local: number;
  readonly strides: readonly number[];
}

export function emitNest(context: NestContext, specification: NestSpecification): void {
  new Nest(context, specification).emit();
}

class Nest {
  readonly #context: NestContext;
  readonly #code: Code;
  readonly #spec: NestSpecification;
  readonly #dimensions: readonly Dimension[];
  readonly #pointers: Pointer[] = [];
  readonly #accesses = new Map<string, Access>();
  readonly #uses = new Map<Value, number>();
  /** Sums in registers, by accumulator and then by vector of the unrolled body. */
  #registers: number[][] = [];

  constructor(context: NestContext, specification: NestSpecification) {
    this.#context = context;
    this.#code = context.code;
    this.#spec = specification;
    this.#countUses();
    this.#dimensions = this.#collapse();
    this.#makeAccesses();
  }

  emit(): void {
    for (const { local, strides } of this.#pointers) {
      this.#code.i32(startOf(strides, this.#dimensions)).set(local);
    }
    this.#emitDimension(0);
  }

  get #innerReduced(): boolean {
    return this.#dimensions[this.#dimensions.length - 1].reduced;
  }

  #countUses(): void {
    const seen = new Set<Value>();
    const visit = (value: Value): void => {
      this.#uses.set(value, (this.#uses.get(value) ?? 0) + 1);
      if (seen.has(value) || !this.#spec.compute.has(value)) return;
      seen.add(value);
      for (const operand of value.operands) visit(operand);
    };
    for (const { value } of this.#spec.accumulators) visit(value.operands[0]);
    for (const value of this.#spec.stores) visit(value);
  }

  /** What is read and written: a key, the byte strides by axis, and the address. */
  #operands(): { key: string; strides: readonly number[]; address: number }[] {
    const { domain, accumulators, stores, compute, target, slice } = this.#spec;
    const { places } = this.#context;
    const list: { key: string; strides: readonly number[]; address: number }[] = [];
    for (const value of this.#uses.keys()) {
      if (compute.has(value) || value.op.kind === "constant") continue;
      const bytes = bytesPerElement(value.dtype);
      const { base, offset, stride } = places.layout(value);
      const strides = domain.map((_, axis) =>
        isSingle(value) || value.shape[axis] === 1 ? 0 : stride[axis] * bytes,
      );
      list.push({
        key: this.#keyOf(value),
        strides,
        address: places.address(base) + offset * bytes,
      });
    }
    for (const value of stores) {
      const bytes = bytesPerElement(value.dtype);
      const stride = target?.stride ?? rowMajor(domain);
      const strides = stride.map((step) => step * bytes);
      list.push({
        key: `s${this.#keyOf(value)}`,
        strides,
        address: target?.address ?? places.address(value),
      });
    }
    accumulators.forEach(({ value, address, bytes, blockRow }, i) => {
      const kept = rowMajor(value.shape);
      const strides = domain.map((_, axis) =>
        this.#spec.reduced.includes(axis) || domain[axis] === 1 ? 0 : kept[axis] * bytes,
      );
      list.push({ key: `a${i}`, strides, address });
      if (blockRow !== null) {
        const last = domain.findLastIndex((n) => n > 1);
        const row = domain.map((_, axis) => (axis === last ? bytesPerElement(value.dtype) : 0));
        list.push({ key: `r${i}`, strides: row, address: blockRow });
      }
    });
    if (!slice) return list;
    return list.map(({ key, strides, address }) => {
      // the row of a block belongs to one thread and starts at its beginning
      const shift = key.startsWith("r") ? 0 : slice.start * strides[slice.axis];
      return { key, strides, address: address + shift };
    });
  }

  #keys = new Map<Value, string>();

  #keyOf(value: Value): string {
    let key = this.#keys.get(value);
    if (key === undefined) {
      key = String(this.#keys.size);
      this.#keys.set(value, key);
    }
    return key;
  }

  /** Axes of the domain, neighbours merged where every operand walks them as one. */
  #collapse(): readonly Dimension[] {
    const { domain: whole, reduced, slice } = this.#spec;
    const domain = slice ? whole.with(slice.axis, slice.length) : whole;
    const strides = this.#operands().map((operand) => operand.strides);
    const dimensions: { length: number; reduced: boolean; axes: number[] }[] = [];
    domain.forEach((length, axis) => {
      if (length === 1) return;
      const isReduced = reduced.includes(axis);
      const last = dimensions[dimensions.length - 1];
      const merges =
        last !== undefined &&
        last.reduced === isReduced &&
        strides.every((s) => s[last.axes[last.axes.length - 1]] === s[axis] * length);
      if (merges) {
        last.length *= length;
        last.axes.push(axis);
      } else dimensions.push({ length, reduced: isReduced, axes: [axis] });
    });
    if (dimensions.length === 0) return [{ length: 1, reduced: false, axes: [] }];
    return dimensions;
  }

  #makeAccesses(): void {
    const byStrides = new Map<string, number>();
    for (const { key, strides, address } of this.#operands()) {
      const own = this.#dimensions.map(({ axes }) =>
        axes.length === 0 ? 0 : strides[axes[axes.length - 1]],
      );
      const text = own.join();
      let pointer: number | null = null;
      if (own.some((step) => step !== 0)) {
        pointer = byStrides.get(text) ?? this.#code.local("i32");
        if (!byStrides.has(text)) this.#pointers.push({ local: pointer, strides: own });
        byStrides.set(text, pointer);
      }
      // a pointer that runs backwards starts high, so that it is never negative
      const offset = address - startOf(own, this.#dimensions);
      this.#accesses.set(key, { offset, strides: own, pointer });
    }
  }

  #access(key: string): Access {
    const access = this.#accesses.get(key);
    assertInvariant(access !== undefined, "every operand has an access");
    return access;
  }

  /** Loops over dimension `d` and those inside it. */
  #emitDimension(d: number): void {
    const inner = this.#dimensions.length - 1;
    if (d === inner) {
      this.#emitInner(1);
      return;
    }
    const { length, reduced } = this.#dimensions[d];
    const sums = this.#spec.accumulators.length > 0;
    if (d === inner - 1 && !this.#innerReduced) {
      if (sums && reduced) this.#emitBlocksOfRows(d, length);
      else this.#emitRows(d, length, !sums && this.#sharesAcross(d) ? 2 : 1);
      return;
    }
    repeat(this.#code, length, () => {
      this.#emitDimension(d + 1);
      this.#advance(d, 1);
    });
  }

  /** Whether some operand is the same for all rows of dimension `d`, so that it is worth loading once for several. */
  #sharesAcross(d: number): boolean {
    return [...this.#accesses.values()].some(
      ({ strides }) => strides[d] === 0 && strides[d + 1] !== 0,
    );
  }

  /** Rows in blocks: each has its own row of sums, which is then added to the total. */
  #emitBlocksOfRows(d: number, rows: number): void {
    if (this.#spec.accumulators.every(({ blockRow }) => blockRow === null)) {
      this.#emitRows(d, rows, 4);
      return;
    }
    const { length } = this.#dimensions[d + 1];
    const block = (count: number): void => {
      for (const accumulator of this.#spec.accumulators) {
        emitClearRow(this.#code, accumulator, length);
      }
      this.#emitRows(d, count, 4);
      this.#spec.accumulators.forEach((accumulator, i) => {
        const { pointer, offset } = this.#access(`a${i}`);
        emitFlushRow(this.#code, accumulator, length, pointer, offset);
      });
    };
    repeat(this.#code, Math.floor(rows / BLOCK_ROWS), () => block(BLOCK_ROWS));
    if (rows % BLOCK_ROWS > 0) block(rows % BLOCK_ROWS);
  }

  #emitRows(d: number, rows: number, unroll: number): void {
    repeat(this.#code, Math.floor(rows / unroll), () => {
      this.#emitInner(unroll);
      this.#advance(d, unroll);
    });
    const rest = rows % unroll;
    if (rest === 0) return;
    this.#emitInner(rest);
    this.#advance(d, rest);
  }

  /** Moves every pointer by `count` steps of dimension `d`, from the end of the dimension inside it. */
  #advance(d: number, count: number): void {
    for (const { local, strides } of this.#pointers) {
      const inside =
        d + 1 < this.#dimensions.length ? strides[d + 1] * this.#dimensions[d + 1].length : 0;
      const delta = strides[d] * count - inside;
      if (delta !== 0) this.#code.get(local).i32(delta).op("i32.add").set(local);
    }
  }

  #advanceInner(count: number): void {
    const inner = this.#dimensions.length - 1;
    for (const { local, strides } of this.#pointers) {
      const delta = strides[inner] * count;
      if (delta !== 0) this.#code.get(local).i32(delta).op("i32.add").set(local);
    }
  }

  #emitInner(rows: number): void {
    const { length } = this.#dimensions[this.#dimensions.length - 1];
    const { accumulators } = this.#spec;
    if (!this.#innerReduced || accumulators.length === 0) {
      this.#emitVectors(length, rows, 1);
      return;
    }
    const { lanes } = this.#context;
    const vectors = Math.floor(Math.min(length, BLOCK) / lanes);
    const unroll = Math.max(1, Math.min(Math.floor(8 / accumulators.length), 4, vectors));
    this.#registers = accumulators.map(() =>
      Array.from({ length: unroll }, () => this.#code.local("v128")),
    );
    const block = (count: number): void => {
      accumulators.forEach(({ value }, i) => {
        for (const register of this.#registers[i]) {
          this.#code.get(identity(this.#code, value)).set(register);
        }
      });
      this.#emitVectors(count, 1, unroll);
      accumulators.forEach((accumulator, i) => {
        const { pointer, offset } = this.#access(`a${i}`);
        emitFlushRegisters(this.#code, accumulator, this.#registers[i], pointer, offset, lanes);
      });
    };
    repeat(this.#code, Math.floor(length / BLOCK), () => block(BLOCK));
    if (length % BLOCK > 0) block(length % BLOCK);
  }

  /** `count` numbers along the innermost dimension, by vectors and the rest one by one. */
  #emitVectors(count: number, rows: number, unroll: number): void {
    const { lanes } = this.#context;
    const vectors = Math.floor(count / lanes);
    const step = unroll * lanes;
    repeat(this.#code, Math.floor(vectors / unroll), () => {
      this.#emitBody(rows, unroll, lanes);
      this.#advanceInner(step);
    });
    const rest = vectors % unroll;
    if (rest > 0) {
      this.#emitBody(rows, rest, lanes);
      this.#advanceInner(rest * lanes);
    }
    repeat(this.#code, count % lanes, () => {
      this.#emitBody(rows, 1, 1);
      this.#advanceInner(1);
    });
  }

  /** The body for `rows` × `vectors` vectors, or for `rows` single numbers (`width` 1). */
  #emitBody(rows: number, vectors: number, width: Lanes | 1): void {
    const { accumulators, stores } = this.#spec;
    const inner = this.#dimensions.length - 1;
    const known = new Map<string, number>();
    for (let vector = 0; vector < vectors; vector++) {
      const at = (row: number): Position => ({ row, vector, width });
      if (accumulators.length > 0 && this.#innerReduced) {
        accumulators.forEach(({ value }, i) => {
          this.#addToRegister(
            i,
            vector,
            value,
            this.#evaluate(value.operands[0], at(0), known),
            width,
          );
        });
      } else if (accumulators.length > 0) {
        accumulators.forEach(({ value, blockRow }, i) => {
          const parts = Array.from({ length: rows }, (_, row) =>
            this.#evaluate(value.operands[0], at(row), known),
          );
          this.#addToRow(`${blockRow === null ? "a" : "r"}${i}`, value, parts, at(0));
        });
      }
      const results = stores.map((value) =>
        Array.from({ length: rows }, (_, row) => this.#evaluate(value, at(row), known)),
      );
      stores.forEach((value, i) => {
        const access = this.#access(`s${this.#keyOf(value)}`);
        for (let row = 0; row < rows; row++) {
          const offset = this.#offset(access, at(row));
          emitStore(
            this.#code,
            value.dtype,
            width,
            access.pointer,
            offset,
            access.strides[inner],
            results[i][row],
          );
        }
      });
    }
  }

  #offset({ offset, strides }: Access, { row, vector }: Position): number {
    const inner = this.#dimensions.length - 1;
    const rowStep = inner > 0 ? strides[inner - 1] : 0;
    return offset + row * rowStep + vector * this.#context.lanes * strides[inner];
  }

  /** The local that holds `value` at a position; what is the same for all rows or vectors is computed once. */
  #evaluate(value: Value, at: Position, known: Map<string, number>): number {
    if (value.op.kind === "constant") return constant(this.#code, value.dtype, value.op.value);
    const key = `${this.#keyOf(value)} ${this.#placeOf(value, at)}`;
    let local = known.get(key);
    if (local === undefined) {
      if (this.#spec.compute.has(value)) this.#compute(value, at, known);
      else this.#load(value, at);
      local = this.#code.local("v128");
      this.#code.set(local);
      known.set(key, local);
    }
    return local;
  }

  #varies = new Map<Value, readonly [row: boolean, vector: boolean]>();

  /** Whether a value differs between the rows and between the vectors of a body. */
  #variation(value: Value): readonly [row: boolean, vector: boolean] {
    let varies = this.#varies.get(value);
    if (varies === undefined) {
      if (value.op.kind === "constant") varies = [false, false];
      else if (this.#spec.compute.has(value)) {
        const parts = value.operands.map((x) => this.#variation(x));
        varies = [parts.some(([row]) => row), parts.some(([, vector]) => vector)];
      } else {
        const inner = this.#dimensions.length - 1;
        const { strides } = this.#access(this.#keyOf(value));
        varies = [inner > 0 && strides[inner - 1] !== 0, strides[inner] !== 0];
      }
      this.#varies.set(value, varies);
    }
    return varies;
  }

  #placeOf(value: Value, { row, vector }: Position): string {
    const [byRow, byVector] = this.#variation(value);
    return `${byRow ? row : ""} ${byVector ? vector : ""}`;
  }

  #load(value: Value, at: Position): void {
    const access = this.#access(this.#keyOf(value));
    const inner = this.#dimensions.length - 1;
    const step = at.width === 1 ? 0 : access.strides[inner];
    emitLoad(
      this.#code,
      value.dtype,
      this.#context.lanes,
      access.pointer,
      this.#offset(access, at),
      step,
    );
  }

  #compute(value: Value, at: Position, known: Map<string, number>): void {
    const { op, operands, dtype } = value;
    assertInvariant(op.kind === "scalar", "a body computes scalar operations");
    if (this.#emitFused(value, at, known)) return;
    const locals = operands.map((operand) => this.#evaluate(operand, at, known));
    if (isLibraryWord(op.word)) {
      const count = at.width === 1 || !this.#variation(value)[1] ? 1 : at.width;
      emitHostWord(this.#context, op.word, locals, dtype, count);
    } else emitWord(this.#context, op.word, locals, operands[0].dtype, dtype);
  }

  /** a·b + c and c - a·b as one instruction, where the product is used only here. */
  #emitFused(value: Value, at: Position, known: Map<string, number>): boolean {
    const { op, operands, dtype } = value;
    if (!this.#context.relaxed || (dtype !== "float32" && dtype !== "float64")) return false;
    if (op.kind !== "scalar" || (op.word !== "add" && op.word !== "sub")) return false;
    const isOwn = (x: Value): boolean =>
      x.op.kind === "scalar" &&
      x.op.word === "mul" &&
      this.#spec.compute.has(x) &&
      this.#uses.get(x) === 1;
    const [a, b] = operands;
    const product = isOwn(b) ? b : op.word === "add" && isOwn(a) ? a : null;
    if (product === null || a === b) return false;
    const other = product === b ? a : b;
    const factors = product.operands.map((x) => this.#evaluate(x, at, known));
    const addend = this.#evaluate(other, at, known);
    const lane = dtype === "float32" ? "f32x4" : "f64x2";
    this.#code.get(...factors, addend);
    this.#code.op(op.word === "add" ? `${lane}.relaxed_madd` : `${lane}.relaxed_nmadd`);
    return true;
  }

  #addToRegister(i: number, vector: number, value: Value, part: number, width: Lanes | 1): void {
    const register = this.#registers[i][vector % this.#registers[i].length];
    this.#code.get(register, part);
    // a single number stands in every lane: only the first counts
    const isSum = value.op.kind === "reduce" && value.op.combine === "add";
    if (width === 1 && isSum) this.#code.get(firstLane(this.#code, value.dtype)).op("v128.and");
    emitCombine(this.#code, value);
    this.#code.set(register);
  }

  #addToRow(key: string, value: Value, parts: readonly number[], at: Position): void {
    const { pointer, offset, strides } = this.#access(key);
    const step = strides[strides.length - 1];
    const row = { pointer, offset: offset + at.vector * this.#context.lanes * step, step };
    emitAddToRow(this.#code, value, parts, row, this.#context.lanes, at.width);
  }
}

interface Position {
  readonly row: number;
  readonly vector: number;
  readonly width: Lanes | 1;
}

/** The highest position that a pointer running backwards must start from, in bytes above the lowest. */
function startOf(strides: readonly number[], dimensions: readonly Dimension[]): number {
  return strides.reduce(
    (sum, step, d) => sum + (step < 0 ? -step * (dimensions[d].length - 1) : 0),
    0,
  );
}
