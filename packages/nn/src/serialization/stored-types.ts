/**
 * @file The element types of stored tensors: their names in the file, and how their little-endian bytes become
 * typed arrays and back.
 *
 * Invariant: values are moved as bytes, never as numbers, so that every NaN keeps its payload. Bytes are viewed
 * where they start at a multiple of the item size and the machine is little-endian, and copied otherwise.
 * This module does not know where in a file the bytes lie, and trusts that their number fits the shape.
 */
import { widenBFloat16, widenFloat16 } from "./half-precision.ts";

/** Numbers of one element type with their shape, as a file has them. */
export interface Stored<DTypeName extends string, Data> {
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  /** Row-major; `bool` is stored as bytes 0 and 1. */
  readonly data: Data;
}

/** A tensor of a file, of any element type that files have; `toTensor` makes one of this library of it. */
export type StoredTensor =
  | Stored<"float32", Float32Array>
  | Stored<"float64", Float64Array>
  | Stored<"int8", Int8Array>
  | Stored<"int16", Int16Array>
  | Stored<"int32", Int32Array>
  | Stored<"int64", BigInt64Array>
  | Stored<"uint8", Uint8Array>
  | Stored<"uint16", Uint16Array>
  | Stored<"uint32", Uint32Array>
  | Stored<"uint64", BigUint64Array>
  | Stored<"bool", Uint8Array>;

export interface StoredType {
  /** Bytes per value. */
  readonly itemSize: number;
  readonly decode: (bytes: Uint8Array, shape: readonly number[]) => StoredTensor;
}

const storedType = (itemSize: number, decode: StoredType["decode"]): StoredType => ({
  itemSize,
  decode,
});

/**
 * The types that are read, by their name in the file, widest first: the order in which writers lay them out,
 * so that every tensor starts at a multiple of its item size. F16 and BF16 are widened to float32, exactly.
 */
export const STORED_TYPES: ReadonlyMap<string, StoredType> = new Map<string, StoredType>([
  ["U64", storedType(8, (b, shape) => ({ dtype: "uint64", shape, data: view(BigUint64Array, b) }))],
  ["I64", storedType(8, (b, shape) => ({ dtype: "int64", shape, data: view(BigInt64Array, b) }))],
  ["F64", storedType(8, (b, shape) => ({ dtype: "float64", shape, data: view(Float64Array, b) }))],
  ["F32", storedType(4, (b, shape) => ({ dtype: "float32", shape, data: view(Float32Array, b) }))],
  ["U32", storedType(4, (b, shape) => ({ dtype: "uint32", shape, data: view(Uint32Array, b) }))],
  ["I32", storedType(4, (b, shape) => ({ dtype: "int32", shape, data: view(Int32Array, b) }))],
  ["BF16", storedType(2, (b, shape) => widened(widenBFloat16(b), shape))],
  ["F16", storedType(2, (b, shape) => widened(widenFloat16(b), shape))],
  ["U16", storedType(2, (b, shape) => ({ dtype: "uint16", shape, data: view(Uint16Array, b) }))],
  ["I16", storedType(2, (b, shape) => ({ dtype: "int16", shape, data: view(Int16Array, b) }))],
  ["I8", storedType(1, (b, shape) => ({ dtype: "int8", shape, data: view(Int8Array, b) }))],
  ["U8", storedType(1, (data, shape) => ({ dtype: "uint8", shape, data }))],
  ["BOOL", storedType(1, (data, shape) => ({ dtype: "bool", shape, data }))],
]);

/** The name under which each dtype is written. */
export const STORED_NAMES: Readonly<Record<StoredTensor["dtype"], string>> = {
  float32: "F32",
  float64: "F64",
  int8: "I8",
  int16: "I16",
  int32: "I32",
  int64: "I64",
  uint8: "U8",
  uint16: "U16",
  uint32: "U32",
  uint64: "U64",
  bool: "BOOL",
};

/** The little-endian bytes of an array: the same memory where the machine is little-endian. */
export function bytesOf(data: StoredTensor["data"]): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return LITTLE_ENDIAN_HOST ? bytes : reverseItems(bytes, data.BYTES_PER_ELEMENT);
}

/** A copy in which the bytes of every item stand in reverse. */
export function reverseItems(bytes: Uint8Array, itemSize: number): Uint8Array {
  const last = itemSize - 1;
  const reversed = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    reversed[at] = bytes[at + last - 2 * (at % itemSize)];
  }
  return reversed;
}

const LITTLE_ENDIAN_HOST: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const widened = (data: Float32Array, shape: readonly number[]): StoredTensor => ({
  dtype: "float32",
  shape,
  data,
});

interface TypedArrayConstructor<Data> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Data;
}

function view<Data>(TypedArray: TypedArrayConstructor<Data>, bytes: Uint8Array): Data {
  const itemSize = TypedArray.BYTES_PER_ELEMENT;
  const { buffer, byteOffset } = inHostOrder(bytes, itemSize);
  return new TypedArray(buffer, byteOffset, bytes.length / itemSize);
}

function inHostOrder(bytes: Uint8Array, itemSize: number): Uint8Array {
  if (!LITTLE_ENDIAN_HOST) return reverseItems(bytes, itemSize);
  return bytes.byteOffset % itemSize === 0 ? bytes : new Uint8Array(bytes);
}
