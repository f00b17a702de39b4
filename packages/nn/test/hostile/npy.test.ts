import { describe } from "vitest";
import { type NpyProblem, parseNpy } from "../../src/serialization/npy.ts";
import { dictionaryOf, npyFile } from "../serialization/npy-files.ts";
import { type CraftedFile, refuses, requireFit, survivesMutations } from "./hostile-files.ts";

const parse = (bytes: Uint8Array) => parseNpy(bytes, { name: "x.npy" });

const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i % 2);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
/** One byte, described by a dictionary of which parts can be wrong. */
const oneByte = (dictionary: string): Uint8Array => npyFile(dictionary, [1]);
const shaped = (shape: string, length = 1): Uint8Array =>
  npyFile(dictionaryOf("|u1", shape), numbers(length));
const typed = (descr: string): Uint8Array => npyFile(dictionaryOf(descr, "(2,)"), numbers(8));

describe("npy files", () => {
  survivesMutations({
    files: [
      npyFile(dictionaryOf("<f4", "(2, 3)"), numbers(24)),
      npyFile(dictionaryOf(">f8", "(2, 2)", true), numbers(32), [2, 0]),
      npyFile(dictionaryOf("<f2", "(4,)"), numbers(8), [3, 0]),
      npyFile(dictionaryOf(">f2", "(3, 2)", true), numbers(12)),
      npyFile(dictionaryOf("|b1", "(5, 1)"), numbers(5)),
      npyFile(dictionaryOf("<i8", "()"), numbers(8)),
      npyFile(dictionaryOf(">u2", "(12, 10)"), numbers(240)),
    ],
    parse,
    check: requireFit,
  });
});

