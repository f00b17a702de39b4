/**
 * @file From stored tensors, of any dtype that files have, to tensors of the four dtypes of the library.
 */
import { cast, type DType, type Tensor, tensor, ValueError } from "@tapegrad/autograd";
import type { StoredTensor } from "./stored-types.ts";

export interface ToTensorOptions {
  /** Of the result; by default the stored one, and int32 for every integer. */
  readonly dtype?: DType;
  /** What messages call it. */
  readonly name?: string;
}

/**
 * A stored tensor as a tensor.
 *
 * - dtype: float32, float64 and bool stay; every integer becomes int32, which has to hold its values: those of
 *   int64, uint32 and uint64 are looked at one by one
 * - memory: float32, float64, int32 and bool share it with `stored`, which must not be written to afterwards
 *
 * @throws ValueError if an integer does not fit int32; what it was is in `stored.data`.
 * @example
 * toTensor({ dtype: "int64", shape: [], data: BigInt64Array.of(7n) });   // tensor(7, int32[])
 */
export function toTensor(stored: StoredTensor, options: ToTensorOptions = {}): Tensor {
  const read = readAs(stored, options.name ?? "the stored tensor");
  return options.dtype === undefined ? read : cast(read, options.dtype);
}

function readAs(stored: StoredTensor, name: string): Tensor {
  const { shape } = stored;
  switch (stored.dtype) {
    case "float32":
    case "float64":
    case "int32":
      return tensor(stored.data, { shape });
    case "bool":
      return tensor(stored.data, { shape, dtype: "bool" });
    case "int64":
    case "uint64":
    case "uint32":
      return tensor(narrowed(stored.data, stored.dtype, name), { shape });
    default:
      return tensor(new Int32Array(stored.data), { shape });
  }
}

function narrowed(
  data: BigInt64Array | BigUint64Array | Uint32Array,
  dtype: string,
  name: string,
): Int32Array {
  const narrow = new Int32Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const value = data[index];
    narrow[index] = Number(value);
    // Numbers above 2^53 are rounded, but never to one inside the range of int32.
    if (narrow[index] === Number(value)) continue;
    throw new ValueError("toTensor", { name, dtype, index, value: String(value) }, (d) => {
      return `${d.name} has the ${d.dtype} ${d.value} at index ${d.index}, which int32 does not hold. Read its \`data\`, where it is exact.`;
    });
  }
  return narrow;
}
