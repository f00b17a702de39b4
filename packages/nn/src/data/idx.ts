/**
 * @file IDX, the file format of MNIST: `00 00`, a type code, the rank, big-endian sizes, then the values.
 *
 * Invariants
 * - the bytes are from strangers: the header is checked against the length of the file before anything
 *   is made of it, and every failure is a FormatError;
 * - bytes are not copied: `data` of such a file is a view on what was given. Wider values are, since the file has
 *   them in big-endian order.
 *
 * This module knows neither files nor tensors: see node/read-data.ts. Format: LeCun, Cortes & Burges, The MNIST
 * database, "File formats".
 */
import { FormatError } from "@tapegrad/autograd";
import {
  reverseItems,
  STORED_TYPES,
  type StoredTensor,
  type StoredType,
} from "../serialization/stored-types.ts";

/** An array in row-major order, of one of the six types of IDX. */
export type IdxArray = Extract<
  StoredTensor,
  { readonly dtype: "uint8" | "int8" | "int16" | "int32" | "float32" | "float64" }
>;

/** Pictures and their classes: image i is `images.subarray(i * height * width, (i + 1) * height * width)`. */
export interface LabelledImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Grey values, row by row: 0 is background, 255 full ink. */
  readonly images: Uint8Array;
  /** One class from 0 to 9 per image. */
  readonly labels: Uint8Array;
}

export type IdxProblem =
  | "magic"
  | "type"
  | "rank"
  | "size"
  | "overflow"
  | "truncated"
  | "trailing"
  | "count"
  | "label";

/** The names under which stored-types.ts knows the types, by their code in the file. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [0x08, "U8"],
  [0x09, "I8"],
  [0x0b, "I16"],
  [0x0c, "I32"],
  [0x0d, "F32"],
  [0x0e, "F64"],
]);
const CLASSES = 10;
const SHOWN_SIZES = 8;
const FETCH_AGAIN = "The file is damaged or incomplete; fetch it again.";

/**
 * Reads the bytes of one IDX file, already decompressed.
 *
 * - types: unsigned and signed bytes, int16, int32, float32, float64
 * - `name` stands for the file in messages
 * - `data` of unsigned bytes is a view on `bytes`, so changing one changes the other
 *
 * @throws FormatError if the bytes are not exactly one IDX array without an empty axis.
 * @example
 * parseIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]), { name: "labels" });   // shape [2], data [7, 9]
 */
export function parseIdx(bytes: Uint8Array, { name }: { readonly name: string }): IdxArray {
  const refuse = refusal("parseIdx", name);
  const { type, rank } = parseMagic(bytes, refuse);
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    const fact = `has ${bytes.length} bytes, but its rank ${rank} takes a header of ${start}`;
    throw refuse("truncated", fact, FETCH_AGAIN);
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));
  const size = checkedSize(shape, type.itemSize, refuse);
  const found = bytes.length - start;
  if (found !== size) {
    const fact = `has shape ${show(shape)}, which is ${size} bytes, but ${found} follow its header`;
    throw refuse(found < size ? "truncated" : "trailing", fact, FETCH_AGAIN);
  }
  const values = new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
  const ordered = type.itemSize === 1 ? values : reverseItems(values, type.itemSize);
  return type.decode(ordered, shape) as IdxArray;
}

/**
 * Checks that images and labels belong together, as the two files of an MNIST set do.
 *
 * - `images` has shape [count, height, width], `labels` has shape [count] and values from 0 to 9; both are
 *   unsigned bytes
 *
 * @throws FormatError if a rank or type is another, the counts differ, or a label is not a digit.
 */
