/**
 * @file Where reductions accumulate, and how what was accumulated becomes their result.
 *
 * Sums of float32 are taken in float32 over short blocks only: a block's sum is added in float64, so the error
 * does not grow with the number of terms. Sums of float64 have the same blocks, which leaves their error at that of a
 * block and of the number of blocks.
 *
 * - innermost axis reduced: registers hold a block; each kept index has one vector in memory (two of float64)
 * - innermost axis kept: a row of sums holds a block of rows; each kept index has one number in memory
 */
import { bytesPerElement, type DType, isFloating } from "../../array/dtype.ts";
import { keptShape, type Shape, sizeOf } from "../../array/shape.ts";
import type { Code } from "../../backends/wasm/encoder.ts";
import type { Value } from "../program.ts";
import { advance, repeat } from "./control.ts";
import { emitLoad, emitStore, type Lanes } from "./elements.ts";
import { constant } from "./words.ts";

/** Numbers along a reduced innermost axis whose sum is taken by itself, of float32 in float32. */
export const BLOCK = 512;
/** Rows whose sum is taken by itself, of float32 in float32. */
export const BLOCK_ROWS = 128;

export interface Accumulator {
  readonly value: Value;
  /** Byte address of what is accumulated, and bytes for each kept index. */
  readonly address: number;
  readonly bytes: number;
  /** Whether it is float64 beside a value of float32. */
  readonly wide: boolean;
  /** For a kept innermost axis: the row of a block; null where rows are added to the result itself. */
  readonly blockRow: number | null;
}

export interface AccumulatorPlan {
  readonly of: ReadonlyMap<Value, Accumulator>;
  /** Bytes of scratch memory. */
  readonly bytes: number;
}

/** Whether the innermost axis that is longer than 1 is reduced. */
export function isInnermostReduced(domain: Shape, reduced: readonly number[]): boolean {
  const inner = domain.findLastIndex((n) => n > 1);
  return reduced.includes(inner);
}

/**
 * @param scratch byte address of the scratch memory.
 * @param addressOf byte address of the result of a reduction.
 */
export function planAccumulators(
  reductions: readonly Value[],
  domain: Shape,
  reduced: readonly number[],
  scratch: number,
  addressOf: (value: Value) => number,
  part: { readonly index: number; readonly count: number },
): AccumulatorPlan {
  const kept = sizeOf(keptShape(domain, reduced));
  const innerReduced = isInnermostReduced(domain, reduced);
  const row = domain.findLast((n) => n > 1) ?? 1;
  const hasBlocks = sizeOf(domain) / kept > BLOCK_ROWS;
  const of = new Map<Value, Accumulator>();
  let end = scratch;
  const take = (bytes: number): number => {
    const address = end;
    end += Math.ceil(bytes / 16) * 16;
    return address;
  };
  for (const value of reductions) {
    const wide = value.dtype === "float32" && isSum(value);
    if (innerReduced) {
      const bytes = wide ? 32 : 16;
      of.set(value, { value, address: take(kept * bytes), bytes, wide, blockRow: null });
    } else if (isSum(value) && isFloating(value.dtype) && hasBlocks) {
      // each thread has a row of its own
      const rowBytes = Math.ceil((row * bytesPerElement(value.dtype)) / 16) * 16;
      const blockRow = take(rowBytes * part.count) + rowBytes * part.index;
      const address = wide ? take(kept * 8) : addressOf(value);
      of.set(value, { value, address, bytes: 8, wide, blockRow });
    } else {
      const bytes = bytesPerElement(value.dtype);
      of.set(value, { value, address: addressOf(value), bytes, wide: false, blockRow: null });
    }
  }
  return { of, bytes: end - scratch };
}

function isSum({ op }: Value): boolean {
  return op.kind === "reduce" && op.combine === "add";
}

/** The number that changes nothing. */
function identityOf(value: Value): number {
  if (isSum(value)) return 0;
  return value.dtype === "int32" ? -(2 ** 31) : value.dtype === "bool" ? 0 : -Infinity;
}

/** A local with the number that changes nothing in every lane. */
export function identity(code: Code, value: Value): number {
  return constant(code, value.dtype, identityOf(value));
}

