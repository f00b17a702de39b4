import { describe } from "vitest";
import { type IdxArray, type IdxProblem, parseIdx } from "../../src/data/idx.ts";
import { type CraftedFile, refuses, requireFit, survivesMutations } from "./hostile-files.ts";

const parse = (bytes: Uint8Array): IdxArray => parseIdx(bytes, { name: "a.idx" });

const size = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

/** A header as it stands, and `length` values of which the first are given. */
function file(code: number, shape: readonly number[], length: number): Uint8Array {
  const header = [0, 0, code, shape.length, ...shape.flatMap(size)];
  const bytes = new Uint8Array(header.length + length).fill(7);
  bytes.set(header);
  return bytes;
}

const TYPES = [
  [0x08, 1],
  [0x09, 1],
  [0x0b, 2],
  [0x0c, 4],
  [0x0d, 4],
  [0x0e, 8],
] as const;
const LARGE = 2 ** 32 - 1;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("IDX files", () => {
  survivesMutations<IdxArray>({
    files: [
      ...TYPES.map(([code, width]) => file(code, [3, 2, 4], 24 * width)),
      file(8, [28, 28], 784),
      file(8, [1], 1),
    ],
    parse,
    check: requireFit,
  });
});

const CRAFTED: readonly CraftedFile<IdxProblem>[] = [
  ["an empty file", "truncated", bytes()],
  ["a single byte", "truncated", bytes(0)],
  ["three bytes", "truncated", bytes(0, 0, 8)],
  ["a header without sizes", "truncated", bytes(0, 0, 8, 3)],
  ["a header that ends within a size", "truncated", file(8, [2, 3], 6).subarray(0, 10)],
  ["a header of 255 sizes in a short file", "truncated", bytes(0, 0, 8, 255, 0, 0, 0, 1)],
  ["a file without its values", "truncated", file(8, [2, 3], 0)],
  ["a file without its last value", "truncated", file(8, [2, 3], 5)],
  ["a count of 60000 images in a small file", "truncated", file(8, [60_000, 28, 28], 784)],
  ["a count of 2^32 - 1", "truncated", file(8, [LARGE], 10)],
  ["a count whose sign bit is set", "truncated", file(8, [2 ** 31], 10)],
  ["sizes of little-endian order", "truncated", bytes(0, 0, 8, 1, 2, 0, 0, 0, 7, 7)],
  ["half of the bytes that float64 takes", "truncated", file(0x0e, [4], 16)],
  ["an int16 that is cut in two", "truncated", file(0x0b, [4], 7)],
  ["a product just below 2^53 in a small file", "truncated", file(8, [2 ** 26, 2 ** 26], 16)],
  ["one byte too many", "trailing", file(8, [2, 3], 7)],
  ["another file behind the first", "trailing", file(8, [2], 12)],
  ["float32 values under the code of bytes", "trailing", file(8, [4], 16)],
  ["a count that is too small", "trailing", file(8, [1, 28, 28], 1568)],
  ["values under a rank that is too small", "trailing", file(8, [2], 6)],
  ["a product of 2^64", "overflow", file(8, [LARGE, LARGE], 16)],
  [
    "a product that wraps to a small number",
    "overflow",
    file(8, [2 ** 16, 2 ** 16, 2 ** 16, 2 ** 16], 16),
  ],
  ["a product that is infinite", "overflow", file(8, new Array<number>(255).fill(LARGE), 16)],
  ["a product beyond 2^53 by the width of float64", "overflow", file(0x0e, [2 ** 26, 2 ** 26], 16)],
  ["a product of exactly 2^53", "overflow", file(8, [2 ** 27, 2 ** 26], 16)],
  ["no samples", "size", file(8, [0], 0)],
  ["no rows", "size", file(8, [5, 0, 3], 0)],
  ["an empty axis beside a huge one", "size", file(8, [LARGE, LARGE, 0], 0)],
  ["rank 0", "rank", file(8, [], 0)],
  ["rank 0 with a value", "rank", file(0x0c, [], 4)],
  ["code 0", "type", file(0, [2], 2)],
  ["code 7", "type", file(7, [2], 2)],
  ["code 10, which is between two types", "type", file(0x0a, [2], 2)],
  ["code 15", "type", file(0x0f, [2], 2)],
  ["code 255", "type", file(255, [2], 2)],
  ["a code of a prototype's property", "type", bytes(0, 0, 99, 1, 0, 0, 0, 1, 0)],
  ["a gzip stream", "magic", bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0)],
  ["a zip archive", "magic", text("PK\u0003\u0004aaaa")],
  ["an npy file", "magic", bytes(0x93, ...text("NUMPY"), 1, 0)],
  ["a PNG image", "magic", bytes(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10)],
  ["a text", "magic", text("<!DOCTYPE html>")],
  ["a second byte that is not 0", "magic", bytes(0, 1, 8, 1, 0, 0, 0, 1, 0)],
  ["a pickle", "magic", bytes(0x80, 4, 0x95, 0)],
];

describe("a crafted IDX file", () => {
  refuses(parse, CRAFTED);
});
