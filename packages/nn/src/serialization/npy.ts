/**
 * @file Reader and writer of npy, numpy's format of one array.
 *
 * Invariants
 * - the bytes are from strangers: shape and length are compared before anything is allocated, every failure is a
 *   FormatError, and nothing is ever unpickled;
 * - what is written is what numpy writes, byte for byte.
 *
 * This module knows neither files nor archives: see node/read-data.ts and npz.ts. Format: numpy, `numpy.lib.format`.
 */
import { DTypeError, FormatError, ShapeError, Tensor } from "@tapegrad/autograd";
import { float32Bits } from "./half-precision.ts";
import {
  type NpyHeader,
  type NpyProblem,
  npyHeader,
  parseNpyHeader,
  type RefuseNpy,
} from "./npy-header.ts";
import { byteLengthOf, storedOf } from "./serialize-safetensors.ts";
import { bytesOf, STORED_NAMES, STORED_TYPES, type StoredTensor } from "./stored-types.ts";

export type { NpyProblem };

/**
 * Reads the array of an npy file.
 *
 * - versions 1.0 to 3.0, either order of bytes, rows or columns first
 * - dtypes: floats of 16 (widened to float32), 32 and 64 bits, integers of 8 to 64 bits, bool; others, and pickled
 *   objects, are refused by name
 * - `data` is a view on `bytes` where the file is little-endian with rows first and its values are aligned, as
 *   numpy writes them, and a copy where not
 * - `name` stands for the file in messages
 *
 * @throws FormatError if the bytes are not exactly one npy array of those dtypes.
 * @example
 * toTensor(parseNpy(bytes, { name: "x.npy" }));   // tensor([…], float32[60000,784])
 */
export function parseNpy(bytes: Uint8Array, { name }: { readonly name: string }): StoredTensor {
  const refuse: RefuseNpy = (problem, fact, remedy = "The file is damaged; save it again.") =>
    new FormatError("parseNpy", { name, problem }, () => `${name}: ${fact}. ${remedy}`);
  const header = parseNpyHeader(bytes, refuse);
  const { type, shape, end } = header;
  const size = shape.reduce((product, length) => product * length, type.itemSize);
  const found = bytes.length - end;
  if (found !== size) {
    const fact = `its shape (${shape.slice(0, 8).join(", ")}) takes ${size} bytes, but ${found} follow its header`;
    throw refuse(found < size ? "truncated" : "trailing", fact);
  }
  const values = new Uint8Array(bytes.buffer, bytes.byteOffset + end, size);
  const stored = decodeValues(values, header);
  if (stored.dtype === "bool") requireBits(stored.data, refuse);
  return stored;
}

function requireBits(data: Uint8Array, refuse: RefuseNpy): void {
  const wrong = data.findIndex((byte) => byte > 1);
  if (wrong < 0) return;
  const fact = `value ${wrong} of an array of booleans is ${data[wrong]}`;
  throw refuse("value", fact, "Save 0 and 1, or an array of uint8.");
}

function decodeValues(values: Uint8Array, header: NpyHeader): StoredTensor {
  const { type, bigEndian, shape } = header;
  const fortranOrder = header.fortranOrder && shape.length > 1;
  const stored = STORED_TYPES.get(type.storedName);
  // every type of npy-header.ts is one of stored-types.ts
  if (stored === undefined) throw new Error(`internal: no stored type ${type.storedName}`);
  if (!bigEndian && !fortranOrder) return stored.decode(values, shape);
  const place = fortranOrder ? columnMajor(shape) : (index: number) => index;
  if (type.storedName === "F16") return widened(values, shape, place, !bigEndian);
  return stored.decode(arranged(values, type.itemSize, place, bigEndian), shape);
}

/** Where the value of a row-major index stands in a file of columns; to be asked for 0, 1, 2, … in turn. */
function columnMajor(shape: readonly number[]): () => number {
  const index = shape.map(() => 0);
  let dense = 1;
  const strides = shape.map((length) => {
    const stride = dense;
    dense *= length;
    return stride;
  });
  let next = 0;
  return () => {
    const place = next;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      next += strides[axis];
      if (++index[axis] < shape[axis]) break;
      next -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
    return place;
  };
}

/** Little-endian bytes in row-major order. */
function arranged(
  bytes: Uint8Array,
  itemSize: number,
  place: (index: number) => number,
  bigEndian: boolean,
): Uint8Array {
  const result = new Uint8Array(bytes.length);
  const last = bigEndian ? itemSize - 1 : 0;
  for (let at = 0, index = 0; at < bytes.length; at += itemSize, index++) {
    const from = place(index) * itemSize;
    for (let byte = 0; byte < itemSize; byte++) {
      result[at + byte] = bytes[from + (bigEndian ? last - byte : byte)];
    }
  }
  return result;
}

/** float16 as float32 at once: with a rearranged copy in between it would take three times the file. */
function widened(
  bytes: Uint8Array,
  shape: readonly number[],
  place: (index: number) => number,
  littleEndian: boolean,
): StoredTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = new Uint32Array(bytes.length / 2);
  for (let index = 0; index < bits.length; index++) {
    bits[index] = float32Bits(view.getUint16(2 * place(index), littleEndian));
  }
  return { dtype: "float32", shape, data: new Float32Array(bits.buffer) };
}

/**
 * The bytes of an npy file, those that numpy would write: version 1.0, little-endian, rows first.
 *
 * - dtypes: those of tensors, and every dtype of a StoredTensor
 *
 * @throws DTypeError if the value is no tensor; ShapeError if stored data do not fit their shape.
 * @example
 * writeFileSync("x.npy", serializeNpy(x));   // numpy.load("x.npy")
 */
export function serializeNpy(value: Tensor | StoredTensor): Uint8Array {
  const { dtype, shape, data } = requireStored(value);
  const header = npyHeader(STORED_NAMES[dtype], shape);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(bytesOf(data), header.length);
  return bytes;
}

function requireStored(value: Tensor | StoredTensor): StoredTensor {
  if (value instanceof Tensor) return storedOf("", value);
  if (!ArrayBuffer.isView(value?.data) || !Object.hasOwn(STORED_NAMES, value.dtype)) {
    throw new DTypeError("serializeNpy", { found: typeof value }, (d) => {
      return `the value is of type ${d.found} and no tensor. Make one with \`tensor(…)\`.`;
    });
  }
  const { dtype, shape, data } = value;
  const expected = byteLengthOf(dtype, shape);
  if (data.byteLength === expected) return value;
  throw new ShapeError("serializeNpy", { dtype, shape, found: data.byteLength, expected }, (d) => {
    return `${d.dtype}[${d.shape.join(",")}] takes ${d.expected} bytes, but its data has ${d.found}. Give it the shape of its data.`;
  });
}
