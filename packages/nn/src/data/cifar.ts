/**
 * @file The binary files of CIFAR-10 and CIFAR-100: records of one or two bytes of labels and 3072 of pixels.
 *
 * Invariant: the bytes are from strangers: their number is a multiple of the record and every label is one of
 * the set, or the refusal is a FormatError. Memory is taken for one copy of the pixels and of the labels.
 *
 * This module knows no files: see node/read-data.ts. Format: Krizhevsky, "Learning multiple layers of features from
 * tiny images" (2009), data sets, "Binary version".
 */
import { FormatError, ValueError } from "@tapegrad/autograd";
import type { StoredTensor } from "../serialization/stored-types.ts";

type Bytes = Extract<StoredTensor, { readonly dtype: "uint8" }>;

/** A data set for DataLoader as it stands, or with `images: { ...images, dtype: "float32" }`. */
export interface CifarImages {
  /** Shape [count, 3, 32, 32]: red, green and blue, row by row, from 0 to 255. */
  readonly images: Bytes;
  /** Shape [count]; from 0 to 9, or from 0 to 99. */
  readonly labels: Bytes;
  /** CIFAR-100's twenty superclasses, shape [count]; null for CIFAR-10. */
  readonly coarseLabels: Bytes | null;
}

export type CifarProblem = "empty" | "magic" | "truncated" | "label";

export interface ParseCifarOptions {
  /** Stands for the file in messages. */
  readonly name: string;
  /** Which of the two sets. */
  readonly classes: 10 | 100;
}

const PIXELS = 3 * 32 * 32;
const COARSE_CLASSES = 20;

/**
 * Reads one binary file of CIFAR-10 or CIFAR-100, already decompressed.
 *
 * @throws FormatError if the bytes are not whole records, or a label is none of the set; ValueError if `classes` is
 *   neither 10 nor 100.
 * @example
 * parseCifar(bytes, { name: "data_batch_1.bin", classes: 10 }).images.shape;   // [10000, 3, 32, 32]
 */
export function parseCifar(bytes: Uint8Array, { name, classes }: ParseCifarOptions): CifarImages {
  if (classes !== 10 && classes !== 100) {
    throw new ValueError("parseCifar", { classes }, (d) => {
      return `there is no CIFAR of ${String(d.classes)} classes. Use 10 or 100.`;
    });
  }
  const refuse: Refuse = (problem, fact, remedy) =>
    new FormatError("parseCifar", { name, problem }, () => `${name} ${fact}. ${remedy}`);
  const width = classes === 10 ? 1 : 2;
  const count = countRecords(bytes, width + PIXELS, refuse);
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  const coarse = new Uint8Array(classes === 10 ? 0 : count);
  for (let i = 0; i < count; i++) {
    const at = i * (width + PIXELS);
    if (classes === 100) coarse[i] = requireLabel(bytes[at], COARSE_CLASSES, i, refuse);
    labels[i] = requireLabel(bytes[at + width - 1], classes, i, refuse);
    images.set(bytes.subarray(at + width, at + width + PIXELS), i * PIXELS);
  }
  return {
    images: { dtype: "uint8", shape: [count, 3, 32, 32], data: images },
    labels: { dtype: "uint8", shape: [count], data: labels },
    coarseLabels: classes === 10 ? null : { dtype: "uint8", shape: [count], data: coarse },
  };
}

type Refuse = (problem: CifarProblem, fact: string, remedy: string) => FormatError;

function countRecords(bytes: Uint8Array, record: number, refuse: Refuse): number {
  if (bytes.length === 0) throw refuse("empty", "is empty", "Fetch it again.");
  const count = bytes.length / record;
  if (Number.isInteger(count)) return count;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    throw refuse("magic", "starts with 1f 8b, so it is a gzip stream", "Unpack the archive first.");
  }
  const fact = `has ${bytes.length} bytes, which is no multiple of the ${record} of one record`;
  throw refuse("truncated", fact, "Fetch it again, and check whether it is CIFAR-10 or CIFAR-100.");
}

function requireLabel(label: number, classes: number, index: number, refuse: Refuse): number {
  if (label < classes) return label;
  const fact = `has label ${label} at image ${index}, but labels are 0 to ${classes - 1}`;
  throw refuse("label", fact, "Check that this is the binary version of the set.");
}
