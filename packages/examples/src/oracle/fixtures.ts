/**
 * @file How the fixtures store values, and the way back: tensors as flat decimals, NaN and infinities as strings,
 * everything else as itself. The format is described beside the fixtures.
 */
import { existsSync, readFileSync } from "node:fs";
import { type DType, type Tensor, tensor, ValueError } from "@tapegrad/autograd";

/** A tensor as it is stored: row-major. */
export interface StoredTensor {
  readonly tensor: "float64" | "float32" | "int64" | "int32" | "uint8" | "bool";
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

const DTYPES = {
  float64: "float64",
  float32: "float32",
  int64: "int32",
  int32: "int32",
  uint8: "int32",
  bool: "bool",
} as const satisfies Record<StoredTensor["tensor"], DType>;

export function isStored(value: unknown): value is StoredTensor {
  return typeof value === "object" && value !== null && "tensor" in value;
}

/** int64 and uint8 hold values that fit int32, and are read as such. */
export function dtypeOf(name: string): DType {
  const dtype = (DTYPES as Readonly<Record<string, DType>>)[name];
  if (dtype !== undefined) return dtype;
  throw new ValueError("oracle", { dtype: name }, (d) => {
    return `the fixtures name a dtype ${d.dtype}, which is none of theirs. Use fixtures of the documented format.`;
  });
}

/** The numbers of a stored tensor; of float32 each is rounded, since its decimals are the shortest. */
export function numbersOf({ tensor: dtype, data }: StoredTensor): Float64Array {
  const read = dtype === "float32" ? (x: number | string) => Math.fround(Number(x)) : Number;
  return Float64Array.from(data, read);
}

export function decodeTensor(stored: StoredTensor): Tensor {
  return tensor(numbersOf(stored), { shape: stored.shape, dtype: dtypeOf(stored.tensor) });
}

/**
 * A stored argument. Slices and ellipses stay as they are; a dtype becomes its name here.
 *
 * @param replaced tensors to take the place of stored ones, by their path, such as `args[0][1]`.
 */
export function decodeValue(
  value: unknown,
  path: string,
  replaced: ReadonlyMap<string, Tensor>,
): unknown {
  if (isStored(value)) return replaced.get(path) ?? decodeTensor(value);
  if (Array.isArray(value)) {
    return value.map((entry, i) => decodeValue(entry, `${path}[${i}]`, replaced));
  }
  if (typeof value !== "object" || value === null) return value;
  if ("scalar" in value) return Number(value.scalar);
  if ("dtype" in value) return dtypeOf(String(value.dtype));
  return value;
}

/** The lines of a file of one JSON value a line. @throws ValueError if the file is missing. */
export function readLines<T>(file: string): readonly T[] {
  if (!existsSync(file)) {
    throw new ValueError("oracle", { file }, () => {
      return `there is no file ${file}. Set ORACLE_DIR to the folder with the fixtures.`;
    });
  }
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as T);
}
