/**
 * @file Reader of safetensors, the format in which PyTorch weights are usually passed on.
 *
 * Layout: 8 bytes of header length (little-endian), a JSON header in UTF-8, then the values. The header maps
 * names to `{ dtype, shape, data_offsets: [begin, end] }`, counted from its end, and `__metadata__` to strings.
 *
 * Invariants
 * - the bytes are from strangers: lengths, offsets and shapes are checked before anything is allocated for
 *   them, the tensors cover the data without overlap or hole, and every failure is a FormatError;
 * - a name is only ever a key of a Map.
 *
 * This module knows neither files nor tensors of the framework. Format: huggingface/safetensors, README, "Format".
 */
import { FormatError } from "@tapegrad/autograd";
import { STORED_TYPES, type StoredTensor, type StoredType } from "./stored-types.ts";
import { type JsonObject, type JsonValue, parseStrictJson, quote } from "./strict-json.ts";

export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

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

/** The limit of the reference implementation. */
const MAX_HEADER = 100_000_000;
const PREFIX = 8;
/** The header, an entry, its shape. */
const HEADER_DEPTH = 3;
const ENTRY_KEYS = ["dtype", "shape", "data_offsets"];
const SAVE_AGAIN = "The file is damaged or not safetensors; fetch or write it again.";

/**
 * Reads all tensors of a safetensors file.
 *
 * - dtypes: F32, F64, I32, I64 (as BigInt64Array), U8, BOOL (as bytes 0 and 1); others are refused by name
 * - `data` is a view on `bytes` where a tensor starts at a multiple of its item size in their buffer, which
 *   writers arrange for large tensors, and a copy where it does not
 * - `name` stands for the file in messages
 *
 * @throws FormatError if the bytes are not exactly one safetensors file of those dtypes.
 * @example
 * parseSafetensors(bytes, { name: "mlp.safetensors" }).tensors.get("0.weight")?.shape;   // [10, 6]
 */
export function parseSafetensors(
  bytes: Uint8Array,
  { name }: { readonly name: string },
): Safetensors {
  const refuse: Refuse = (problem, fact, remedy = SAVE_AGAIN) =>
    new FormatError("parseSafetensors", { name, problem }, () => `${name}: ${fact}. ${remedy}`);
  const { header, data } = splitHeader(bytes, refuse);
  const entries: Entry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [key, value] of header) {
    if (key === "__metadata__") metadata = parseMetadata(value, refuse);
    else entries.push(parseEntry(key, value, refuse));
  }
  requireGapless(entries, data.length, refuse);
  const tensors = new Map<string, StoredTensor>();
  for (const { key, type, shape, begin, end } of entries) {
    const stored = new Uint8Array(data.buffer, data.byteOffset + begin, end - begin);
    const tensor = type.decode(stored, shape);
    if (tensor.dtype === "bool") requireBits(key, tensor.data, refuse);
    tensors.set(key, tensor);
  }
  return { tensors, metadata };
}

type Refuse = (problem: SafetensorsProblem, fact: string, remedy?: string) => FormatError;

interface Entry {
  readonly key: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The header as JSON and the bytes after it. */
function splitHeader(bytes: Uint8Array, refuse: Refuse): { header: JsonObject; data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX) {
    throw refuse("truncated", `it has ${bytes.length} bytes, but the header length alone takes 8`);
  }
  const length = view.getBigUint64(0, true);
  if (length > MAX_HEADER) {
    throw refuse("header", `its header length is ${length}, but at most ${MAX_HEADER} is allowed`);
  }
  const rest = bytes.length - PREFIX;
  if (length > rest) {
    throw refuse("truncated", `its header length is ${length}, but only ${rest} bytes follow`);
  }
  const end = PREFIX + Number(length);
  const text = decodeUtf8(bytes.subarray(PREFIX, end), refuse);
  const header = text.startsWith("{") ? parseHeader(text, refuse) : undefined;
  if (!isObject(header)) {
    const fact = text === "" ? "is empty" : `begins with ${quote(text[0])}`;
    throw refuse("header", `its header ${fact}, but a header begins with "{"`);
  }
  return { header, data: bytes.subarray(end) };
}

const parseHeader = (text: string, refuse: Refuse): JsonValue =>
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

/** One tensor of the header; whether it lies inside the data is for requireGapless to see. */
function parseEntry(key: string, value: JsonValue, refuse: Refuse): Entry {
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
  return { key, type, shape, begin, end };
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

/** Checks that the tensors, ordered by offset, cover the data from its first byte to its last. */
function requireGapless(entries: readonly Entry[], length: number, refuse: Refuse): void {
  const ordered = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { key, begin, end } of ordered) {
    const tensor = `tensor ${quote(key)} has offsets ${show([begin, end])}`;
    if (end > length) {
      throw refuse("truncated", `${tensor}, but only ${length} bytes follow the header`);
    }
    if (begin < covered) {
      throw refuse(
        "layout",
        `${tensor}, but the tensor before it ends at ${covered}: they overlap`,
      );
    }
    if (begin > covered) {
      throw refuse(
        "layout",
        `${tensor}, but the data before it end at ${covered}: there is a hole`,
      );
    }
    covered = end;
  }
  if (covered < length) {
    throw refuse("layout", `its tensors end at ${covered}, but ${length} bytes follow the header`);
  }
}

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
