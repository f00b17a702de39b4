/**
 * @file The header of a safetensors file: what it says about tensors, checked before anything is read for them.
 *
 * Layout: 8 bytes of header length (little-endian), a JSON header in UTF-8, then the values. The header maps
 * names to `{ dtype, shape, data_offsets: [begin, end] }`, counted from its end, and `__metadata__` to strings.
 *
 * Invariants
 * - the bytes are from strangers: every failure is an error that `refuse` makes, and the tensors of a header that
 *   is accepted cover the data from its first byte on, without overlap or hole;
 * - a name is only ever a key of a Map.
 *
 * This module does not know where the bytes come from. Format: huggingface/safetensors, README, "Format".
 */
import { FormatError } from "@tapegrad/autograd";
import { STORED_TYPES, type StoredTensor, type StoredType } from "./stored-types.ts";
import { type JsonObject, type JsonValue, parseStrictJson, quote } from "./strict-json.ts";

export type SafetensorsProblem =
  | "truncated"
  | "header"
  | "metadata"
  | "entry"
  | "dtype"
  | "shape"
  | "offsets"
  | "layout"
  | "value";

/** One tensor of the header. */
export interface SafetensorsEntry {
  readonly key: string;
  /** Its name in the file, such as "BF16". */
  readonly dtype: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** From the first byte after the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of the header. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

export type Refuse = (problem: SafetensorsProblem, fact: string, remedy?: string) => FormatError;

/** The limit of the reference implementation. */
export const MAX_HEADER = 100_000_000;
/** The bytes of the header length. */
export const PREFIX = 8;
export const METADATA = "__metadata__";
/** The header, an entry, its shape. */
const HEADER_DEPTH = 3;
const ENTRY_KEYS = ["dtype", "shape", "data_offsets"];
const SAVE_AGAIN = "The file is damaged or not safetensors; fetch or write it again.";

/** Makes the errors of one reader of one file. */
export const refusing =
  (op: string, name: string): Refuse =>
  (problem, fact, remedy = SAVE_AGAIN) =>
    new FormatError(op, { name, problem }, () => `${name}: ${fact}. ${remedy}`);

/** The header length, of which the first bytes of a file are `prefix`; `available` bytes follow. */
export function headerLength(prefix: Uint8Array, refuse: Refuse): number {
  if (prefix.length < PREFIX) {
    throw refuse("truncated", `it has ${prefix.length} bytes, but the header length alone takes 8`);
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) {
    throw refuse("header", `its header length is ${length}, but at most ${MAX_HEADER} is allowed`);
  }
  return Number(length);
}

/** @throws what `refuse` makes if fewer bytes follow the header length than it says. */
export function requireWholeHeader(length: number, available: number, refuse: Refuse): void {
  if (length <= available) return;
  throw refuse("truncated", `its header length is ${length}, but only ${available} bytes follow`);
}

/** The bytes of a header as what they mean; whether the data are as long as it says is for requireLength. */
export function parseSafetensorsHeader(bytes: Uint8Array, refuse: Refuse): SafetensorsHeader {
  const text = decodeUtf8(bytes, refuse);
  const header = text.startsWith("{") ? parseJson(text, refuse) : undefined;
  if (!isObject(header)) {
    const fact = text === "" ? "is empty" : `begins with ${quote(text[0])}`;
    throw refuse("header", `its header ${fact}, but a header begins with "{"`);
  }
  const entries: SafetensorsEntry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [key, value] of header) {
    if (key === METADATA) metadata = parseMetadata(value, refuse);
    else entries.push(parseEntry(key, value, refuse));
  }
  requireGapless(entries, refuse);
  return { entries, metadata };
}

/** The entries as they follow one another in the file. */
export const inFileOrder = (entries: readonly SafetensorsEntry[]): readonly SafetensorsEntry[] =>
  entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);

/** Checks that the data end where the last tensor does. */
export function requireLength(
  entries: readonly SafetensorsEntry[],
  length: number,
  refuse: Refuse,
): void {
  const ordered = inFileOrder(entries);
  const cut = ordered.find(({ end }) => end > length);
  if (cut !== undefined) {
    throw refuse("truncated", `${placed(cut)}, but only ${length} bytes follow the header`);
  }
  const end = ordered.at(-1)?.end ?? 0;
  if (end === length) return;
  throw refuse("layout", `its tensors end at ${end}, but more bytes follow`);
}

/** A tensor of its bytes. */
export function decodeEntry(
  { key, type, shape }: SafetensorsEntry,
  bytes: Uint8Array,
  refuse: Refuse,
): StoredTensor {
  const tensor = type.decode(bytes, shape);
  if (tensor.dtype === "bool") requireBits(key, tensor.data, refuse);
  return tensor;
}

const parseJson = (text: string, refuse: Refuse): JsonValue =>
  parseStrictJson(text, {
    maxDepth: HEADER_DEPTH,
    refuse: (fact) => refuse("header", `its header is not strict JSON: ${fact}`),
  });

function decodeUtf8(bytes: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("header", "its header is not valid UTF-8");
  }
}

const isObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map;

