/**
 * @file The header of npy files: a magic text, a version, and a Python dictionary of `descr`, `fortran_order` and
 * `shape` written as its source.
 *
 * Invariant: the dictionary is parsed, never evaluated; it has these three keys, each once, and nothing else.
 * What objects of Python would be, which numpy pickles, is refused by name.
 *
 * Format: numpy, `numpy.lib.format`, "Format Version 1.0" to "3.0".
 */
import type { FormatError } from "@tapegrad/autograd";
import { quote } from "./strict-json.ts";

/** What can be wrong with an npy file. */
export type NpyProblem =
  | "truncated"
  | "magic"
  | "version"
  | "header"
  | "pickled"
  | "dtype"
  | "shape"
  | "trailing"
  | "value";

export type RefuseNpy = (problem: NpyProblem, fact: string, remedy?: string) => FormatError;

export interface NpyHeader {
  readonly type: NpyType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly end: number;
}

/** The values of one type: their width, and what stored-types.ts calls them. */
export interface NpyType {
  readonly itemSize: number;
  readonly storedName: string;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const VERSION_AT = MAGIC.length;
const LENGTH_AT = VERSION_AT + 2;
/** What numpy reads from strangers, `max_header_size`. */
const MAX_HEADER = 10_000;
/** Values begin at a multiple of it, so that they can be viewed in place. */
const ALIGNMENT = 64;
/** numpy leaves room for a first axis that grows. */
const GROWTH_DIGITS = 21;

/** Kind and width as in `descr`, without the byte order. */
const TYPES: ReadonlyMap<string, NpyType> = new Map([
  ["f8", { itemSize: 8, storedName: "F64" }],
  ["f4", { itemSize: 4, storedName: "F32" }],
  ["f2", { itemSize: 2, storedName: "F16" }],
  ["i8", { itemSize: 8, storedName: "I64" }],
  ["i4", { itemSize: 4, storedName: "I32" }],
  ["i2", { itemSize: 2, storedName: "I16" }],
  ["i1", { itemSize: 1, storedName: "I8" }],
  ["u8", { itemSize: 8, storedName: "U64" }],
  ["u4", { itemSize: 4, storedName: "U32" }],
  ["u2", { itemSize: 2, storedName: "U16" }],
  ["u1", { itemSize: 1, storedName: "U8" }],
  ["b1", { itemSize: 1, storedName: "BOOL" }],
]);

/** Kinds of numpy that are no numbers of ours, by their letter. */
const OTHER_KINDS: ReadonlyMap<string, string> = new Map([
  ["c", "complex numbers"],
  ["S", "byte strings"],
  ["a", "byte strings"],
  ["U", "texts"],
  ["M", "dates"],
  ["m", "time differences"],
  ["V", "raw bytes"],
]);

/** Reads the header; the values are for npy.ts. */
export function parseNpyHeader(bytes: Uint8Array, refuse: RefuseNpy): NpyHeader {
  requireMagic(bytes, refuse);
  const { text, end } = headerText(bytes, refuse);
  const fields = new DictionaryReader(text, refuse).fields();
  const { type, bigEndian } = parseDescr(fields.descr, refuse);
  const size = fields.shape.reduce((product, length) => product * length, type.itemSize);
  if (!fields.shape.every(Number.isSafeInteger) || !Number.isSafeInteger(size)) {
    throw refuse("shape", `its shape ${show(fields.shape)} is more than 2^53 - 1 bytes`);
  }
  return { type, bigEndian, fortranOrder: fields.fortranOrder, shape: fields.shape, end };
}

function requireMagic(bytes: Uint8Array, refuse: RefuseNpy): void {
  const [first, second] = bytes;
  if (first === 0x80 && second <= 5) {
    throw refuse("pickled", "it is a pickle, which could run any code", SAVE_NUMBERS);
  }
  if (first === 0x50 && second === 0x4b) {
    throw refuse("magic", "it is a zip archive", "Read it with `parseNpz`.");
  }
  if (MAGIC.some((byte, at) => at < bytes.length && bytes[at] !== byte)) {
    throw refuse("magic", "it does not begin with 93 4e 55 4d 50 59, as npy files do");
  }
  if (bytes.length < LENGTH_AT + 2) {
    throw refuse("truncated", `it has ${bytes.length} bytes, but a header has at least 10`);
  }
}

const SAVE_NUMBERS = "Save arrays of numbers: `numpy.save(…, allow_pickle=False)`.";

function headerText(bytes: Uint8Array, refuse: RefuseNpy): { text: string; end: number } {
  const [major, minor] = bytes.subarray(VERSION_AT);
  if (major < 1 || major > 3 || minor !== 0) {
    const fact = `its version is ${major}.${minor}, but 1.0, 2.0 and 3.0 are read`;
    throw refuse("version", fact, "Save it with numpy again.");
  }
  const begin = LENGTH_AT + (major === 1 ? 2 : 4);
  if (bytes.length < begin) {
    throw refuse("truncated", `it has ${bytes.length} bytes, but its header begins at ${begin}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(LENGTH_AT, true) : view.getUint32(LENGTH_AT, true);
  if (length > MAX_HEADER) {
    throw refuse("header", `its header has ${length} bytes, but at most ${MAX_HEADER} are read`);
  }
  const end = begin + length;
  if (end > bytes.length) {
    throw refuse("truncated", `its header ends at ${end}, but it has ${bytes.length} bytes`);
  }
  return { text: decode(bytes.subarray(begin, end), major, refuse), end };
}

/** Version 3.0 brought UTF-8; what is read has only ASCII in any version. */
function decode(bytes: Uint8Array, major: number, refuse: RefuseNpy): string {
  try {
    return new TextDecoder(major === 3 ? "utf-8" : "latin1", { fatal: true }).decode(bytes);
  } catch {
    throw refuse("header", "its header is not valid UTF-8");
  }
}

function parseDescr(descr: string, refuse: RefuseNpy): { type: NpyType; bigEndian: boolean } {
  const [, order = "", kind = ""] = /^([<>|=]?)(.*)$/su.exec(descr) ?? [];
  if (kind.startsWith("O")) {
    throw refuse("pickled", "it holds Python objects, which are pickled", SAVE_NUMBERS);
  }
  const type = TYPES.get(kind);
  const convert = "Convert it in numpy, for example with `astype`.";
  if (type === undefined) {
    const other = OTHER_KINDS.get(kind.charAt(0));
    const what = other === undefined ? "" : ` (${other})`;
    const known = [...TYPES.keys()].join(", ");
    throw refuse("dtype", `its dtype is ${quote(descr)}${what}, but ${known} are read`, convert);
  }
  if (order !== "<" && order !== ">" && type.itemSize > 1) {
    throw refuse("dtype", `its dtype ${quote(descr)} does not say the order of bytes`, convert);
  }
  return { type, bigEndian: order === ">" };
}

interface Fields {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** A cursor over the source of the dictionary. Its patterns are sticky and cannot backtrack over more than a word. */
class DictionaryReader {
  readonly #text: string;
  readonly #refuse: RefuseNpy;
  #at = 0;

  constructor(text: string, refuse: RefuseNpy) {
    this.#text = text;
    this.#refuse = refuse;
  }

  fields(): Fields {
    let [descr, fortranOrder, shape]: [string?, boolean?, (readonly number[])?] = [];
    this.#expect("{");
    while (!this.#skip("}")) {
      const key = this.#string("a key");
      this.#expect(":");
      if (key === "descr" && descr === undefined) descr = this.#descr();
      else if (key === "fortran_order" && fortranOrder === undefined) fortranOrder = this.#bool();
      else if (key === "shape" && shape === undefined) shape = this.#tuple();
      else throw this.#refuse("header", `its header has the key ${quote(key)} twice or in vain`);
      if (!this.#skip(",")) {
        this.#expect("}");
        break;
      }
    }
    if (this.#peek() !== "") throw this.#unexpected("the end");
    if (descr === undefined || fortranOrder === undefined || shape === undefined) {
      throw this.#refuse("header", "its header lacks one of descr, fortran_order and shape");
    }
    return { descr, fortranOrder, shape };
  }

  #descr(): string {
    if (this.#peek() !== "[" && this.#peek() !== "(") return this.#string("a dtype");
    const convert = "Save each field as an array of its own.";
    throw this.#refuse("dtype", "its dtype is a structure of several fields", convert);
  }

  #bool(): boolean {
    const word = this.#match(/True|False/y);
    if (word === undefined) throw this.#unexpected("True or False");
    return word === "True";
  }

  #tuple(): readonly number[] {
    const sizes: number[] = [];
    this.#expect("(");
    while (!this.#skip(")")) {
      // Python 2 wrote some integers with an L
      const digits = this.#match(/[0-9]{1,20}L?/y);
      if (digits === undefined) throw this.#unexpected("a size of 0 or more", "shape");
      sizes.push(Number.parseInt(digits, 10));
      if (this.#skip(",")) continue;
      this.#expect(")", "shape");
      if (sizes.length === 1) throw this.#refuse("shape", "its shape is a number, not a tuple");
      break;
    }
    return sizes;
  }

  #string(what: string): string {
    const literal = this.#match(/'[^'\\\n]{0,200}'|"[^"\\\n]{0,200}"/y);
    if (literal === undefined) throw this.#unexpected(`${what} in quotes`);
    return literal.slice(1, -1);
  }

  /** The next character that is not white space, or "" at the end. */
  #peek(): string {
    while (" \n\r\t".includes(this.#text[this.#at] ?? "x")) this.#at++;
    return this.#text.charAt(this.#at);
  }

  #match(pattern: RegExp): string | undefined {
    this.#peek();
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }

  #skip(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string, problem: NpyProblem = "header"): void {
    if (!this.#skip(character)) throw this.#unexpected(`"${character}"`, problem);
  }

  #unexpected(what: string, problem: NpyProblem = "header"): FormatError {
    const next = this.#peek();
    const found = next === "" ? "the end" : quote(next);
    const fact = `its header has ${found} at character ${this.#at}, where ${what} should be`;
    return this.#refuse(problem, fact);
  }
}

const show = (shape: readonly number[]): string =>
  `(${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", …" : ""})`;

/** The header of row-major little-endian values, padded as numpy does. */
export function npyHeader(storedName: string, shape: readonly number[]): Uint8Array {
  const [kind, { itemSize }] = [...TYPES].find(([, type]) => type.storedName === storedName) ?? [
    "",
    { itemSize: 0 },
  ];
  const descr = `${itemSize === 1 ? "|" : "<"}${kind}`;
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const begin = LENGTH_AT + 2;
  const growth = shape.length === 0 ? 0 : GROWTH_DIGITS - String(shape[0]).length;
  const least = begin + dictionary.length + growth + 1;
  const end = least + ALIGNMENT - (least % ALIGNMENT);
  const header = new Uint8Array(end).fill(0x20);
  header.set([...MAGIC, 1, 0, (end - begin) & 0xff, (end - begin) >> 8]);
  header.set(new TextEncoder().encode(dictionary), begin);
  header[end - 1] = 0x0a;
  return header;
}
