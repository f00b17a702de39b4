/**
 * @file Rows of numbers moved by vectors: copied, added, split into even and odd places and joined again.
 * Lengths are known, so what is left of a row is printed number by number.
 */
import type { Code } from "../../backends/wasm/encoder.ts";
import { MOVE } from "../../backends/wasm/instructions.ts";
import { advance, repeat } from "./control.ts";
import { bytesOf } from "./blocks.ts";
import type { GemmElement } from "./gemm.ts";

/** Vectors that are printed one after another; a longer row is a loop over them. */
const UNROLL = 8;

/**
 * Prints `vector(k)` for `count` vectors and `one(k)` for what is left; `k` is the number of the first of them
 * after the pointers, which move by `steps` bytes a number and stand where they stood in the end.
 */
export function alongRow(
  code: Code,
  length: number,
  lanes: number,
  pointers: readonly { readonly local: number; readonly step: number }[],
  vector: (k: number) => void,
  one: (k: number) => void,
): void {
  const vectors = Math.floor(length / lanes);
  const rounds = vectors <= UNROLL ? 0 : Math.floor(vectors / UNROLL);
  const move = (count: number): void => {
    for (const { local, step } of pointers) advance(code, local, count * step);
  };
  repeat(code, rounds, () => {
    for (let k = 0; k < UNROLL; k++) vector(k * lanes);
    move(UNROLL * lanes);
  });
  const rest = vectors - rounds * UNROLL;
  for (let k = 0; k < rest; k++) vector(k * lanes);
  for (let k = rest * lanes; k < length - rounds * UNROLL * lanes; k++) one(k);
  move(-rounds * UNROLL * lanes);
}

/** Copies `length` numbers. */
export function copyRow(
  code: Code,
  { bytes }: GemmElement,
  length: number,
  from: number,
  fromOffset: number,
  to: number,
  toOffset: number,
): void {
  const [load, store] = MOVE[bytes];
  alongRow(
    code,
    length,
    16 / bytes,
    [
      { local: from, step: bytes },
      { local: to, step: bytes },
    ],
    (k) => {
      code.get(to, from).memory("v128.load", fromOffset + k * bytes);
      code.memory("v128.store", toOffset + k * bytes);
    },
    (k) => {
      code.get(to, from).memory(load, fromOffset + k * bytes);
      code.memory(store, toOffset + k * bytes);
    },
  );
}

/** Adds `length` numbers, `toStep` bytes apart where they are added to. */
export function addRow(
  code: Code,
  { bytes, lane }: GemmElement,
  length: number,
  from: number,
  to: number,
  toStep: number,
): void {
  const one = (k: number): void => {
    const load = bytes === 4 ? "v128.load32_zero" : "v128.load64_zero";
    code
      .get(to, to)
      .memory(load, k * toStep)
      .get(from)
      .memory(load, k * bytes)
      .op(`${lane}.add`);
    code.memoryLane(bytes === 4 ? "v128.store32_lane" : "v128.store64_lane", k * toStep, 0);
  };
  const isContiguous = toStep === bytes;
  alongRow(
    code,
    length,
    isContiguous ? 16 / bytes : 1,
    [
      { local: from, step: bytes },
      { local: to, step: toStep },
    ],
    (k) => {
      if (!isContiguous) return one(k);
      code
        .get(to, to)
        .memory("v128.load", k * bytes)
        .get(from)
        .memory("v128.load", k * bytes);
      code.op(`${lane}.add`).memory("v128.store", k * bytes);
    },
    one,
  );
}

/** A row of neighbours, and one that has every other of them: `first` + t and `second` + t bytes after `inside`. */
interface SplitPlace {
  readonly outside: number;
  readonly inside: number;
  readonly first: number;
  readonly second: number;
}

/** Numbers 0, 2, 4, … of the row at `outside` to `first`, numbers 1, 3, … to `second`. */
export function splitRow(
  code: Code,
  { bytes }: GemmElement,
  length: number,
  { outside, inside, first, second }: SplitPlace,
): void {
  const lanes = 16 / bytes;
  const [a, b] = [code.local("v128"), code.local("v128")];
  const [load, store] = MOVE[bytes];
  const pointers = [
    { local: outside, step: 2 * bytes },
    { local: inside, step: bytes },
  ];
  const one = (k: number): void => {
    code
      .get(inside, outside)
      .memory(load, 2 * k * bytes)
      .memory(store, first + k * bytes);
    code
      .get(inside, outside)
      .memory(load, (2 * k + 1) * bytes)
      .memory(store, second + k * bytes);
  };
  const pair = (k: number): void => {
    code
      .get(outside)
      .memory("v128.load", 2 * k * bytes)
      .set(a);
    code
      .get(outside)
      .memory("v128.load", 2 * k * bytes + 16)
      .set(b);
    code
      .get(inside, a, b)
      .shuffle(everyOther(bytes, 0))
      .memory("v128.store", first + k * bytes);
    code
      .get(inside, a, b)
      .shuffle(everyOther(bytes, 1))
      .memory("v128.store", second + k * bytes);
  };
  const half = Math.floor(length / 2);
  alongRow(code, half, lanes, pointers, pair, one);
  if (length % 2 === 0) return;
  code
    .get(inside, outside)
    .memory(load, 2 * half * bytes)
    .memory(store, first + half * bytes);
}

/** The reverse of `splitRow`. */
export function joinRow(
  code: Code,
  { bytes }: GemmElement,
  length: number,
  { outside, inside, first, second }: SplitPlace,
): void {
  const lanes = 16 / bytes;
  const [a, b] = [code.local("v128"), code.local("v128")];
  const [load, store] = MOVE[bytes];
  const pointers = [
    { local: outside, step: 2 * bytes },
    { local: inside, step: bytes },
  ];
  const one = (k: number): void => {
    code
      .get(outside, inside)
      .memory(load, first + k * bytes)
      .memory(store, 2 * k * bytes);
    code
      .get(outside, inside)
      .memory(load, second + k * bytes)
      .memory(store, (2 * k + 1) * bytes);
  };
  const pair = (k: number): void => {
    code
      .get(inside)
      .memory("v128.load", first + k * bytes)
      .set(a);
    code
      .get(inside)
      .memory("v128.load", second + k * bytes)
      .set(b);
    code
      .get(outside, a, b)
      .shuffle(interleaved(bytes, 0))
      .memory("v128.store", 2 * k * bytes);
    code
      .get(outside, a, b)
      .shuffle(interleaved(bytes, 1))
      .memory("v128.store", 2 * k * bytes + 16);
  };
  const half = Math.floor(length / 2);
  alongRow(code, half, lanes, pointers, pair, one);
  if (length % 2 === 0) return;
  code
    .get(outside, inside)
    .memory(load, first + half * bytes)
    .memory(store, 2 * half * bytes);
}

function everyOther(bytes: number, first: number): number[] {
  return bytesOf(
    bytes,
    Array.from({ length: 16 / bytes }, (_, i) => first + 2 * i),
  );
}

/** The lower (0) or upper (1) half of two vectors, alternating. */
function interleaved(bytes: number, part: number): number[] {
  const lanes = 16 / bytes;
  const first = (part * lanes) / 2;
  return bytesOf(
    bytes,
    Array.from({ length: lanes }, (_, i) => first + (i >> 1) + (i % 2) * lanes),
  );
}
