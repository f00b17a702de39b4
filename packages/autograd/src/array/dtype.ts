/**
 * @file The four dtypes, their storage, and how two of them meet.
 *
 * Promotion is one chain, bool → int32 → float32 → float64: the later of two dtypes wins.
 * A bool is stored as a byte that is 0 or 1.
 */

/** What the elements of a tensor are; numbers of two dtypes meet in the later one of bool, int32, float32, float64. */
export type DType = "float32" | "float64" | "int32" | "bool";
/** The memory of a tensor: Float32Array, Float64Array or Int32Array by dtype, bytes for bool. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Every dtype, in promotion order. */
export const DTYPES: readonly DType[] = ["bool", "int32", "float32", "float64"];

const STORAGE = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} satisfies Record<DType, unknown>;

const RANK = { bool: 0, int32: 1, float32: 2, float64: 3 } satisfies Record<DType, number>;

export function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(RANK, value);
}

export function isFloating(dtype: DType): boolean {
  return RANK[dtype] >= RANK.float32;
}

/** The smallest dtype of the chain that holds both. */
export function promote(a: DType, b: DType): DType {
  return RANK[a] >= RANK[b] ? a : b;
}

export function bytesPerElement(dtype: DType): number {
  return STORAGE[dtype].BYTES_PER_ELEMENT;
}

/** Zero-filled storage for `size` elements. */
export function allocate(dtype: DType, size: number): TypedArray {
  return new STORAGE[dtype](size);
}

/** `value` as it reads after being stored as `dtype`. */
export function storedValue(dtype: DType, value: number): number {
  if (dtype === "float64") return value;
  if (dtype === "float32") return Math.fround(value);
  if (dtype === "int32") return value | 0;
  return value === 0 ? 0 : 1;
}
