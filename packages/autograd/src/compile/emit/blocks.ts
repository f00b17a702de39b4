/**
 * @file Transposed blocks: vectors of numbers that lie along the other axis.
 */
import type { Code } from "../../backends/wasm/encoder.ts";
import { MOVE } from "../../backends/wasm/instructions.ts";
import { advance, repeat } from "./control.ts";
import type { GemmElement } from "./gemm.ts";

/** Replaces lane `lane` of the local `vector` by the number at the address on the stack plus `offset`. */
export function loadOne(
  code: Code,
  { bytes }: GemmElement,
  vector: number,
  offset: number,
  lane: number,
): void {
  const name = bytes === 4 ? "v128.load32_lane" : "v128.load64_lane";
  // the first makes the vector, so that it does not wait for what was in it before
  if (lane === 0) code.memory(bytes === 4 ? "v128.load32_zero" : "v128.load64_zero", offset);
  else code.get(vector).memoryLane(name, offset, lane);
  code.set(vector);
}

/** Bytes of a shuffle that takes whole numbers: `numbers` counts through both vectors. */
export function bytesOf(bytes: number, numbers: readonly number[]): number[] {
  return numbers.flatMap((n) => Array.from({ length: bytes }, (_, i) => n * bytes + i));
}

/**
 * A square block: vector i lies `offsets[i]` (a local) after `at`; its numbers become lane i of the vectors that
 * are stored `offset` after `to` and `step` bytes apart.
 */
export function transposeBlock(
  code: Code,
  { bytes }: GemmElement,
  at: number,
  offsets: readonly number[],
  to: number,
  offset: number,
  step: number,
): void {
  const rows = offsets.map((row) => {
    const vector = code.local("v128");
    code.get(at, row).op("i32.add").memory("v128.load").set(vector);
    return vector;
  });
  const mixed = (a: number, b: number, lanes: readonly number[], size: number): number => {
    const vector = code.local("v128");
    code.get(a, b).shuffle(bytesOf(size, lanes)).set(vector);
    return vector;
  };
  const stored = (vector: number, k: number): void => {
    code.get(to, vector).memory("v128.store", offset + k * step);
  };
  if (bytes === 8) {
    for (const k of [0, 1]) stored(mixed(rows[0], rows[1], [k, 2 + k], 8), k);
    return;
  }
  const [a, b, c, d] = rows;
  for (const part of [0, 1]) {
    const [low, high] = [0, 4].map((n) => n + 2 * part);
    const ab = mixed(a, b, [low, high, low + 1, high + 1], 4);
    const cd = mixed(c, d, [low, high, low + 1, high + 1], 4);
    stored(mixed(ab, cd, [0, 2], 8), 2 * part);
    stored(mixed(ab, cd, [1, 3], 8), 2 * part + 1);
  }
}

/** Copies the row-major matrix at the local `from` to `to`, columns first; both locals are moved. */
export function transposeMatrix(
  code: Code,
  element: GemmElement,
  rows: number,
  columns: number,
  from: number,
  to: number,
): void {
  const { bytes } = element;
  const lanes = 16 / bytes;
  const offsets = Array.from({ length: lanes }, (_, i) => {
    const offset = code.local("i32");
    code.i32(i * columns * bytes).set(offset);
    return offset;
  });
  const [load, store] = MOVE[bytes];
  const strip = (count: number): void => {
    const blocks = count === lanes ? Math.floor(columns / lanes) : 0;
    repeat(code, blocks, () => {
      transposeBlock(code, element, from, offsets, to, 0, rows * bytes);
      advance(code, from, 16);
      advance(code, to, lanes * rows * bytes);
    });
    repeat(code, columns - blocks * lanes, () => {
      for (let i = 0; i < count; i++) {
        code
          .get(to, from)
          .memory(load, i * columns * bytes)
          .memory(store, i * bytes);
      }
      advance(code, from, bytes);
      advance(code, to, rows * bytes);
    });
    advance(code, from, (count - 1) * columns * bytes);
    advance(code, to, (count - columns * rows) * bytes);
  };
  repeat(code, Math.floor(rows / lanes), () => strip(lanes));
  if (rows % lanes > 0) strip(rows % lanes);
  advance(code, to, (columns - 1) * rows * bytes);
}
