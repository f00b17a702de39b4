import { FormatError } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairImagesWithLabels, parseIdx } from "../../src/data/idx.ts";

/** An IDX file of unsigned bytes with values 0, 1, 2, …, of which single fields can be made wrong. */
function idxFile(
  shape: readonly number[],
  { code = 8, values = product(shape) }: { code?: number; values?: number } = {},
): Uint8Array {
  const header = new Uint8Array(4 + 4 * shape.length);
  header.set([0, 0, code, shape.length]);
  const view = new DataView(header.buffer);
  shape.forEach((size, axis) => {
    view.setUint32(4 + 4 * axis, size);
  });
  return new Uint8Array([...header, ...new Uint8Array(values).map((_, index) => index)]);
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

const read = (bytes: Uint8Array) => parseIdx(bytes, { name: "digits.idx" });

const array = (shape: readonly number[], data: readonly number[] = []) => ({
  dtype: "uint8" as const,
  shape,
  data: Uint8Array.from({ length: product(shape) }, (_, index) => data[index] ?? 0),
});

const names = { imagesName: "images.idx", labelsName: "labels.idx" };

const refusalOf = (act: () => unknown): FormatError => {
  try {
    act();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("parseIdx", () => {
  it("reads shape and values", () => {
    const { shape, data } = read(idxFile([2, 3]));

    expect(shape).toEqual([2, 3]);
    expect(data).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5));
  });

  it("reads every type, from big-endian bytes", () => {
    const file = (code: number, bytes: readonly number[]) =>
      read(Uint8Array.of(0, 0, code, 1, 0, 0, 0, 2, ...bytes));

    expect(file(0x09, [255, 127])).toEqual({
      dtype: "int8",
      shape: [2],
      data: Int8Array.of(-1, 127),
    });
    expect(file(0x0b, [1, 2, 255, 254]).data).toEqual(Int16Array.of(258, -2));
    expect(file(0x0c, [0, 1, 2, 3, 255, 255, 255, 255]).data).toEqual(Int32Array.of(66051, -1));
    expect(file(0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0]).data).toEqual(Float32Array.of(1, -2.5));
    expect(
      file(0x0e, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18]),
    ).toEqual({
      dtype: "float64",
      shape: [2],
      data: Float64Array.of(1, Math.PI),
    });
  });

  it("gives a view on the bytes, wherever they begin in their buffer", () => {
    const buffer = new Uint8Array([...Array.from({ length: 5 }, () => 255), ...idxFile([3])]);

    const { data } = read(buffer.subarray(5));

    expect(data.buffer).toBe(buffer.buffer);
    expect(data).toEqual(Uint8Array.of(0, 1, 2));
  });

  it("gives a plain Uint8Array for the bytes of a Buffer", () => {
    const { data } = read(Buffer.from(idxFile([3])));

    expect(data.constructor).toBe(Uint8Array);
  });

  it("reads back every shape that is written", () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const parsed = read(idxFile(shape));

        expect(parsed.shape).toEqual(shape);
        expect(parsed.data.length).toBe(product(shape));
      }),
    );
  });

  it("refuses a file too short for a header", () => {
    const error = refusalOf(() => read(Uint8Array.of(0, 0, 8)));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx has 3 bytes, but an IDX header has at least 8. The file is damaged or incomplete; fetch it again."`,
    );
    expect(error).toMatchObject({
      op: "parseIdx",
      details: { name: "digits.idx", problem: "truncated" },
    });
  });

  it("refuses a gzip stream and says so", () => {
    const error = refusalOf(() => read(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0)));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx starts with 1f 8b, so it is a gzip stream. Decompress it first."`,
    );
    expect(error.details).toMatchObject({ problem: "magic" });
  });

  it("refuses a file of another format", () => {
    const error = refusalOf(() => read(new TextEncoder().encode("PK\u0003\u0004")));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx starts with 50 4b, but an IDX file starts with 00 00. Check that this is the right file."`,
    );
    expect(error.details).toMatchObject({ problem: "magic" });
  });

  it("refuses a type code that means nothing", () => {
    const error = refusalOf(() => read(idxFile([2], { code: 0x0a })));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx holds values of type 0x0a, but the types of IDX are 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e. The file is damaged or incomplete; fetch it again."`,
    );
    expect(error.details).toMatchObject({ problem: "type" });
  });

  it("refuses a scalar", () => {
    const error = refusalOf(() => read(idxFile([])));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx has rank 0, but an IDX array has at least one axis. The file is damaged or incomplete; fetch it again."`,
    );
    expect(error.details).toMatchObject({ problem: "rank" });
  });

  it("refuses a header that ends before its last size", () => {
    const error = refusalOf(() => read(idxFile([2, 3, 4]).subarray(0, 13)));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx has 13 bytes, but its rank 3 takes a header of 16. The file is damaged or incomplete; fetch it again."`,
    );
    expect(error.details).toMatchObject({ problem: "truncated" });
  });

  it("refuses an empty axis", () => {
    const error = refusalOf(() => read(idxFile([0, 28, 28])));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx has shape [0, 28, 28], which is empty along axis 0. Use a file with at least one value."`,
    );
    expect(error.details).toMatchObject({ problem: "size" });
  });

  it("refuses a size that no number counts exactly", () => {
    const large = 2 ** 32 - 1;

    const error = refusalOf(() => read(idxFile([large, large], { values: 16 })));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx has shape [4294967295, 4294967295], which is more than 2^53 - 1 bytes. The file is damaged or incomplete; fetch it again."`,
    );
    expect(error.details).toMatchObject({ problem: "overflow" });
  });

  it("shows only the first sizes of a long shape", () => {
    const error = refusalOf(() => read(idxFile(new Array(255).fill(255), { values: 0 })));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx has shape [255, 255, 255, 255, 255, 255, 255, 255, …], which is more than 2^53 - 1 bytes. The file is damaged or incomplete; fetch it again."`,
    );
  });

  it("refuses a count larger than the file", () => {
    const error = refusalOf(() => read(idxFile([60_000, 28, 28], { values: 784 })));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx has shape [60000, 28, 28], which is 47040000 bytes, but 784 follow its header. The file is damaged or incomplete; fetch it again."`,
    );
    expect(error.details).toMatchObject({ problem: "truncated" });
  });

  it("refuses bytes after the last value", () => {
    const error = refusalOf(() => read(idxFile([2, 2], { values: 5 })));

    expect(error.message).toMatchInlineSnapshot(
      `"parseIdx: digits.idx has shape [2, 2], which is 4 bytes, but 5 follow its header. The file is damaged or incomplete; fetch it again."`,
    );
    expect(error.details).toMatchObject({ problem: "trailing" });
  });
});

