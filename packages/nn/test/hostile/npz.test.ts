import { deflateRawSync } from "node:zlib";
import { describe } from "vitest";
import { type NpzProblem, parseNpz } from "../../src/serialization/npz.ts";
import { dictionaryOf, npyFile } from "../serialization/npy-files.ts";
import { withChecksums, type ZipEnd, type ZipFile, zipFile } from "../serialization/zip-files.ts";
import { type CraftedFile, refuses, requireFit, survivesMutations } from "./hostile-files.ts";

const LIMIT = 4096;
/** What fflate unpacks into, whatever the size: windows and what one portion of a small file can hold, in several copies. */
const INFLATER = 2 ** 21;

const parse = (bytes: Uint8Array) => parseNpz(bytes, { name: "d.npz", maxBytes: LIMIT });

const array = npyFile(dictionaryOf("|u1", "(3,)"), [1, 2, 3]);
const floats = npyFile(dictionaryOf("<f4", "(4, 5)"), new Uint8Array(80).fill(63));

const one = (fields: Partial<ZipFile> = {}, end: ZipEnd = {}): Uint8Array =>
  zipFile([{ name: "a.npy", data: array, ...fields }], end);
const named = (name: string | Uint8Array): Uint8Array => one({ name });
const two = (first: Partial<ZipFile>, second: Partial<ZipFile>): Uint8Array =>
  zipFile([
    { name: "a.npy", data: array, ...first },
    { name: "b.npy", data: array, ...second },
  ]);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("npz files", () => {
  survivesMutations<ReadonlyMap<string, Parameters<typeof requireFit>[0]>>({
    files: [
      one(),
      zipFile([
        { name: "weights.npy", data: floats },
        { name: "more/bias.npy", data: array, deflate: true, localExtra: 20 },
        { name: "c.npy", data: npyFile(dictionaryOf("<i8", "()"), new Uint8Array(8)) },
      ]),
      zipFile([{ name: "x.npy", data: floats }], { comment: "numbers" }),
      zipFile([]),
    ],
    parse,
    check: (arrays) => {
      for (const read of arrays.values()) requireFit(read);
    },
    repair: withChecksums,
    allowance: LIMIT + INFLATER,
  });
});

/** A megabyte of zeros in a thousand bytes, and a file that says so or not. */
const bomb = deflateRawSync(new Uint8Array(1_000_000));
const packed = (data: Uint8Array, size: number): Uint8Array =>
  one({ data, size, method: 8, checksum: 0 });

