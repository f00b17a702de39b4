/**
 * @file The element types of stored tensors, and how their little-endian bytes become typed arrays.
 *
 * Invariant: bytes are viewed where they start at a multiple of the item size and the machine is
 * little-endian, and copied value by value otherwise, so the numbers depend on neither.
 * This module does not know where in a file the bytes lie, and trusts that their number fits the shape.
 */

interface Stored<DTypeName extends string, Data> {
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  /** Row-major; `bool` is stored as bytes 0 and 1. */
  readonly data: Data;
}

export type StoredTensor =
  | Stored<"float32", Float32Array>
  | Stored<"float64", Float64Array>
  | Stored<"int32", Int32Array>
  | Stored<"int64", BigInt64Array>
  | Stored<"uint8", Uint8Array>
  | Stored<"bool", Uint8Array>;

export interface StoredType {
  /** Bytes per value. */
  readonly itemSize: number;
  readonly decode: (bytes: Uint8Array, shape: readonly number[]) => StoredTensor;
}

/** The types that are read, by their name in the file. */
export const STORED_TYPES: ReadonlyMap<string, StoredType> = new Map<string, StoredType>([
  [
    "F32",
    {
      itemSize: 4,
      decode: (bytes, shape) => {
        const data = viewOrCopy(Float32Array, bytes, (view, at) => view.getFloat32(at, true));
        return { dtype: "float32", shape, data };
      },
    },
  ],
  [
    "F64",
    {
      itemSize: 8,
      decode: (bytes, shape) => {
        const data = viewOrCopy(Float64Array, bytes, (view, at) => view.getFloat64(at, true));
        return { dtype: "float64", shape, data };
      },
    },
  ],
  [
    "I32",
    {
      itemSize: 4,
      decode: (bytes, shape) => {
        const data = viewOrCopy(Int32Array, bytes, (view, at) => view.getInt32(at, true));
        return { dtype: "int32", shape, data };
      },
    },
  ],
  [
    "I64",
    {
      itemSize: 8,
      decode: (bytes, shape) => {
        const data = viewOrCopy(BigInt64Array, bytes, (view, at) => view.getBigInt64(at, true));
        return { dtype: "int64", shape, data };
      },
    },
  ],
  ["U8", { itemSize: 1, decode: (data, shape) => ({ dtype: "uint8", shape, data }) }],
  ["BOOL", { itemSize: 1, decode: (data, shape) => ({ dtype: "bool", shape, data }) }],
]);

type WideArray = Float32Array | Float64Array | Int32Array | BigInt64Array;

interface WideArrayConstructor<Data extends WideArray> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Data;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Data;
}

const LITTLE_ENDIAN_HOST: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function viewOrCopy<Data extends WideArray>(
  TypedArray: WideArrayConstructor<Data>,
  bytes: Uint8Array,
  read: (view: DataView, byteOffset: number) => Data[number],
): Data {
  const itemSize = TypedArray.BYTES_PER_ELEMENT;
  const length = bytes.length / itemSize;
  if (LITTLE_ENDIAN_HOST && bytes.byteOffset % itemSize === 0) {
    return new TypedArray(bytes.buffer, bytes.byteOffset, length);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const copy = new TypedArray(length);
  for (let index = 0; index < length; index++) copy[index] = read(view, index * itemSize);
  return copy;
}