function parseMetadata(value: JsonValue, refuse: Refuse): ReadonlyMap<string, string> {
  if (!isObject(value)) {
    throw refuse("metadata", `__metadata__ is ${describe(value)}, but it must be an object`);
  }
  const metadata = new Map<string, string>();
  for (const [key, text] of value) {
    if (typeof text !== "string") {
      const fact = `__metadata__ has ${describe(text)} under ${quote(key)}, but its values are strings`;
      throw refuse("metadata", fact);
    }
    metadata.set(key, text);
  }
  return metadata;
}

/** One tensor of the header; where it lies among the others is for requireGapless to see. */
function parseEntry(key: string, value: JsonValue, refuse: Refuse): SafetensorsEntry {
  const tensor = `tensor ${quote(key)}`;
  if (!isObject(value)) {
    throw refuse("entry", `${tensor} is ${describe(value)}, but it must be an object`);
  }
  const unknown = [...value.keys()].find((entryKey) => !ENTRY_KEYS.includes(entryKey));
  if (unknown !== undefined) {
    throw refuse(
      "entry",
      `${tensor} has the key ${quote(unknown)}, which the format does not know`,
    );
  }
  const dtype = value.get("dtype");
  if (typeof dtype !== "string") {
    throw refuse("dtype", `${tensor} has ${describe(dtype)} as dtype, but it must be a string`);
  }
  const type = STORED_TYPES.get(dtype);
  if (type === undefined) {
    const known = [...STORED_TYPES.keys()].join(", ");
    const fact = `${tensor} has dtype ${quote(dtype)}, but only ${known} are read`;
    throw refuse("dtype", fact, "Convert it before saving.");
  }
  const shape = parseShape(tensor, value.get("shape"), refuse);
  const [begin, end] = parseOffsets(tensor, value.get("data_offsets"), refuse);
  const byteLength = shape.reduce((product, size) => product * size, type.itemSize);
  if (!Number.isSafeInteger(byteLength)) {
    throw refuse("shape", `${tensor} has shape ${show(shape)}, which is more than 2^53 - 1 bytes`);
  }
  if (end - begin !== byteLength) {
    const fact = `${tensor} has shape ${show(shape)} of ${dtype}, which is ${byteLength} bytes`;
    throw refuse("offsets", `${fact}, but its offsets ${show([begin, end])} span ${end - begin}`);
  }
  return { key, dtype, type, shape, begin, end };
}

function parseShape(
  tensor: string,
  value: JsonValue | undefined,
  refuse: Refuse,
): readonly number[] {
  const shape = sizes(value);
  if (shape === undefined) {
    const fact = `${tensor} has ${describe(value)} as shape`;
    throw refuse("shape", `${fact}, but a shape is an array of integers from 0 to 2^53 - 1`);
  }
  return shape;
}

function parseOffsets(
  tensor: string,
  value: JsonValue | undefined,
  refuse: Refuse,
): readonly [number, number] {
  const offsets = sizes(value);
  if (offsets === undefined || offsets.length !== 2 || offsets[0] > offsets[1]) {
    const fact = `${tensor} has ${describe(value)} as data_offsets`;
    throw refuse("offsets", `${fact}, but they are two integers, begin and end, in order`);
  }
  return [offsets[0], offsets[1]];
}

const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] =>
  Array.isArray(value);

const isSize = (value: JsonValue): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && !Object.is(value, -0);

/** An array of non-negative safe integers, or undefined. */
function sizes(value: JsonValue | undefined): readonly number[] | undefined {
  return isArray(value) && value.every(isSize) ? value : undefined;
}

/** Checks that the tensors, ordered by offset, follow one another from the first byte of the data. */
function requireGapless(entries: readonly SafetensorsEntry[], refuse: Refuse): void {
  let covered = 0;
  for (const entry of inFileOrder(entries)) {
    const { begin, end } = entry;
    if (begin < covered) {
      const fact = `but the tensor before it ends at ${covered}: they overlap`;
      throw refuse("layout", `${placed(entry)}, ${fact}`);
    }
    if (begin > covered) {
      const fact = `but the data before it end at ${covered}: there is a hole`;
      throw refuse("layout", `${placed(entry)}, ${fact}`);
    }
    covered = end;
  }
}

const placed = ({ key, begin, end }: SafetensorsEntry): string =>
  `tensor ${quote(key)} has offsets ${show([begin, end])}`;

function requireBits(key: string, data: Uint8Array, refuse: Refuse): void {
  const wrong = data.findIndex((byte) => byte > 1);
  if (wrong < 0) return;
  const fact = `tensor ${quote(key)} is BOOL, but byte ${wrong} of it is ${data[wrong]}`;
  throw refuse("value", fact, "Store 0 and 1, or write it as U8.");
}

/** A JSON value for a message: short whatever its size. */
function describe(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  if (isObject(value)) return "an object";
  if (!isArray(value)) return String(value);
  return value.every((item) => typeof item === "number") ? show(value) : "an array of other values";
}

const show = (sizes: readonly number[]): string =>
  `[${sizes.slice(0, 8).join(", ")}${sizes.length > 8 ? ", …" : ""}]`;
