/**
 * @file Constructors of data. Nothing here is recorded: a constructed tensor is a constant.
 */
import { type DType, DTYPES, isDType, storedValue } from "../array/dtype.ts";
import {
  defaultDType,
  fromNdarray,
  isNdarray,
  type NdArrayLike,
  type Nested,
  storageFor,
} from "../array/ndarray.ts";
import { flattenNested } from "../array/nested.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../array/shape.ts";
import { emptyArray, rowMajor } from "../array/strided-array.ts";
import { fromArray, splat, type Tensor } from "../core/tensor.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";

export interface CreateOptions {
  /** float32 by default. */
  readonly dtype?: DType;
}

export interface TensorOptions extends CreateOptions {
  /** For flat data: how to divide it, in row-major order. */
  readonly shape?: Shape;
}

/** The typed arrays whose numbers `tensor` takes. */
export type AnyTypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | Uint8ClampedArray;

/**
 * A tensor of the given numbers: a number, nested arrays, a typed array or an npm ndarray.
 *
 * - shape: that of the nesting; `shape` divides flat data
 * - dtype: float32 for JavaScript numbers and bool for booleans; a typed array or ndarray keeps its
 *   own (integers of other widths become int32), unless `dtype` is given
 * - a Float32Array, Float64Array or Int32Array is shared, not copied, whatever the strides of an
 *   ndarray: do not write into it afterwards
 *
 * @throws ShapeError if rows differ in length or `shape` does not fit; DTypeError if an element is no number.
 * @example
 * tensor([[1, 2], [3, 4]], { dtype: "float64" });
 */
export function tensor(
  value: Nested | AnyTypedArray | NdArrayLike,
  options: TensorOptions = {},
): Tensor {
  const dtype = options.dtype === undefined ? undefined : requireDType("tensor", options.dtype);
  if (isNdarray(value)) {
    const [array, own] = fromNdarray(value, dtype);
    return shaped(fromArray(array, own), options.shape, false);
  }
  if (ArrayBuffer.isView(value)) {
    const target = dtype ?? defaultDType(value);
    const data = storageFor(value, target);
    return shaped(fromArray({ data, ...lineOf(data.length) }, target), options.shape, true);
  }
  const nested = flattenNested("tensor", value);
  const target = dtype ?? nested.dtype;
  const { shape } = nested;
  const array = emptyArray({ shape, dtype: target });
  nested.data.forEach((x, i) => {
    array.data[array.offset + i] = storedValue(target, x);
  });
  return shaped(fromArray(array, target), options.shape, shape.length <= 1);
}

function lineOf(length: number): { shape: Shape; stride: readonly number[]; offset: number } {
  return { shape: [length], stride: [1], offset: 0 };
}

function shaped(x: Tensor, shape: Shape | undefined, flat: boolean): Tensor {
  if (shape === undefined) return x;
  const wanted = checkShape("tensor", shape);
  if (sizeOf(wanted) !== x.size || !flat || x.array === null) {
    throw new ShapeError("tensor", { found: x.shape, shape: wanted }, (d) => {
      return `data of shape ${formatShape(d.found)} cannot be given shape ${formatShape(d.shape)}. Pass flat data with ${sizeOf(d.shape)} elements, or call \`reshape\`.`;
    });
  }
  return fromArray({ ...x.array, shape: wanted, stride: rowMajor(wanted) }, x.dtype);
}

function requireDType(op: string, dtype: DType): DType {
  if (isDType(dtype)) return dtype;
  throw new DTypeError(op, { dtype }, () => {
    return `${JSON.stringify(dtype)} is not a dtype. Use one of ${DTYPES.join(", ")}.`;
  });
}

/**
 * `value` at every index of `shape`; float32 unless `dtype` says otherwise. It is stored once.
 *
 * @throws ShapeError
 * @example
 * full([2], 0.5);   // [0.5, 0.5]
 */
export function full(shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  return filled("full", shape, value, options);
}

function filled(op: string, shape: Shape, value: number, options: CreateOptions): Tensor {
  const dtype = requireDType(op, options.dtype ?? "float32");
  return splat({ shape: checkShape(op, shape), dtype }, value);
}

