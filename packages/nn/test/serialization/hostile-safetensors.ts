/**
 * @file Safetensors files that are wrong in one way each, with the problem that a refusal has to name.
 */
import type { SafetensorsProblem } from "../../src/serialization/safetensors-header.ts";
import type { CraftedFile } from "../hostile/hostile-files.ts";
import { fileOf, layout, oneTensor } from "./safetensors-files.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.of(...values);

/** A header length, written as it stands, and what follows. */
function withLength(length: bigint, rest: Uint8Array = new Uint8Array(16)): Uint8Array {
  const file = new Uint8Array(8 + rest.length);
  new DataView(file.buffer).setBigUint64(0, BigInt.asUintN(64, length), true);
  file.set(rest, 8);
  return file;
}

/** One tensor of four bytes, with `text` as the whole header. */
const raw = (text: string): Uint8Array => fileOf(text, new Uint8Array(4));

/** One tensor of four bytes, whose dtype, shape and offsets are written as they stand. */
const fields = (dtype: string, shape: string, offsets: string): Uint8Array =>
  raw(`{"w":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}}`);

const EMPTY = `{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`;
const BYTE_ORDER_MARK = "\ufeff";

export const CRAFTED: readonly CraftedFile<SafetensorsProblem>[] = [
  ["nothing", "truncated", bytes()],
  ["one byte", "truncated", bytes(8)],
  ["seven bytes of header length", "truncated", bytes(2, 0, 0, 0, 0, 0, 0)],
  ["a header length without header", "truncated", withLength(2n, bytes())],
  ["a header longer than the file", "truncated", withLength(17n)],
  ["a header of the largest length in a small file", "truncated", withLength(100_000_000n)],
  ["a header length above the limit", "header", withLength(100_000_001n)],
  ["a header length of 2^32", "header", withLength(2n ** 32n)],
  ["a header length of 2^53", "header", withLength(2n ** 53n)],
  ["a header length of 2^63", "header", withLength(2n ** 63n)],
  ["a header length of 2^64 - 1", "header", withLength(-1n)],
  ["a big-endian header length", "header", withLength(2n << 56n, bytes(0x7b, 0x7d))],
  ["a header length of 0", "header", withLength(0n)],
  ["a header length of 0 and nothing else", "header", withLength(0n, bytes())],
  ["a header of zeros", "header", withLength(16n)],
  ["a header of spaces", "header", fileOf(" ".repeat(8))],
  ["a header that begins with a space", "header", raw(" {}")],
  ["a byte order mark", "header", raw(`${BYTE_ORDER_MARK}{}`)],
  ["an array", "header", raw("[]")],
  ["a string", "header", raw('"w"')],
  ["null", "header", raw("null")],
  ["UTF-16", "header", raw("{\0}\0")],
  ["a byte that is no UTF-8", "header", fileOf(bytes(0x7b, 0xff, 0x7d))],
  ["overlong UTF-8", "header", fileOf(bytes(0x7b, 0x22, 0xc0, 0xa2, 0x22, 0x7d))],
  ["a surrogate in UTF-8", "header", fileOf(bytes(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d))],
  ["half of a surrogate pair as a name", "header", raw(`{"\\ud800":${EMPTY}}`)],
  ["a header cut in the middle", "header", raw('{"w":{"dtype":"F32","sh')],
  ["an open string", "header", raw('{"w')],
  ["an open escape", "header", raw('{"w\\')],
  ["a control character in a name", "header", raw(`{"\u0000":${EMPTY}}`)],
  ["text behind the header", "header", raw(`{"w":${EMPTY}}}`)],
  ["a second header", "header", raw("{}{}")],
  ["zeros as padding", "header", raw(`{"w":${EMPTY}}\0\0`)],
  ["a comma before the end", "header", raw(`{"w":${EMPTY},}`)],
  ["a comment", "header", raw(`{/**/"w":${EMPTY}}`)],
  ["single quotes", "header", raw("{'w':{}}")],
  ["a name without quotes", "header", raw(`{w:${EMPTY}}`)],
  ["a name that appears twice", "header", raw(`{"w":${EMPTY},"w":${EMPTY}}`)],
  ["the same name in two spellings", "header", raw(`{"w":${EMPTY},"\\u0077":${EMPTY}}`)],
  ["metadata that appear twice", "header", raw(`{"__metadata__":{},"__metadata__":{}}`)],
  ["a field that appears twice", "header", raw(`{"w":{"dtype":"U8","dtype":"F32"}}`)],
  ["a text that appears twice", "header", raw(`{"__metadata__":{"a":"1","a":"2"}}`)],
  ["__proto__ that appears twice", "header", raw(`{"__proto__":${EMPTY},"__proto__":${EMPTY}}`)],
  ["deep arrays", "header", () => raw(`{"w":${"[".repeat(50_000)}`)],
  ["deep objects", "header", () => raw('{"w":'.repeat(20_000))],
  ["NaN as a size", "header", fields('"F32"', "[NaN]", "[0,4]")],
  ["a size in hexadecimal", "header", fields('"F32"', "[0x1]", "[0,4]")],
  ["a size with a leading zero", "header", fields('"F32"', "[01]", "[0,4]")],
  ["metadata that are a list", "metadata", raw('{"__metadata__":["pt"]}')],
  ["metadata that are null", "metadata", raw('{"__metadata__":null}')],
  ["a number among the metadata", "metadata", raw('{"__metadata__":{"epoch":3}}')],
  ["an object among the metadata", "metadata", raw('{"__metadata__":{"a":{}}}')],
  ["an entry that is null", "entry", raw('{"w":null}')],
  ["an entry that is a number", "entry", raw('{"w":4}')],
  ["an entry that is a list", "entry", raw('{"w":[]}')],
  ["an entry under __proto__ that is a text", "entry", raw('{"__proto__":"F32"}')],
  ["a field that the format does not know", "entry", oneTensor({ strides: [1] })],
  ["a field named __proto__", "entry", raw(`{"w":{"__proto__":{},${EMPTY.slice(1)}}`)],
  ["no dtype", "dtype", oneTensor({ dtype: undefined })],
  ["a dtype that is null", "dtype", oneTensor({ dtype: null })],
  ["a dtype that is a list", "dtype", oneTensor({ dtype: ["F32"] })],
  ["a dtype in small letters", "dtype", oneTensor({ dtype: "f32" })],
  ["a dtype that is not read", "dtype", oneTensor({ dtype: "F8_E4M3" })],
  ["a dtype named as a property of objects", "dtype", oneTensor({ dtype: "constructor" })],
  ["a dtype named __proto__", "dtype", oneTensor({ dtype: "__proto__" })],
  ["no shape", "shape", oneTensor({ shape: undefined })],
  ["a shape that is a number", "shape", oneTensor({ shape: 3 })],
  ["a shape that is an object", "shape", oneTensor({ shape: { length: 1 } })],
  ["a negative size", "shape", oneTensor({ shape: [-3] })],
  ["two negative sizes", "shape", oneTensor({ shape: [-3, -1] })],
  ["a size of -0", "shape", fields('"F32"', "[-0]", "[0,4]")],
  ["a fraction as size", "shape", oneTensor({ shape: [1.5, 2] })],
  ["a size in quotes", "shape", oneTensor({ shape: ["3"] })],
  ["a size of 2^53", "shape", oneTensor({ shape: [2 ** 53] })],
  ["a size of 2^64", "shape", fields('"F32"', "[18446744073709551616]", "[0,4]")],
  ["an infinite size", "shape", fields('"F32"', "[1e999]", "[0,4]")],
  ["a product above 2^53", "shape", oneTensor({ shape: [2 ** 27, 2 ** 27] })],
  ["a product of 2^64, which wraps to 0", "shape", oneTensor({ shape: [2 ** 32, 2 ** 32] })],
  ["a million axes of 2", "shape", () => oneTensor({ shape: new Array(10_000).fill(2) })],
  ["no offsets", "offsets", oneTensor({ data_offsets: undefined })],
  ["one offset", "offsets", oneTensor({ data_offsets: [0] })],
  ["three offsets", "offsets", oneTensor({ data_offsets: [0, 12, 12] })],
  ["offsets in reverse", "offsets", oneTensor({ data_offsets: [12, 0] })],
  ["a negative offset", "offsets", oneTensor({ data_offsets: [-12, 0] })],
  ["a fraction as offset", "offsets", oneTensor({ data_offsets: [0, 12.5] })],
  ["an offset of 2^53", "offsets", oneTensor({ data_offsets: [2 ** 53, 2 ** 53 + 12] })],
  ["offsets of fewer bytes than the shape has", "offsets", oneTensor({ data_offsets: [0, 8] }, 8)],
  ["offsets of more bytes than the shape has", "offsets", oneTensor({ data_offsets: [0, 16] }, 16)],
  ["offsets of a wider dtype", "offsets", oneTensor({ dtype: "F64" })],
  ["bytes for a tensor without elements", "offsets", oneTensor({ shape: [0, 3] })],
  ["data that are missing", "truncated", oneTensor({}, 0)],
  ["data cut by one byte", "truncated", oneTensor({}, 11)],
  [
    "a tensor far beyond the file",
    "truncated",
    oneTensor({ shape: [2 ** 40], data_offsets: [0, 2 ** 42] }),
  ],
  ["one byte too many", "layout", oneTensor({}, 13)],
  ["data without tensors", "layout", raw("{}")],
  ["data behind empty tensors", "layout", raw(`{"w":${EMPTY}}`)],
  ["tensors that overlap", "layout", layout([[0, 4], [3, 8]], 8)], // biome-ignore format: offsets in one line
  ["two names for the same bytes", "layout", layout([[0, 4], [0, 4]], 4)], // biome-ignore format: offsets in one line
  ["an empty tensor inside of another", "layout", layout([[0, 4], [2, 2]], 4)], // biome-ignore format: offsets in one line
  ["a hole", "layout", layout([[0, 4], [5, 8]], 8)], // biome-ignore format: offsets in one line
  ["a hole at the beginning", "layout", layout([[1, 4]], 4)],
  ["a hole before an empty tensor", "layout", layout([[0, 4], [6, 6]], 6)], // biome-ignore format: offsets in one line
  ["a tensor at the end of the numbers", "layout", layout([[2 ** 53 - 1, 2 ** 53 - 1]], 0)],
  [
    "a boolean of 2",
    "value",
    fileOf(`{"w":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}`, bytes(1, 2)),
  ],
  [
    "a boolean of 255",
    "value",
    fileOf(`{"w":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}`, bytes(255)),
  ],
];
