/**
 * @file Data sets and arrays from files: the readers of data/ and serialization/ behind the checks of read-file.ts.
 *
 * A path that cannot be read is a ValueError, bytes that are not what they should be are a FormatError.
 */
import { join } from "node:path";
import { ValueError } from "@tapegrad/autograd";
import { type CifarImages, parseCifar } from "../data/cifar.ts";
import { type CsvData, type ParseCsvOptions, parseCsv } from "../data/csv.ts";
import { type IdxArray, parseIdx } from "../data/idx.ts";
import { parseNpy } from "../serialization/npy.ts";
import { type ParseNpzOptions, parseNpz } from "../serialization/npz.ts";
import type { StoredTensor } from "../serialization/stored-types.ts";
import { readRegularFile } from "./read-file.ts";

/** CIFAR: 50000 images to train on and 10000 to test with, each of 3 × 32 × 32. */
export interface Cifar {
  readonly train: CifarImages;
  readonly test: CifarImages;
}

/** What readFileSync can hold. */
const MAX_BYTES = 2 ** 31 - 1;
/** The largest file of CIFAR has 153700000 bytes. */
const MAX_CIFAR_BYTES = 2 ** 28;
const CIFAR_FILES = {
  10: { train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), test: ["test_batch.bin"] },
  100: { train: ["train.bin"], test: ["test.bin"] },
} as const;

/**
 * Reads the array of an IDX file, already decompressed; see parseIdx.
 *
 * @throws ValueError if the file is missing or unreadable; FormatError if it is no IDX file.
 */
export function readIdx(path: string): IdxArray {
  return parseIdx(readRegularFile("readIdx", path, MAX_BYTES), { name: path });
}

/**
 * Reads CIFAR-10 or CIFAR-100 from the directory of its binary version; see parseCifar.
 *
 * @throws ValueError if a file is missing or unreadable, or `classes` is neither 10 nor 100; FormatError if a file
 *   is not what it should be.
 * @example
 * const { train, test } = readCifar("data/cifar-10-batches-bin", { classes: 10 });
 */
export function readCifar(directory: string, options: { readonly classes: 10 | 100 }): Cifar {
  const { classes } = options;
  if (!Object.hasOwn(CIFAR_FILES, classes)) {
    throw new ValueError("readCifar", { classes }, (d) => {
      return `there is no CIFAR of ${String(d.classes)} classes. Use 10 or 100.`;
    });
  }
  const read = (names: readonly string[]): CifarImages => {
    const files = names.map((name) => {
      const path = join(directory, name);
      return { path, bytes: readRegularFile("readCifar", path, MAX_CIFAR_BYTES) };
    });
    const [first, ...others] = files.map(({ path, bytes }) => {
      return parseCifar(bytes, { name: path, classes });
    });
    return others.length === 0 ? first : joined([first, ...others]);
  };
  return { train: read(CIFAR_FILES[classes].train), test: read(CIFAR_FILES[classes].test) };
}

function joined(parts: readonly CifarImages[]): CifarImages {
  const [{ coarseLabels }] = parts;
  return {
    images: joinBytes(parts.map(({ images }) => images)),
    labels: joinBytes(parts.map(({ labels }) => labels)),
    coarseLabels: coarseLabels && joinBytes(parts.map((part) => part.coarseLabels ?? coarseLabels)),
  };
}

function joinBytes(parts: readonly CifarImages["images"][]): CifarImages["images"] {
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let [count, filled] = [0, 0];
  for (const part of parts) {
    data.set(part.data, filled);
    filled += part.data.length;
    count += part.shape[0];
  }
  return { dtype: "uint8", shape: [count, ...parts[0].shape.slice(1)], data };
}

/**
 * Reads a CSV file in UTF-8; see parseCsv.
 *
 * @throws ValueError if the file is missing or unreadable, or a column does not exist; FormatError if it is no table
 *   of numbers.
 * @example
 * const { values, labels, classes } = readCsv("iris.csv", { label: "species" });
 */
export function readCsv(path: string, options: Omit<ParseCsvOptions, "name"> = {}): CsvData {
  return parseCsv(readRegularFile("readCsv", path, MAX_BYTES), { ...options, name: path });
}

/**
 * Reads numpy's array of an npy file; see parseNpy.
 *
 * @throws ValueError if the file is missing or unreadable; FormatError if it is no npy file of numbers.
 */
export function readNpy(path: string): StoredTensor {
  return parseNpy(readRegularFile("readNpy", path, MAX_BYTES), { name: path });
}

/**
 * Reads numpy's arrays of an npz file; see parseNpz.
 *
 * @throws ValueError if the file is missing or unreadable; FormatError if it is no npz file of numbers, or unpacks
 *   to more than `maxBytes`.
 */
export function readNpz(
  path: string,
  options: Omit<ParseNpzOptions, "name"> = {},
): ReadonlyMap<string, StoredTensor> {
  return parseNpz(readRegularFile("readNpz", path, MAX_BYTES), { ...options, name: path });
}
