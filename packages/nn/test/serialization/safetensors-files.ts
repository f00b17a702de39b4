/**
 * @file Builders of safetensors files, right and wrong, and the three ways the tests read them.
 *
 * The bytes are written here without any code of the reader, so that a shared mistake cannot hide.
 */
import { FormatError } from "@tapegrad/autograd";
import { parseSafetensors, type Safetensors } from "../../src/serialization/safetensors.ts";

/** A file of a header, written as it stands, and data. */
export function fileOf(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(),
): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(text.length), true);
  return new Uint8Array([...prefix, ...text, ...data]);
}

/** A file with one tensor `w` of three floats, of which single fields of the header can be made wrong. */
export function oneTensor(fields: Record<string, unknown> = {}, dataLength = 12): Uint8Array {
  const w = { dtype: "F32", shape: [3], data_offsets: [0, 12], ...fields };
  return fileOf(JSON.stringify({ w }), new Uint8Array(dataLength));
}

/** A file of byte tensors with the given offsets. */
export function layout(
  offsets: readonly (readonly [number, number])[],
  dataLength: number,
): Uint8Array {
  const entries = offsets.map(([begin, end], index) => [
    `t${index}`,
    { dtype: "U8", shape: [end - begin], data_offsets: [begin, end] },
  ]);
  return fileOf(JSON.stringify(Object.fromEntries(entries)), new Uint8Array(dataLength));
}

/** One tensor of every dtype, in an order in which some start at a multiple of their size and some do not. */
export function everyDType(): Uint8Array {
  const values: readonly [name: string, dtype: string, shape: number[], data: ArrayBufferView][] = [
    ["bits", "BOOL", [3], Uint8Array.of(1, 0, 1)],
    ["float", "F32", [2], Float32Array.of(1.5, -2)],
    ["double", "F64", [], Float64Array.of(Math.PI)],
    ["bytes", "U8", [5], Uint8Array.of(0, 255, 7, 8, 9)],
    ["integers", "I32", [1, 2], Int32Array.of(-5, 2 ** 31 - 1)],
    ["long", "I64", [2], BigInt64Array.of(-(2n ** 63n), 7n)],
    ["empty", "F64", [0, 3], new Float64Array()],
  ];
  const header: Record<string, unknown> = { __metadata__: { format: "pt", "": "ü" } };
  const data: number[] = [];
  for (const [name, dtype, shape, view] of values) {
    const begin = data.length;
    data.push(...new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    header[name] = { dtype, shape, data_offsets: [begin, data.length] };
  }
  return fileOf(JSON.stringify(header), Uint8Array.from(data));
}

export const read = (bytes: Uint8Array): Safetensors =>
  parseSafetensors(bytes, { name: "w.safetensors" });

export const refusalOf = (bytes: Uint8Array): FormatError => {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

/** Whether the bytes were accepted; any other error than a FormatError escapes and fails the test. */
export const accepts = (bytes: Uint8Array): boolean => {
  try {
    read(bytes);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
};