const CRAFTED: readonly CraftedFile<NpyProblem>[] = [
  ["an empty file", "truncated", bytes()],
  ["the magic alone", "truncated", npyFile("{}").subarray(0, 6)],
  ["a file without the length of its header", "truncated", npyFile("{}").subarray(0, 9)],
  ["half of the length of a header", "truncated", npyFile("{}", [], [2, 0]).subarray(0, 11)],
  ["a header that is cut", "truncated", shaped("(1,)").subarray(0, 40)],
  ["a header longer than the file", "truncated", bytes(0x93, 78, 85, 77, 80, 89, 1, 0, 0xff, 0x1f)],
  ["a file without its values", "truncated", shaped("(5,)", 0)],
  ["a file without its last value", "truncated", shaped("(5,)", 4)],
  ["a float64 that is cut", "truncated", npyFile(dictionaryOf("<f8", "(2,)"), numbers(15))],
  ["a shape of 2^40 in a small file", "truncated", shaped("(1099511627776,)")],
  ["a shape of 2^52 in a small file", "truncated", shaped("(67108864, 67108864)")],
  ["a value too many", "trailing", shaped("(2,)", 3)],
  ["two arrays in one file", "trailing", bytes(...shaped("(1,)"), ...shaped("(1,)"))],
  ["values of an empty array", "trailing", shaped("(0, 3)")],
  [
    "a header length of 2^32 - 1",
    "header",
    bytes(0x93, 78, 85, 77, 80, 89, 2, 0, 255, 255, 255, 255, 1),
  ],
  ["a header beyond what numpy reads", "header", npyFile(" ".repeat(10_001))],
  ["an empty header", "header", npyFile("")],
  ["a header of JSON", "header", oneByte('{"descr": "|u1", "fortran_order": false, "shape": [1]}')],
  ["a dictionary that is not closed", "header", oneByte(dictionaryOf("|u1", "(1,)").slice(0, -1))],
  ["code behind the dictionary", "header", oneByte(`${dictionaryOf("|u1", "(1,)")}; import os`)],
  [
    "a call in place of a bool",
    "header",
    oneByte("{'descr': '|u1', 'fortran_order': exit(), 'shape': (1,)}"),
  ],
  [
    "an expression in place of a text",
    "header",
    oneByte("{'descr': '|' + 'u1', 'fortran_order': False, 'shape': (1,)}"),
  ],
  [
    "an escape in a text",
    "header",
    oneByte("{'descr': '\\x7cu1', 'fortran_order': False, 'shape': (1,)}"),
  ],
  [
    "a number in place of a bool",
    "header",
    oneByte("{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}"),
  ],
  ["a dictionary without descr", "header", oneByte("{'fortran_order': False, 'shape': (1,)}")],
  ["a dictionary without shape", "header", oneByte("{'descr': '|u1', 'fortran_order': False}")],
  ["a dictionary without fortran_order", "header", oneByte("{'descr': '|u1', 'shape': (1,)}")],
  ["an empty dictionary", "header", oneByte("{}")],
  [
    "a key that appears twice",
    "header",
    oneByte("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}"),
  ],
  [
    "a key that numpy does not know",
    "header",
    oneByte("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}"),
  ],
  [
    "the key __proto__",
    "header",
    oneByte("{'__proto__': '|u1', 'fortran_order': False, 'shape': (1,)}"),
  ],
  ["a set", "header", oneByte("{'descr', 'fortran_order', 'shape'}")],
  [
    "a byte in place of a brace",
    "header",
    npyFile("{'\u0000'", []).map((byte) => (byte === 0x7b ? 0xff : byte)),
  ],
  [
    "version 3.0 with a byte of latin-1",
    "header",
    () => {
      const file = npyFile(dictionaryOf("|u1", "(1,)"), [1], [3, 0]);
      file[file.indexOf(0x75)] = 0xe9;
      return file;
    },
  ],
  ["a deep nesting", "header", oneByte("{".repeat(5000))],
  ["a negative size", "shape", shaped("(-1,)")],
  ["a fraction", "shape", shaped("(1.0,)")],
  ["a size in exponents", "shape", shaped("(1e3,)")],
  ["a size in hexadecimal", "shape", shaped("(0x1,)")],
  ["a size of True", "shape", shaped("(True,)")],
  ["a size of 2^64", "shape", shaped("(18446744073709551616,)")],
  ["a size of thirty digits", "shape", shaped(`(${"9".repeat(30)},)`)],
  ["a product beyond 2^53", "shape", shaped("(4294967296, 4294967296)")],
  ["a product beyond 2^53 that ends in 0", "shape", shaped("(99999999999999999999, 0)", 0)],
  ["a product that wraps", "shape", shaped("(4294967296, 4294967296, 4294967296, 4294967296)")],
  ["a number in place of a shape", "shape", shaped("(1)")],
  ["a list in place of a shape", "header", shaped("[1]")],
  ["a comma alone", "shape", shaped("(,)")],
  ["a shape of a shape", "shape", shaped("((1,),)")],
  ["objects", "pickled", typed("|O")],
  ["objects of eight bytes", "pickled", typed("|O8")],
  ["a pickle", "pickled", bytes(0x80, 4, 0x95, 10, 0, 0, 0)],
  ["complex numbers", "dtype", typed("<c8")],
  ["texts", "dtype", typed("<U4")],
  ["byte strings", "dtype", typed("|S4")],
  ["dates", "dtype", typed("<M8[ns]")],
  ["raw bytes", "dtype", typed("|V4")],
  ["a float of 128 bits", "dtype", typed("<f16")],
  ["an integer of three bytes", "dtype", typed("<i3")],
  ["a dtype that is empty", "dtype", typed("")],
  ["a dtype of a prototype's property", "dtype", typed("constructor")],
  ["wide values without an order of bytes", "dtype", typed("|f4")],
  ["wide values in the order of another machine", "dtype", typed("=f4")],
  ["an order of bytes alone", "dtype", typed("<")],
  ["fields", "dtype", oneByte("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (1,)}")],
  [
    "a field with a shape",
    "dtype",
    oneByte("{'descr': ('|u1', (1,)), 'fortran_order': False, 'shape': ()}"),
  ],
  ["version 0.0", "version", npyFile(dictionaryOf("|u1", "(1,)"), [1], [0, 0])],
  ["version 1.1", "version", npyFile(dictionaryOf("|u1", "(1,)"), [1], [1, 1])],
  ["version 4.0", "version", npyFile(dictionaryOf("|u1", "(1,)"), [1], [4, 0])],
  ["version 255.255", "version", npyFile(dictionaryOf("|u1", "(1,)"), [1], [255, 255])],
  ["a zip archive", "magic", text("PK\u0003\u0004 an npz file")],
  ["a text", "magic", text("1,2,3\n4,5,6\n")],
  ["a single wrong byte", "magic", bytes(0x92)],
  ["another format", "magic", bytes(0x93, 78, 85, 77, 80, 90, 1, 0, 0, 0)],
  ["a bool that is 2", "value", npyFile(dictionaryOf("|b1", "(3,)"), [0, 1, 2])],
  [
    "a bool that is 255, columns first",
    "value",
    npyFile(dictionaryOf("|b1", "(1, 2)", true), [255, 0]),
  ],
];

describe("a crafted npy file", () => {
  refuses(parse, CRAFTED);
});
