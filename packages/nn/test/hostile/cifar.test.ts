import { describe } from "vitest";
import { type CifarImages, type CifarProblem, parseCifar } from "../../src/data/cifar.ts";
import { type CraftedFile, refuses, requireFit, survivesMutations } from "./hostile-files.ts";

const parse = (classes: 10 | 100) => (bytes: Uint8Array) =>
  parseCifar(bytes, { name: "c.bin", classes });

function check({ images, labels, coarseLabels }: CifarImages): void {
  for (const array of [images, labels, coarseLabels ?? labels]) requireFit(array);
}

/** One record of labels after another, with pixels of one value. */
function file(...records: readonly (readonly number[])[]): Uint8Array {
  const width = (records[0]?.length ?? 1) + 3072;
  const bytes = new Uint8Array(records.length * width).fill(200);
  records.forEach((labels, i) => {
    bytes.set(labels, i * width);
  });
  return bytes;
}

describe("CIFAR-10 files", () => {
  survivesMutations<CifarImages>({ files: [file([9]), file([1], [0])], parse: parse(10), check });
});

const many = (count: number, label: number): number[][] =>
  Array.from({ length: count }, () => [label]);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const TEN: readonly CraftedFile<CifarProblem>[] = [
  ["an empty file", "empty", new Uint8Array()],
  ["one byte", "truncated", Uint8Array.of(3)],
  ["labels alone", "truncated", Uint8Array.of(1, 2, 3, 4, 5)],
  ["an image without its last pixel", "truncated", file([1]).subarray(0, -1)],
  ["an image without its label", "truncated", new Uint8Array(3072)],
  ["a byte behind the last image", "truncated", new Uint8Array(3074)],
  ["two images, the second cut in half", "truncated", file([1], [2]).subarray(0, 4000)],
  ["images of one channel", "truncated", new Uint8Array(10 * 1025)],
  ["images of 28 by 28", "truncated", new Uint8Array(10 * 785)],
  ["a record of CIFAR-100", "truncated", file([1, 2])],
  ["ten records of CIFAR-100", "truncated", new Uint8Array(30_740)],
  ["a header of 16 bytes", "truncated", new Uint8Array(3073 + 16)],
  ["a text", "truncated", text("airplane\nautomobile\n")],
  ["a pickle of the version for Python", "truncated", Uint8Array.of(0x80, 2, 0x7d, 0x71)],
  ["a zip archive", "truncated", text("PK\u0003\u0004")],
  ["an npy file", "truncated", Uint8Array.of(0x93, 78, 85, 77, 80, 89)],
  ["a gzip stream", "magic", Uint8Array.of(0x1f, 0x8b, 8, 0)],
  ["label 10", "label", file([10])],
  ["label 255", "label", file([255])],
  ["label 10 in the last image", "label", file(...many(9, 3), [10])],
  ["label 128, whose sign bit is set", "label", file([128])],
  ["labels of letters", "label", file([97], [98])],
  ["labels counted from 1", "label", file(...Array.from({ length: 10 }, (_, i) => [i + 1]))],
  ["pixels in place of labels", "label", file([1], [2]).fill(255)],
  [
    "images that are shifted by one byte",
    "label",
    () => {
      const bytes = file([1], [2]);
      return Uint8Array.from(bytes, (_, i) => bytes[(i + 1) % bytes.length]);
    },
  ],
  [
    "a gzip stream as long as a record",
    "label",
    () => {
      const bytes = file([1]);
      bytes.set([0x1f, 0x8b]);
      return bytes;
    },
  ],
];

const HUNDRED: readonly CraftedFile<CifarProblem>[] = [
  ["an empty file", "empty", new Uint8Array()],
  ["a record of CIFAR-10", "truncated", file([1])],
  ["a hundred records of CIFAR-10", "truncated", new Uint8Array(307_300)],
  ["one label alone", "truncated", Uint8Array.of(1)],
  ["both labels alone", "truncated", Uint8Array.of(1, 2)],
  ["an image without its last pixel", "truncated", file([1, 2]).subarray(0, -1)],
  ["two bytes behind the last image", "truncated", new Uint8Array(3076)],
  ["superclass 20", "label", file([20, 5])],
  ["superclass 255", "label", file([255, 5])],
  ["class 100", "label", file([19, 100])],
  ["class 255", "label", file([19, 255])],
  ["class and superclass swapped", "label", file([99, 19])],
  ["class 100 in the second image", "label", file([0, 0], [0, 100])],
  ["a gzip stream", "magic", Uint8Array.of(0x1f, 0x8b, 8, 0)],
];

describe("a crafted CIFAR-10 file", () => {
  refuses(parse(10), TEN);
});

describe("a crafted CIFAR-100 file", () => {
  refuses(parse(100), HUNDRED);
});