/** Combines the two vectors on the stack. */
export function emitCombine(code: Code, value: Value): void {
  const sum = isSum(value);
  if (value.dtype === "float32") code.op(sum ? "f32x4.add" : "f32x4.max");
  else if (value.dtype === "float64") code.op(sum ? "f64x2.add" : "f64x2.max");
  else if (value.dtype === "int32") code.op(sum ? "i32x4.add" : "i32x4.max_s");
  // of masks, all ones are true
  else code.op("v128.or");
}

/** Kept indices that are accumulated, counted in row-major order. */
export interface KeptRange {
  readonly first: number;
  readonly count: number;
}

/** Before the first block. */
export function emitClear(
  code: Code,
  { value, address, bytes, wide }: Accumulator,
  { first, count }: KeptRange,
): void {
  const start = wide ? constant(code, "float64", 0) : identity(code, value);
  emitFill(code, address + first * bytes, count * bytes, start);
}

/** Before the rows of a block. */
export function emitClearRow(code: Code, { value, blockRow }: Accumulator, length: number): void {
  if (blockRow === null) return;
  emitFill(code, blockRow, length * bytesPerElement(value.dtype), identity(code, value));
}

/** Adds the vectors of a block, in `registers`, at the address in `pointer` (null: 0) plus `offset`. */
export function emitFlushRegisters(
  code: Code,
  { value, wide }: Accumulator,
  registers: readonly number[],
  pointer: number | null,
  offset: number,
  lanes: Lanes,
): void {
  const at = (): Code => (pointer === null ? code.i32(0) : code.get(pointer));
  const block = code.local("v128");
  code.get(registers[0]);
  for (const register of registers.slice(1)) {
    code.get(register);
    emitCombine(code, value);
  }
  code.set(block);
  if (!wide) {
    at();
    at().memory("v128.load", offset).get(block);
    emitCombine(code, value);
    code.memory("v128.store", offset);
    return;
  }
  // of two numbers of 32 bits, the upper half was never meant
  for (const half of lanes === 2 ? [0] : [0, 1]) {
    at();
    at().memory("v128.load", offset + 16 * half);
    promote(code, block, half);
    code.op("f64x2.add").memory("v128.store", offset + 16 * half);
  }
}

/** The two low or the two high float32 of a local as float64. */
function promote(code: Code, vector: number, half: number): void {
  code.get(vector);
  if (half === 1) {
    const high = Array.from({ length: 16 }, (_, i) => (i + 8) % 16);
    code.get(vector).shuffle(high);
  }
  code.op("f64x2.promote_low_f32x4");
}

/** Adds the row of a block, `length` numbers, to the float64 at the address in `pointer` (null: 0) plus `offset`. */
export function emitFlushRow(
  code: Code,
  { value, blockRow }: Accumulator,
  length: number,
  pointer: number | null,
  offset: number,
): void {
  if (blockRow === null) return;
  const [from, to] = [code.local("i32"), code.local("i32")];
  code.i32(0).set(from);
  if (pointer === null) code.i32(0).set(to);
  else code.get(pointer).set(to);
  if (value.dtype === "float32") flushSingles(code, blockRow, length, from, to, offset);
  else flushDoubles(code, blockRow, length, from, to, offset);
}

function flushSingles(
  code: Code,
  blockRow: number,
  length: number,
  from: number,
  to: number,
  offset: number,
): void {
  const sums = code.local("v128");
  repeat(code, Math.floor(length / 4), () => {
    code.get(from).memory("v128.load", blockRow).set(sums);
    for (const half of [0, 1]) {
      code.get(to, to).memory("v128.load", offset + 16 * half);
      promote(code, sums, half);
      code.op("f64x2.add").memory("v128.store", offset + 16 * half);
    }
    advance(code, from, 16);
    advance(code, to, 32);
  });
  repeat(code, length % 4, () => {
    code.get(to, to).memory("f64.load", offset);
    code.get(from).memory("f32.load", blockRow).op("f64.promote_f32", "f64.add");
    code.memory("f64.store", offset);
    advance(code, from, 4);
    advance(code, to, 8);
  });
}

