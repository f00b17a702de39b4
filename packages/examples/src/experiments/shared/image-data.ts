/**
 * @file What the networks are trained on: MNIST from a folder, or digits generated here.
 *
 * Images stay bytes; `batchOf` turns those of one batch into numbers from 0 to 1.
 */
import { createHash } from "node:crypto";
import { permutation, splitKey, type Tensor, tensor } from "@tapegrad/autograd";
import { readMnist } from "@tapegrad/nn/node";
import { generateDigits } from "../../data/digits.ts";

/** Of 28 × 28 images, MNIST's and those drawn here. */
export const PIXELS = 784;

/** Images, 784 bytes each, and what they show. */
export interface DigitSet {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface DataDescription {
  readonly kind: "mnist" | "built-in digits";
  readonly trainSize: number;
  readonly testSize: number;
  /** Of the bytes that were read or generated, so that two runs can be known to use the same data. */
  readonly hash: string;
}

export interface ExperimentData {
  readonly train: DigitSet;
  readonly test: DigitSet;
  readonly description: DataDescription;
}

/** Sizes of the generated sets; train and test come from different seeds. */
const BUILT_IN = { train: { count: 12_000, seed: 1 }, test: { count: 2_000, seed: 2 } } as const;

/**
 * The data of a run.
 *
 * @param directory the folder with the MNIST files; null for the built-in digits
 * @throws ValueError or FormatError if a file is missing or not what it should be.
 */
export function loadData(directory: string | null): ExperimentData {
  const { train, test } = directory === null ? builtIn() : readMnist(directory);
  const hash = createHash("sha256");
  for (const set of [train, test]) hash.update(set.images).update(set.labels);
  return {
    train,
    test,
    description: {
      kind: directory === null ? "built-in digits" : "mnist",
      trainSize: train.count,
      testSize: test.count,
      hash: hash.digest("hex"),
    },
  };
}

/** Every pixel replaced by `x > 0.5`. */
export function binarized({ count, images, labels }: DigitSet): DigitSet {
  return { count, labels, images: images.map((x) => (x > 127.5 ? 255 : 0)) };
}

function builtIn(): { readonly train: DigitSet; readonly test: DigitSet } {
  const make = ({ count, seed }: { count: number; seed: number }): DigitSet => {
    return { count, ...generateDigits(count, { seed }) };
  };
  return { train: make(BUILT_IN.train), test: make(BUILT_IN.test) };
}

export interface Batch {
  /** [rows, 784], pixel / 255. */
  readonly images: Tensor;
  /** [rows], int32. */
  readonly labels: Tensor;
}

/** The given rows of a set as tensors. */
export function batchOf(set: DigitSet, rows: ArrayLike<number>): Batch {
  const images = new Float32Array(rows.length * PIXELS);
  const labels = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * PIXELS;
    for (let p = 0; p < PIXELS; p++) images[i * PIXELS + p] = set.images[from + p] / 255;
    labels[i] = set.labels[rows[i]];
  }
  return { images: tensor(images, { shape: [rows.length, PIXELS] }), labels: tensor(labels) };
}

/** Consecutive batches in file order, the short remainder included if `remainder` is set. */
export function* batchesInOrder(
  set: DigitSet,
  size: number,
  options: { readonly limit?: number; readonly remainder?: boolean } = {},
): Generator<Batch> {
  const { limit = Number.POSITIVE_INFINITY, remainder = false } = options;
  const end = Math.min(set.count, limit * size);
  for (let start = 0; start < end; start += size) {
    const length = Math.min(size, end - start);
    if (length < size && !remainder) return;
    yield batchOf(
      set,
      Array.from({ length }, (_, i) => start + i),
    );
  }
}

/**
 * Batches without end: each epoch is a fresh permutation of the set, whose short remainder is left out. A DataLoader
 * draws other permutations from the same key, and results that were recorded depend on these.
 */
export function* shuffledBatches(
  set: DigitSet,
  size: number,
  key: Tensor,
): Generator<Batch, never> {
  let rest = key;
  for (;;) {
    const [kept, drawn] = splitKey(rest);
    rest = kept;
    const order = permutation(drawn, set.count).toTypedArray();
    for (let start = 0; start + size <= set.count; start += size) {
      yield batchOf(set, order.subarray(start, start + size));
    }
  }
}