describe("pairImagesWithLabels", () => {
  it("names the sizes and keeps the values", () => {
    const images = array([2, 1, 3], [1, 2, 3, 4, 5, 6]);
    const labels = array([2], [9, 0]);

    const pairs = pairImagesWithLabels(images, labels, names);

    expect(pairs).toEqual({
      count: 2,
      height: 1,
      width: 3,
      images: images.data,
      labels: labels.data,
    });
  });

  it("refuses images of another rank", () => {
    const error = refusalOf(() => pairImagesWithLabels(array([6]), array([6]), names));

    expect(error.message).toMatchInlineSnapshot(
      `"pairImagesWithLabels: images.idx has shape [6], but images have rank 3: [count, height, width]. Check that the files of images and labels are not swapped."`,
    );
    expect(error).toMatchObject({
      op: "pairImagesWithLabels",
      details: { name: "images.idx", problem: "rank" },
    });
  });

  it("refuses labels of another rank", () => {
    const error = refusalOf(() => pairImagesWithLabels(array([2, 1, 3]), array([2, 1]), names));

    expect(error.message).toMatchInlineSnapshot(
      `"pairImagesWithLabels: labels.idx has shape [2, 1], but labels have rank 1: [count]. Check that the files of images and labels are not swapped."`,
    );
    expect(error.details).toEqual({ name: "labels.idx", problem: "rank" });
  });

  it("refuses values that are no bytes", () => {
    const labels = { dtype: "int32", shape: [2], data: Int32Array.of(1, 2) } as const;

    const error = refusalOf(() => pairImagesWithLabels(array([2, 1, 3]), labels, names));

    expect(error.message).toMatchInlineSnapshot(
      `"pairImagesWithLabels: labels.idx holds values of type int32, but images and labels are unsigned bytes. Read it with \`parseIdx\` alone, or convert it."`,
    );
    expect(error.details).toEqual({ name: "labels.idx", problem: "type" });
  });

  it("refuses counts that differ", () => {
    const error = refusalOf(() => pairImagesWithLabels(array([2, 1, 3]), array([3]), names));

    expect(error.message).toMatchInlineSnapshot(
      `"pairImagesWithLabels: labels.idx holds 3 labels, but images.idx holds 2 images. Take both files from the same set, train or t10k."`,
    );
    expect(error.details).toMatchObject({ problem: "count" });
  });

  it("refuses a label that is not a digit", () => {
    const error = refusalOf(() =>
      pairImagesWithLabels(array([2, 1, 3]), array([2], [9, 10]), names),
    );

    expect(error.message).toMatchInlineSnapshot(
      `"pairImagesWithLabels: labels.idx has label 10 at index 1, but digits are 0 to 9. Use a set with ten classes."`,
    );
    expect(error.details).toMatchObject({ problem: "label" });
  });
});
