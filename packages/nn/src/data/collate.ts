/**
 * @file From samples to batches: trees of numbers and arrays become the same tree of tensors with a first axis
 * of samples, and tensors become samples again.
 *
 * A leaf is a number, a boolean, a typed array, a tensor, or `{ data, shape }` as readers of files give it. A
 * leaf must have one shape in all samples.
 */
import {
  type DType,
  DTypeError,
  ShapeError,
  Tensor,
  type TypedArray,
  tensor,
  ValueError,
} from "@tapegrad/autograd";

/** Typed arrays of numbers; without big integers. */
export type NumberArray =
  | TypedArray
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8ClampedArray
  | BigInt64Array
  | BigUint64Array;

/** Numbers with a shape, as readers of files give them, or as one field of a sample. */
export interface NumericArray {
  readonly shape: readonly number[];
  /** In row-major order. */
  readonly data: NumberArray;
  /** The dtype of its tensor, if it is one of tensors; by default that of `data`, int32 for all integers. */
  readonly dtype?: string;
}

/** What a leaf of a sample may be. */
export type SampleLeaf = number | boolean | NumberArray | NumericArray | Tensor;

/** The tree of a sample with a tensor at every leaf, whose first axis counts the samples. */
export type Batched<Sample> = Sample extends SampleLeaf
  ? Tensor
  : { readonly [Key in keyof Sample]: Batched<Sample[Key]> };

/** The tree of a data set of arrays with one sample of each. */
export type Rows<Data> = Data extends Tensor | NumericArray | NumberArray
  ? NumericArray
  : { readonly [Key in keyof Data]: Rows<Data[Key]> };

/**
 * One batch of samples of the same structure.
 *
 * - a number becomes float32, a boolean bool, an array keeps its dtype; integers of other widths become int32
 *
 * @throws ShapeError if a leaf differs in shape between samples, or samples in structure; DTypeError if a leaf is
 *   none; ValueError if there are no samples, or an integer is beyond int32.
 * @example
 * stackSamples([{ image: Float32Array.of(0, 1), label: Int32Array.of(3) }]).image.shape;   // [1, 2]
 */
export function stackSamples<Sample>(samples: readonly Sample[]): Batched<Sample> {
  if (samples.length === 0) {
    throw new ValueError("stackSamples", {}, () => "there are no samples. Pass at least one.");
  }
  return stackTree(samples, "sample") as Batched<Sample>;
}

function stackTree(samples: readonly unknown[], path: string): unknown {
  const [first] = samples;
  if (asArray(first) !== undefined || !isBranch(first)) return stackLeaf(samples, path);
  const keys = Object.keys(first);
  const stacked = keys.map((key) => {
    const values = samples.map((sample) => {
      if (isBranch(sample) && Object.hasOwn(sample, key)) return sample[key];
      throw new ShapeError("stackSamples", { path, key }, (d) => {
        return `${d.path} has no "${d.key}" in one of the samples, but the first has. Give all samples one structure.`;
      });
    });
    return stackTree(values, `${path}.${key}`);
  });
  if (Array.isArray(first)) return stacked;
  return Object.fromEntries(keys.map((key, i) => [key, stacked[i]]));
}

function stackLeaf(samples: readonly unknown[], path: string): Tensor {
  const arrays = samples.map((sample) => requireArray(sample, path));
  const [first] = arrays;
  const size = first.data.length;
  const dtype = dtypeOf(first);
  const storage = allocate(dtype, arrays.length * size);
  arrays.forEach((array, i) => {
    requireShape(array, first, path);
    copyInto(storage, array.data, i * size);
  });
  return tensor(storage, { shape: [arrays.length, ...first.shape], dtype });
}

function requireShape(array: NumericArray, first: NumericArray, path: string): void {
  const { shape, data } = array;
  if (String(shape) === String(first.shape) && data.length === first.data.length) return;
  throw new ShapeError("stackSamples", { path, found: shape, expected: first.shape }, (d) => {
    return `${d.path} has shape [${d.found.join(", ")}], but [${d.expected.join(", ")}] in the first sample. Pad or crop to one shape, or pass \`collate\`.`;
  });
}

function requireArray(value: unknown, path: string): NumericArray {
  const array = asArray(value);
  if (array !== undefined) return array;
  const type = value === null ? "null" : typeof value;
  throw new DTypeError("stackSamples", { path, type }, (d) => {
    return `${d.path} is of type ${d.type}, which has no tensor. Use numbers, booleans, typed arrays, tensors or { data, shape }, in any nesting.`;
  });
}

/** Whether a value has values under names or places. */
export const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !ArrayBuffer.isView(value);

const isNumberArray = (value: unknown): value is NumberArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** Whether a value is numbers with a shape. */
function isNumericArray(value: unknown): value is NumericArray {
  if (typeof value !== "object" || value === null) return false;
  const { data, shape } = value as Partial<NumericArray>;
  return isNumberArray(data) && Array.isArray(shape);
}

function asArray(value: unknown): NumericArray | undefined {
  if (typeof value === "number") return { shape: [], data: Float32Array.of(value) };
  if (typeof value === "boolean") {
    return { shape: [], data: Uint8Array.of(Number(value)), dtype: "bool" };
  }
  return arrayOf(value);
}

/** The numbers of what has a shape, a typed array's being its length; undefined for anything else. */
export function arrayOf(value: unknown): NumericArray | undefined {
  if (isNumberArray(value)) return { shape: [value.length], data: value };
  if (value instanceof Tensor) return arrayOfTensor(value);
  return isNumericArray(value) ? value : undefined;
}

/** The numbers of a tensor, in its own memory where they lie there in row-major order. */
function arrayOfTensor(x: Tensor): NumericArray {
  const { shape, dtype } = x;
  const { data, stride, offset } = x.toNdarray();
  let dense = 1;
  const isDense = shape.toReversed().every((length, i) => {
    const expected = dense;
    dense *= length;
    return length <= 1 || stride[shape.length - 1 - i] === expected;
  });
  return {
    shape,
    dtype,
    data: isDense ? data.subarray(offset, offset + x.size) : x.toTypedArray(),
  };
}

/** Sample `index` of an array: a view on its memory. */
export function rowOf({ shape, data, dtype }: NumericArray, index: number): NumericArray {
  const row = shape.slice(1);
  const size = row.reduce((product, length) => product * length, 1);
  const view = data.subarray(index * size, (index + 1) * size);
  return { shape: row, data: view, ...(dtype === undefined ? {} : { dtype }) };
}

const STORAGE = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} satisfies Record<DType, unknown>;

const allocate = (dtype: DType, size: number): TypedArray => new STORAGE[dtype](size);

function dtypeOf({ data, dtype }: NumericArray): DType {
  if (dtype !== undefined && Object.hasOwn(STORAGE, dtype)) return dtype as DType;
  if (data instanceof Float32Array) return "float32";
  return data instanceof Float64Array ? "float64" : "int32";
}

/** Integers that may be too wide are looked at one by one. */
function copyInto(storage: TypedArray, data: NumberArray, at: number): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array || isWide(storage, data)) {
    for (let i = 0; i < data.length; i++) storage[at + i] = requireInt32(data[i]);
  } else {
    storage.set(data, at);
  }
}

const isWide = (storage: TypedArray, data: NumberArray): data is Uint32Array =>
  storage instanceof Int32Array && data instanceof Uint32Array;

function requireInt32(value: number | bigint): number {
  const number = Number(value);
  if ((number | 0) === number) return number;
  throw new ValueError("stackSamples", { value }, (d) => {
    return `the integer ${d.value} is beyond int32. Convert the array to float64 first.`;
  });
}