/**
 * 0 at every index of `shape`; float32 unless `dtype` says otherwise.
 *
 * @throws ShapeError
 * @example
 * zeros([2, 3]);   // [[0, 0, 0], [0, 0, 0]]
 */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled("zeros", shape, 0, options);
}

/**
 * 1 at every index of `shape`; float32 unless `dtype` says otherwise.
 *
 * @throws ShapeError
 * @example
 * ones([3], { dtype: "int32" });   // [1, 1, 1]
 */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled("ones", shape, 1, options);
}

/**
 * `value` in the shape and dtype of `x`.
 *
 * @example
 * fullLike(tensor([1, 2]), 7);   // [7, 7]
 */
export function fullLike(x: Tensor, value: number): Tensor {
  return splat(x.aval, value);
}

/** Zeros in the shape and dtype of `x`. */
export function zerosLike(x: Tensor): Tensor {
  return fullLike(x, 0);
}

/** Ones in the shape and dtype of `x`. */
export function onesLike(x: Tensor): Tensor {
  return fullLike(x, 1);
}

/**
 * The numbers from `start` (included) to `stop` (excluded) in steps of `step`; `arange(n)` counts from 0.
 *
 * - shape: [ceil((stop - start) / step)]; dtype: int32 where all three are integers, float64 where they are
 *   too large for it, float32 for fractions, unless `dtype` says otherwise
 *
 * @throws ValueError if `step` is 0 or an argument is not finite.
 * @example
 * arange(2, 10, 3);   // [2, 5, 8]
 */
export function arange(
  startOrStop: number,
  stop?: number,
  step = 1,
  options: CreateOptions = {},
): Tensor {
  const [from, to] = stop === undefined ? [0, startOrStop] : [startOrStop, stop];
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    throw new ValueError("arange", { start: from, stop: to, step }, (d) => {
      return `cannot count from ${d.start} to ${d.stop} in steps of ${d.step}. Use finite numbers and a step that is not 0.`;
    });
  }
  const whole = [from, to, step].every(Number.isInteger);
  const small = [from, to].every((x) => Math.abs(x) <= 2 ** 31 - 1);
  const own = whole ? (small ? "int32" : "float64") : "float32";
  const dtype = requireDType("arange", options.dtype ?? own);
  const length = Math.max(0, Math.ceil((to - from) / step));
  return tensor(
    Float64Array.from({ length }, (_, i) => from + i * step),
    { dtype },
  );
}

/**
 * `count` numbers from `start` to `stop`, both included, at equal distances.
 *
 * - shape: [count]; dtype: float32 unless `dtype` says otherwise
 *
 * @throws ValueError if `count` is not an integer of 0 or more, or an end is not finite.
 * @example
 * linspace(0, 1, 3);   // [0, 0.5, 1]
 */
export function linspace(
  start: number,
  stop: number,
  count: number,
  options: CreateOptions = {},
): Tensor {
  if (!Number.isInteger(count) || count < 0) {
    throw new ValueError("linspace", { count }, (d) => {
      return `cannot make ${d.count} numbers. Use an integer that is 0 or more.`;
    });
  }
  if (!Number.isFinite(start) || !Number.isFinite(stop)) {
    throw new ValueError("linspace", { start, stop }, (d) => {
      return `cannot divide the way from ${d.start} to ${d.stop}. Use finite numbers.`;
    });
  }
  const dtype = requireDType("linspace", options.dtype ?? "float32");
  const gaps = Math.max(1, count - 1);
  const values = Float64Array.from({ length: count }, (_, i) => {
    return i === gaps ? stop : start + ((stop - start) * i) / gaps;
  });
  return tensor(values, { dtype });
}

/**
 * The identity matrix with `rows` rows (and as many columns, unless `columns` says otherwise).
 *
 * - shape: [rows, columns]; dtype: float32 unless `dtype` says otherwise
 *
 * @throws ShapeError if a length is not an integer of 0 or more.
 * @example
 * eye(2);   // [[1, 0], [0, 1]]
 */
export function eye(
  rows: number,
  options: CreateOptions & { readonly columns?: number } = {},
): Tensor {
  const columns = options.columns ?? rows;
  const shape = checkShape("eye", [rows, columns]);
  const dtype = requireDType("eye", options.dtype ?? "float32");
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) data[i * columns + i] = 1;
  return tensor(data, { shape, dtype });
}
