/**
 * @file The door to npm `ndarray`: arrays go in and out without a copy, whatever their strides.
 */
import ndarray from "ndarray";
import { DTypeError, ShapeError } from "../errors.ts";
import { allocate, type DType, storedValue, type TypedArray } from "./dtype.ts";
import { checkShape, formatShape, sizeOf } from "./shape.ts";
import { emptyArray, flatCopy, forEachPosition, type StridedArray } from "./strided-array.ts";

/** The npm ndarray that `x.toNdarray()` gives: strided views of a typed array. */
export type NdArray = ndarray.NdArray<TypedArray>;
/** Any npm ndarray that `tensor` reads: of typed arrays or of plain numbers. */
export type NdArrayLike = ndarray.NdArray;

/** A view of the elements as npm ndarray. Writing into it would change the tensor: copy first. */
export function toNdarray(array: StridedArray): NdArray {
  return ndarray(array.data, [...array.shape], [...array.stride], array.offset);
}

export function isNdarray(value: unknown): value is NdArrayLike {
  if (typeof value !== "object" || value === null) return false;
  const { data, shape, stride, offset } = value as Partial<NdArrayLike>;
  return (
    data !== undefined &&
    Array.isArray(shape) &&
    Array.isArray(stride) &&
    typeof offset === "number"
  );
}

/** The dtype whose storage `data` already is; null for any other array. A byte array is not taken for bool. */
export function nativeDType(data: unknown): DType | null {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Int32Array) return "int32";
  return null;
}

/**
 * The elements of an ndarray as `dtype` (by default that of its storage, int32 for the narrower
 * integers, float32 for plain arrays). Shares memory where the storage already is of that dtype.
 */
export function fromNdarray(value: NdArrayLike, dtype?: DType): [StridedArray, DType] {
  const native = nativeDType(value.data);
  const target = dtype ?? native ?? defaultDType(value.data);
  const shape = checkShape("tensor", value.shape);
  const view = { shape, stride: [...value.stride], offset: value.offset };
  const data = readable(value.data);
  checkReach(view, data.length);
  if (native === target) return [{ data: value.data as TypedArray, ...view }, target];
  const result = emptyArray({ shape, dtype: target });
  let i = result.offset;
  forEachPosition({ data: data as unknown as TypedArray, ...view }, (position) => {
    result.data[i++] = storedValue(target, Number(data[position]));
  });
  return [result, target];
}

/** `data` (flat, row-major) in the storage of `dtype`: the same memory where it already is, else a copy. */
export function storageFor(data: ArrayLike<number | boolean>, dtype: DType): TypedArray {
  if (nativeDType(data) === dtype) return data as unknown as TypedArray;
  const values = readable(data);
  const copy = allocate(dtype, values.length);
  for (let i = 0; i < values.length; i++) copy[i] = storedValue(dtype, Number(values[i]));
  return copy;
}

export function defaultDType(data: unknown): DType {
  const native = nativeDType(data);
  if (native !== null) return native;
  return ArrayBuffer.isView(data) ? "int32" : "float32";
}

/** @throws DTypeError unless `data` is an array or typed array of numbers. */
function readable(data: unknown): ArrayLike<number> {
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  const isTyped = ArrayBuffer.isView(data) && !(data instanceof DataView);
  if ((isTyped && !isBig) || Array.isArray(data)) return data as unknown as ArrayLike<number>;
  const storage = (data as object | null)?.constructor?.name ?? String(data);
  throw new DTypeError("tensor", { storage }, () => {
    return `values stored in ${storage} have no dtype here. Convert them to numbers in an array or typed array first.`;
  });
}

/** @throws ShapeError where an index of the view lies outside its data. */
function checkReach(view: Omit<StridedArray, "data">, available: number): void {
  const { shape, stride, offset } = view;
  if (sizeOf(shape) === 0) return;
  let [lowest, highest] = [offset, offset];
  shape.forEach((length, axis) => {
    const reach = (length - 1) * stride[axis];
    if (reach < 0) lowest += reach;
    else highest += reach;
  });
  if (lowest >= 0 && highest < available) return;
  throw new ShapeError("tensor", { shape, stride, offset, available }, () => {
    return `an ndarray of shape ${formatShape(shape)} reads positions ${lowest} to ${highest} of data with ${available} elements. Make shape, stride and offset fit the data.`;
  });
}

/** Nested JavaScript arrays of the elements; a number or boolean for a scalar. */
export type Nested = number | boolean | readonly Nested[];

export function toNested(array: StridedArray, dtype: DType): Nested {
  const flat = flatCopy(array, dtype);
  const build = (axis: number, start: number): Nested => {
    if (axis === array.shape.length) return dtype === "bool" ? flat[start] !== 0 : flat[start];
    const inner = sizeOf(array.shape.slice(axis + 1));
    return Array.from({ length: array.shape[axis] }, (_, i) => build(axis + 1, start + i * inner));
  };
  return build(0, 0);
}