export function pairImagesWithLabels(
  images: IdxArray,
  labels: IdxArray,
  { imagesName, labelsName }: { readonly imagesName: string; readonly labelsName: string },
): LabelledImages {
  const refuseImages = refusal("pairImagesWithLabels", imagesName);
  const refuseLabels = refusal("pairImagesWithLabels", labelsName);
  const swapped = "Check that the files of images and labels are not swapped.";
  if (images.shape.length !== 3) {
    const fact = `has shape ${show(images.shape)}, but images have rank 3: [count, height, width]`;
    throw refuseImages("rank", fact, swapped);
  }
  if (labels.shape.length !== 1) {
    const fact = `has shape ${show(labels.shape)}, but labels have rank 1: [count]`;
    throw refuseLabels("rank", fact, swapped);
  }
  const [count, height, width] = images.shape;
  requireBytes(images, refuseImages);
  requireBytes(labels, refuseLabels);
  if (labels.shape[0] !== count) {
    const fact = `holds ${labels.shape[0]} labels, but ${imagesName} holds ${count} images`;
    throw refuseLabels("count", fact, "Take both files from the same set, train or t10k.");
  }
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    const fact = `has label ${labels.data[wrong]} at index ${wrong}, but digits are 0 to ${CLASSES - 1}`;
    throw refuseLabels("label", fact, "Use a set with ten classes.");
  }
  return { count, height, width, images: images.data, labels: labels.data };
}

type Refuse = (problem: IdxProblem, fact: string, remedy: string) => FormatError;

const refusal =
  (op: string, name: string): Refuse =>
  (problem, fact, remedy) =>
    new FormatError(op, { name, problem }, () => `${name} ${fact}. ${remedy}`);

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

/** The first sizes of a shape: a damaged header may name 255 of them. */
const show = (shape: readonly number[]): string =>
  `[${shape.slice(0, SHOWN_SIZES).join(", ")}${shape.length > SHOWN_SIZES ? ", …" : ""}]`;

function requireBytes(
  array: IdxArray,
  refuse: Refuse,
): asserts array is Extract<IdxArray, { readonly dtype: "uint8" }> {
  if (array.dtype === "uint8") return;
  const fact = `holds values of type ${array.dtype}, but images and labels are unsigned bytes`;
  throw refuse("type", fact, "Read it with `parseIdx` alone, or convert it.");
}

/** Type and rank, after the two zero bytes have been checked. */
function parseMagic(bytes: Uint8Array, refuse: Refuse): { type: StoredType; rank: number } {
  if (bytes.length < 4) {
    const fact = `has ${bytes.length} bytes, but an IDX header has at least 8`;
    throw refuse("truncated", fact, FETCH_AGAIN);
  }
  const [first, second, code, rank] = bytes;
  if (first === 0x1f && second === 0x8b) {
    throw refuse("magic", "starts with 1f 8b, so it is a gzip stream", "Decompress it first.");
  }
  if (first !== 0 || second !== 0) {
    const fact = `starts with ${hex(first)} ${hex(second)}, but an IDX file starts with 00 00`;
    throw refuse("magic", fact, "Check that this is the right file.");
  }
  const type = STORED_TYPES.get(TYPES.get(code) ?? "");
  if (type === undefined) {
    const known = [...TYPES.keys()].map((byte) => `0x${hex(byte)}`).join(", ");
    const fact = `holds values of type 0x${hex(code)}, but the types of IDX are ${known}`;
    throw refuse("type", fact, FETCH_AGAIN);
  }
  if (rank === 0) {
    throw refuse("rank", "has rank 0, but an IDX array has at least one axis", FETCH_AGAIN);
  }
  return { type, rank };
}

/** The number of bytes of all elements, at least 1 and exact. */
function checkedSize(shape: readonly number[], itemSize: number, refuse: Refuse): number {
  const empty = shape.indexOf(0);
  if (empty >= 0) {
    const fact = `has shape ${show(shape)}, which is empty along axis ${empty}`;
    throw refuse("size", fact, "Use a file with at least one value.");
  }
  const size = shape.reduce((product, length) => product * length, itemSize);
  if (!Number.isSafeInteger(size)) {
    const fact = `has shape ${show(shape)}, which is more than 2^53 - 1 bytes`;
    throw refuse("overflow", fact, FETCH_AGAIN);
  }
  return size;
}