const CRAFTED: readonly CraftedFile<NpzProblem>[] = [
  ["an empty file", "truncated", bytes()],
  ["a file of zeros", "truncated", new Uint8Array(100)],
  ["a text", "truncated", new TextEncoder().encode("a,b\n1,2\n")],
  ["an archive without its end", "truncated", one().subarray(0, -22)],
  ["an archive without its last byte", "truncated", one().subarray(0, -1)],
  ["a byte behind the end", "truncated", bytes(...one(), 0)],
  ["a comment that is cut", "truncated", one({}, { comment: "text" }).subarray(0, -2)],
  ["a file that reaches into the directory", "truncated", one({ packedSize: 200, size: 200 })],
  [
    "a local header that is too long",
    "truncated",
    () => {
      const file = one();
      file[28] = 200;
      return file;
    },
  ],
  ["a directory that is not there", "directory", one({}, { offset: 0 })],
  ["a directory that is too long", "directory", one({}, { size: 500 })],
  ["a directory of 2^32 - 2 bytes", "directory", one({}, { size: 0xfffffffe })],
  ["an offset of 2^31", "directory", one({}, { offset: 2 ** 31 })],
  ["more entries than the directory has", "directory", one({}, { count: 2 })],
  ["65534 entries", "directory", one({}, { count: 65_534 })],
  ["fewer entries than the directory has", "directory", one({}, { count: 0 })],
  ["a part of an archive", "directory", one({}, { disk: 1 })],
  ["a ZIP64 archive", "directory", one({}, { offset: 0xffffffff })],
  ["65535 entries, which is ZIP64", "directory", one({}, { count: 65_535 })],
  [
    "an entry without its signature",
    "directory",
    () => {
      const file = one();
      file[file.length - 22 - 46 - 5] = 0;
      return file;
    },
  ],
  [
    "a name longer than the directory",
    "directory",
    () => {
      const file = one();
      file[file.length - 22 - 46 - 5 + 28] = 255;
      return file;
    },
  ],
  ["a file at another place", "directory", one({ offset: 7 })],
  ["a file at 2^32 - 1", "directory", one({ offset: 0xffffffff })],
  ["a file whose header has another name", "directory", one({ localName: "b.npy" })],
  ["a file whose header has a longer name", "directory", one({ localName: "a.npy.exe" })],
  ["a file whose header has another method", "directory", one({ localMethod: 8 })],
  ["a name that climbs", "name", named("../a.npy")],
  ["a name that climbs later", "name", named("a/../../b.npy")],
  ["an absolute name", "name", named("/etc/a.npy")],
  ["a name of another system", "name", named("..\\a.npy")],
  ["a name on a drive", "name", named("C:a.npy")],
  ["a name with a NUL", "name", named("a.npy\u0000.npy")],
  ["a name with a line end", "name", named("a\nb.npy")],
  ["a name of the folder itself", "name", named("./a.npy")],
  ["a name with an empty part", "name", named("a//b.npy")],
  ["a folder", "name", named("a.npy/")],
  ["an empty name", "name", named("")],
  ["a name that is an ending", "name", named(".npy")],
  ["a name of 1200 characters", "name", named(`${"a".repeat(1200)}.npy`)],
  ["a name that is no UTF-8", "name", named(bytes(0x61, 0xff, 0x2e, 0x6e, 0x70, 0x79))],
  ["a script beside the arrays", "name", named("setup.py")],
  ["a pickle beside the arrays", "name", named("data.pkl")],
  ["two files of one name", "duplicate", two({}, { name: "a.npy" })],
  ["two entries for one file", "duplicate", two({}, { name: "a.npy", offset: 0 })],
  ["a file that reaches into the next", "overlap", two({ packedSize: 150, size: 150 }, {})],
  [
    "a file inside of another",
    "overlap",
    () => {
      const inner = one({ name: "b.npy" }).subarray(0, 30 + 5 + array.length);
      return two({ data: inner }, { offset: 35 });
    },
  ],
  ["an encrypted file", "encrypted", one({ flags: 1 })],
  ["a file of strong encryption", "encrypted", one({ flags: 0x41 })],
  ["a file of a masked header", "encrypted", one({ flags: 0x2000 })],
  ["a file of bzip2", "compression", one({ method: 12 })],
  ["a file of lzma", "compression", one({ method: 14 })],
  ["a file of method 65535", "compression", one({ method: 65_535 })],
  ["a stored file of another size", "size", one({ size: array.length + 1 })],
  ["a stored file of no bytes", "size", one({ size: 0 })],
  [
    "a file of 2^32 - 1 bytes in ten",
    "size",
    one({ method: 8, data: new Uint8Array(10), size: 0xffffffff }),
  ],
  [
    "a file that no deflate can be",
    "size",
    one({ method: 8, data: new Uint8Array(10), size: 20_000 }),
  ],
  ["a bomb that says how large it is", "limit", packed(bomb, 1_000_000)],
  ["a bomb that says it is small", "size", packed(bomb, 100)],
  ["a bomb in its last byte", "size", packed(deflateRawSync(new Uint8Array(101)), 100)],
  ["a file that unpacks to less", "size", packed(deflateRawSync(new Uint8Array(99)), 100)],
  [
    "a hundred files of 100 bytes",
    "limit",
    () => zipFile(Array.from({ length: 100 }, (_, i) => ({ name: `${i}.npy`, data: array }))),
  ],
  ["a stream that is no deflate", "deflate", packed(bytes(7, 7, 7, 7), 100)],
  ["a stream that is cut", "deflate", packed(deflateRawSync(array).subarray(0, 20), array.length)],
  ["a wrong checksum", "checksum", one({ checksum: 1 })],
  ["a wrong checksum of a deflated file", "checksum", one({ deflate: true, checksum: 1 })],
  [
    "a checksum of other data",
    "checksum",
    () => {
      const file = one();
      file[30 + 5 + array.length - 1] ^= 1;
      return file;
    },
  ],
  ["an array of objects", "pickled", one({ data: npyFile(dictionaryOf("|O", "(1,)"), [0]) })],
  ["a pickle under the name of an array", "pickled", one({ data: bytes(0x80, 4, 0x95, 0) })],
  ["an archive in the archive", "magic", one({ data: one() })],
  ["an array without its values", "truncated", one({ data: array.subarray(0, -1) })],
  ["an empty file as array", "truncated", one({ data: bytes() })],
];

describe("a crafted npz file", () => {
  refuses(parse, CRAFTED, { allowance: LIMIT + INFLATER });
});