function flushDoubles(
  code: Code,
  blockRow: number,
  length: number,
  from: number,
  to: number,
  offset: number,
): void {
  repeat(code, Math.floor(length / 2), () => {
    code.get(to, to).memory("v128.load", offset);
    code.get(from).memory("v128.load", blockRow).op("f64x2.add");
    code.memory("v128.store", offset);
    advance(code, from, 16);
    advance(code, to, 16);
  });
  repeat(code, length % 2, () => {
    code.get(to, to).memory("f64.load", offset);
    code.get(from).memory("f64.load", blockRow).op("f64.add");
    code.memory("f64.store", offset);
    advance(code, from, 8);
    advance(code, to, 8);
  });
}

/** Writes the results from what was accumulated, where it is not the result itself. */
export function emitFinish(
  code: Code,
  accumulator: Accumulator,
  innerReduced: boolean,
  result: number,
  lanes: Lanes,
  { first, count }: KeptRange,
): void {
  const { value, bytes, wide } = accumulator;
  if (!innerReduced && !wide) return;
  const { dtype } = value;
  const address = accumulator.address + first * bytes;
  const target = result + first * bytesPerElement(dtype);
  const [from, to] = [code.local("i32"), code.local("i32")];
  const vector = code.local("v128");
  code.i32(0).set(from).i32(0).set(to);
  repeat(code, count, () => {
    if (!innerReduced) code.get(to).get(from).memory("f64.load", address);
    else if (wide) {
      code
        .get(from)
        .memory("v128.load", address)
        .get(from)
        .memory("v128.load", address + 16);
      code.op("f64x2.add").set(vector);
      code.get(to).get(vector).lane("f64x2.extract_lane", 0);
      code.get(vector).lane("f64x2.extract_lane", 1).op("f64.add");
    }
    if (wide) code.op("f32.demote_f64").memory("f32.store", target);
    else {
      code.get(from).memory("v128.load", address).set(vector);
      // of two numbers of 32 bits, the upper half was never meant
      if (dtype === "float64" || lanes === 4) fold(code, value, vector, 8);
      if (dtype !== "float64") fold(code, value, vector, 4);
      emitStore(code, dtype, 1, to, target, bytesPerElement(dtype), vector);
    }
    advance(code, from, bytes);
    advance(code, to, bytesPerElement(dtype));
  });
}

/** Combines a vector with itself, rotated by `shift` bytes. */
function fold(code: Code, value: Value, vector: number, shift: number): void {
  const order = Array.from({ length: 16 }, (_, i) => (i + shift) % 16);
  code.get(vector).get(vector, vector).shuffle(order);
  emitCombine(code, value);
  code.set(vector);
}

/** Adds the vectors in `parts` to the row of sums at `pointer` (null: 0) plus `offset`; `width` 1 is one number. */
export function emitAddToRow(
  code: Code,
  value: Value,
  parts: readonly number[],
  row: { readonly pointer: number | null; readonly offset: number; readonly step: number },
  lanes: Lanes,
  width: Lanes | 1,
): void {
  emitLoad(code, value.dtype, lanes, row.pointer, row.offset, width === 1 ? 0 : row.step);
  let sums = parts;
  while (sums.length > 1) {
    const pairs: number[] = [];
    for (let k = 0; k + 1 < sums.length; k += 2) {
      code.get(sums[k], sums[k + 1]);
      emitCombine(code, value);
      const pair = code.local("v128");
      code.set(pair);
      pairs.push(pair);
    }
    sums = sums.length % 2 === 1 ? [...pairs, sums[sums.length - 1]] : pairs;
  }
  code.get(sums[0]);
  emitCombine(code, value);
  const total = code.local("v128");
  code.set(total);
  emitStore(code, value.dtype, width, row.pointer, row.offset, row.step, total);
}

/** All ones in the first lane. */
export function firstLane(code: Code, dtype: DType): number {
  return dtype === "float64"
    ? code.hoist(BigInt64Array.of(-1n, 0n))
    : code.hoist(Int32Array.of(-1, 0, 0, 0));
}

/** Fills `bytes` (rounded up to vectors) from `address` on with the vector in `local`. */
function emitFill(code: Code, address: number, bytes: number, local: number): void {
  const position = code.local("i32");
  code.i32(0).set(position);
  repeat(code, Math.ceil(bytes / 16), () => {
    code.get(position, local).memory("v128.store", address);
    advance(code, position, 16);
  });
}
