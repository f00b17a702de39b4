/**
 * @file Reading data sets and weights from disk. Only this folder of the package needs Node.
 *
 * Invariants
 * - what is not a regular file, or is larger than its limit, is refused before it is read;
 * - decompression stops at a limit, so a small file cannot fill the memory;
 * - a path that cannot be read is a ValueError, bytes that are not what they should be are a FormatError.
 *
 * This module does not know the formats: see data/idx.ts and serialization/safetensors.ts.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { FormatError, ValueError } from "@tapegrad/autograd";
import { type LabelledImages, pairImagesWithLabels, parseIdx } from "../data/idx.ts";
import { parseSafetensors, type Safetensors } from "../serialization/safetensors.ts";
import { attemptToRead, errorCode } from "./system-errors.ts";

/** MNIST: 60000 images to train on and 10000 to test with, each of 28 × 28. */
export interface Mnist {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

const MNIST_FILES = {
  train: { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" },
  test: { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" },
} as const;

/** The largest file of MNIST has 47040016 bytes. */
const MAX_MNIST_BYTES = 64 * 1024 * 1024;
/** What readFileSync can hold. */
const MAX_SAFETENSORS_BYTES = 2 ** 31 - 1;

/**
 * Reads the four files of MNIST, or of a set that imitates it, from one directory.
 *
 * - the files have their usual names, with or without `.gz`; the one without is taken where both exist
 * - `images` and `labels` are views on the decompressed files
 *
 * @throws ValueError if the directory or one of the files is missing or unreadable;
 *   FormatError if a file is not what its name says, or train and test images differ in size.
 * @example
 * const { train, test } = readMnist("data/mnist");   // train.count is 60000, train.width is 28
 */
export function readMnist(directory: string): Mnist {
  if (!isDirectory(directory)) {
    throw new ValueError("readMnist", { path: directory }, () => {
      return `there is no directory ${directory}. ${whereToGetMnist()}`;
    });
  }
  const train = readMnistPair(directory, MNIST_FILES.train);
  const test = readMnistPair(directory, MNIST_FILES.test);
  if (train.height !== test.height || train.width !== test.width) {
    throw new FormatError("readMnist", { name: directory, problem: "size" }, () => {
      const sizes = `${train.height} × ${train.width} and test images of ${test.height} × ${test.width}`;
      return `${directory} holds train images of ${sizes} pixels. Take all four files from the same set.`;
    });
  }
  return { train, test };
}

/**
 * Reads all tensors of a safetensors file, such as weights that PyTorch has saved; see parseSafetensors for the dtypes.
 *
 * @throws ValueError if the file is missing, unreadable or larger than 2^31 - 1 bytes; FormatError if it is not a
 *   safetensors file of the dtypes that are read.
 * @example
 * const { tensors } = readSafetensors("model.safetensors");
 * loadTorchStateDict(model, tensors);
 * @see toTensor for single tensors, openSafetensors for files that are not to be in memory as a whole; docs/safetensors.md.
 */
export function readSafetensors(path: string): Safetensors {
  const remedy = "Read its tensors one by one, with `openSafetensors`.";
  const bytes = readRegularFile("readSafetensors", path, MAX_SAFETENSORS_BYTES, remedy);
  return parseSafetensors(bytes, { name: path });
}

function readMnistPair(
  directory: string,
  names: { readonly images: string; readonly labels: string },
): LabelledImages {
  const images = findMnistFile(directory, names.images);
  const labels = findMnistFile(directory, names.labels);
  return pairImagesWithLabels(readIdxFile(images), readIdxFile(labels), {
    imagesName: images,
    labelsName: labels,
  });
}

const whereToGetMnist = (): string => {
  const names = [MNIST_FILES.train, MNIST_FILES.test].flatMap(({ images, labels }) => [
    images,
    labels,
  ]);
  return (
    `Put the four files ${names.join(", ")} into it, with or without .gz: ` +
    "they come from MNIST at yann.lecun.com or any mirror of it."
  );
};

function findMnistFile(directory: string, name: string): string {
  const candidates = [name, `${name}.gz`];
  const found = candidates.map((file) => join(directory, file)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new ValueError("readMnist", { path: join(directory, name) }, () => {
    return `${directory} has neither ${candidates.join(" nor ")}. ${whereToGetMnist()}`;
  });
}

function readIdxFile(path: string): ReturnType<typeof parseIdx> {
  const bytes = readRegularFile("readMnist", path, MAX_MNIST_BYTES);
  return parseIdx(path.endsWith(".gz") ? gunzip(bytes, path) : bytes, { name: path });
}

function gunzip(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return plainBytes(gunzipSync(bytes, { maxOutputLength: MAX_MNIST_BYTES }));
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined) throw cause;
    const fact =
      code === "ERR_BUFFER_TOO_LARGE"
        ? `${path} decompresses to more than ${MAX_MNIST_BYTES} bytes, which no file of MNIST does`
        : `${path} is not a complete gzip stream (${code})`;
    const details = { name: path, problem: "gzip" };
    throw new FormatError("readMnist", details, () => `${fact}. Fetch the file again.`);
  }
}

/**
 * The bytes of a file; `remedy` is for one that is larger than `limit`.
 *
 * @throws ValueError if it is missing, unreadable, no regular file or above the limit.
 */
export function readRegularFile(
  op: string,
  path: string,
  limit: number,
  remedy = "Use a smaller file.",
): Uint8Array {
  return withRegularFile(op, path, (size) => {
    if (size > limit) {
      throw new ValueError(op, { path }, () => {
        return `${path} has ${size} bytes, but at most ${limit} are read. ${remedy}`;
      });
    }
    return plainBytes(readFileSync(path));
  });
}

/**
 * What `act` makes of a regular file and its size. Anything else is refused before it is opened, since opening a
 * pipe would wait for its other end; an error of the system is a ValueError.
 */
export function withRegularFile<T>(op: string, path: string, act: (size: number) => T): T {
  return attemptToRead(op, path, () => {
    const stats = statSync(path);
    if (stats.isFile()) return act(stats.size);
    throw new ValueError(op, { path }, (d) => {
      return `${d.path} is not a regular file. Pass the path of a file.`;
    });
  });
}

/** The same bytes without the Buffer methods, of which `slice` means something else than it does elsewhere. */
const plainBytes = (buffer: Buffer): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
