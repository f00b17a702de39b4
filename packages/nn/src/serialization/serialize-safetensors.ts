/**
 * @file Writer of safetensors: a header, then the values, in the order in which the official library writes them.
 *
 * Invariant: what is written is read back with the same bits, and by the official library too. Wider values come
 * first, so that every tensor starts at a multiple of its item size, without holes.
 *
 * This module does not know files: see node/write-safetensors.ts. Format: huggingface/safetensors, "Format".
 */
import { DTypeError, type Shape, ShapeError, Tensor, ValueError } from "@tapegrad/autograd";
import { entriesOf, type Named } from "./named.ts";
import { MAX_HEADER, METADATA, PREFIX } from "./safetensors-header.ts";
import { bytesOf, STORED_NAMES, STORED_TYPES, type StoredTensor } from "./stored-types.ts";
import { quote } from "./strict-json.ts";

export interface SafetensorsOptions {
  /** Texts under `__metadata__`; PyTorch's tools expect `{ format: "pt" }`. */
  readonly metadata?: Named<string>;
}

/**
 * The bytes of a safetensors file.
 *
 * - dtypes: float32, float64, int32 and bool as F32, F64, I32 and BOOL; a StoredTensor in its own dtype, so that
 *   int64 can be written
 * - bits are kept, those of a NaN too
 *
 * @throws DTypeError if a value is no tensor; ShapeError if stored data do not fit their shape; ValueError if a
 *   name or text cannot be written.
 * @example
 * serializeSafetensors(model.stateDict(), { metadata: { format: "pt" } });   // Uint8Array
 * @see parseSafetensors, the way back.
 */
export function serializeSafetensors(
  tensors: Named<Tensor | StoredTensor>,
  options: SafetensorsOptions = {},
): Uint8Array {
  const stored = entriesOf(tensors).map(([name, value]) => [name, storedOf(name, value)] as const);
  const { header, order, byteLength } = planSafetensors(new Map(stored), options);
  const bytes = new Uint8Array(header.length + byteLength);
  bytes.set(header);
  let position = header.length;
  for (const { data } of order) {
    bytes.set(bytesOf(data), position);
    position += data.byteLength;
  }
  return bytes;
}

/** A tensor of which the file has to know before its values are there. */
export interface Described {
  readonly dtype: StoredTensor["dtype"];
  readonly shape: Shape;
}

export interface SafetensorsPlan<T> {
  /** The length of the header, and the header. */
  readonly header: Uint8Array;
  /** The tensors in the order in which their bytes follow. */
  readonly order: readonly T[];
  /** Of all values together. */
  readonly byteLength: number;
}

/** Lays out a file of tensors that are only described. */
export function planSafetensors<T extends Described>(
  tensors: ReadonlyMap<string, T>,
  { metadata = {} }: SafetensorsOptions,
): SafetensorsPlan<T> {
  const ordered = [...tensors].toSorted(([a, left], [b, right]) => {
    return rankOf(left.dtype) - rankOf(right.dtype) || (a < b ? -1 : 1);
  });
  const entries: (readonly [string, string])[] = [];
  const texts = entriesOf(metadata);
  if (texts.length > 0) entries.push([METADATA, metadataText(texts)]);
  let begin = 0;
  for (const [name, { dtype, shape }] of ordered) {
    const end = begin + byteLengthOf(dtype, shape);
    const [type, offsets] = [STORED_NAMES[dtype], [begin, end]];
    const entry = JSON.stringify({ dtype: type, shape, data_offsets: offsets });
    entries.push([requireName(name), entry]);
    begin = end;
  }
  const order = ordered.map(([, described]) => described);
  return { header: encodeHeader(objectText(entries)), order, byteLength: begin };
}

export function byteLengthOf(dtype: StoredTensor["dtype"], shape: Shape): number {
  const itemSize = STORED_TYPES.get(STORED_NAMES[dtype])?.itemSize ?? 0;
  return shape.reduce((product, size) => product * size, itemSize);
}

/** A tensor as it is stored, or one that already is. */
export function storedOf(name: string, value: Tensor | StoredTensor): StoredTensor {
  if (value instanceof Tensor) {
    const { dtype, shape } = value;
    return { dtype, shape, data: value.toTypedArray() } as StoredTensor;
  }
  requireStored(name, value);
  return value;
}

const TYPE_NAMES = [...STORED_TYPES.keys()];
const rankOf = (dtype: StoredTensor["dtype"]): number => TYPE_NAMES.indexOf(STORED_NAMES[dtype]);

function encodeHeader(text: string): Uint8Array {
  const json = new TextEncoder().encode(text);
  const length = Math.ceil(json.length / PREFIX) * PREFIX;
  requireSize(length);
  const header = new Uint8Array(PREFIX + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, PREFIX);
  return header;
}

function requireSize(length: number): void {
  if (length <= MAX_HEADER) return;
  const fact = `the header takes at least ${length} bytes, but readers allow ${MAX_HEADER}`;
  throw refuse(`${fact}. Write several files.`);
}

/** Written by hand, because an object of JavaScript reorders keys like "1". */
const objectText = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}`;

function metadataText(texts: readonly (readonly [string, unknown])[]): string {
  const entries = texts.map(([key, value]) => {
    if (typeof value !== "string") {
      const found = `the metadata under ${quote(key)} is a ${typeof value}`;
      throw refuse(`${found}, but safetensors holds strings. Write it as JSON text.`);
    }
    return [requireText(key), JSON.stringify(requireText(value))] as const;
  });
  return objectText(entries);
}

function requireName(name: string): string {
  if (name !== METADATA) return requireText(name);
  throw refuse(`a tensor is named ${METADATA}, which the format keeps for texts. Rename it.`);
}

function requireText(text: string): string {
  requireSize(text.length);
  if (!/\p{Surrogate}/u.test(text)) return text;
  const fact = `${quote(text)} holds half of a surrogate pair, which UTF-8 cannot write`;
  throw refuse(`${fact}. Correct the text.`);
}

function requireStored(name: string, value: StoredTensor): void {
  if (!ArrayBuffer.isView(value?.data) || STORED_NAMES[value.dtype] === undefined) {
    throw new DTypeError("serializeSafetensors", { name, found: typeof value }, (d) => {
      return `${quote(d.name)} is a ${d.found} and no tensor. Make one with \`tensor(…)\`.`;
    });
  }
  const { dtype, shape, data } = value;
  const expected = byteLengthOf(dtype, shape);
  if (data.byteLength !== expected) {
    const details = { name, dtype, shape, found: data.byteLength, expected };
    throw new ShapeError("serializeSafetensors", details, (d) => {
      return `${quote(d.name)} is ${d.dtype}[${d.shape.join(",")}], which takes ${d.expected} bytes, but its data has ${d.found}. Give it the shape of its data.`;
    });
  }
  if (dtype === "bool" && data.some((byte) => byte > 1)) {
    throw refuse(`${quote(name)} is bool, but not all its bytes are 0 or 1. Store it as uint8.`);
  }
}

const refuse = (text: string): ValueError<object> =>
  new ValueError("serializeSafetensors", {}, () => text);
