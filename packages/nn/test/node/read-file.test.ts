import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { FormatError, type OpError, ValueError } from "@tapegrad/autograd";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readMnist, readSafetensors } from "../../src/node/index.ts";

const MNIST = fileURLToPath(new URL("../../../../../shared/data/mnist/", import.meta.url));

const TRAIN_IMAGES = "train-images-idx3-ubyte";
const TRAIN_LABELS = "train-labels-idx1-ubyte";
const TEST_IMAGES = "t10k-images-idx3-ubyte";
const TEST_LABELS = "t10k-labels-idx1-ubyte";

/** IDX with one byte per size, which is all these tests need. */
function idx(shape: readonly number[], values: readonly number[]): Uint8Array {
  const sizes = shape.flatMap((size) => [0, 0, 0, size]);
  return Uint8Array.of(0, 0, 8, shape.length, ...sizes, ...values);
}

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tapegrad-read-file-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const write = (name: string, bytes: Uint8Array): void => {
  writeFileSync(join(directory, name), bytes);
};

/** Three train images and one test image of 1 × 2 pixels. */
function writeSmallMnist(): void {
  write(TRAIN_IMAGES, idx([3, 1, 2], [10, 11, 12, 13, 14, 15]));
  write(TRAIN_LABELS, idx([3], [7, 8, 9]));
  write(TEST_IMAGES, idx([1, 1, 2], [16, 17]));
  write(TEST_LABELS, idx([1], [0]));
}

const refusalOf = (act: () => unknown): OpError => {
  try {
    act();
  } catch (error) {
    if (error instanceof ValueError || error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

/** The message with the temporary directory, whose name is random, written as DIR. */
const messageOf = (error: OpError): string => error.message.replaceAll(directory, "DIR");

describe("readMnist", () => {
  it("reads the four files", () => {
    writeSmallMnist();

    const { train, test } = readMnist(directory);

    expect(train).toEqual({
      count: 3,
      height: 1,
      width: 2,
      images: Uint8Array.of(10, 11, 12, 13, 14, 15),
      labels: Uint8Array.of(7, 8, 9),
    });
    expect(test.images).toEqual(Uint8Array.of(16, 17));
  });

  it("decompresses files with .gz, and takes those without where both exist", () => {
    writeSmallMnist();
    rmSync(join(directory, TEST_LABELS));
    write(`${TEST_LABELS}.gz`, gzipSync(idx([1], [4])));
    write(`${TRAIN_LABELS}.gz`, gzipSync(idx([3], [1, 1, 1])));

    const { train, test } = readMnist(directory);

    expect(test.labels).toEqual(Uint8Array.of(4));
    expect(train.labels).toEqual(Uint8Array.of(7, 8, 9));
  });

  it("refuses a directory that is not there", () => {
    const path = join(directory, "mnist");

    const error = refusalOf(() => readMnist(path));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readMnist: there is no directory DIR/mnist. Put the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte into it, with or without .gz: they come from MNIST at yann.lecun.com or any mirror of it."`,
    );
    expect(error).toBeInstanceOf(ValueError);
    expect(error.details).toEqual({ path });
  });

  it("refuses a file in the place of the directory", () => {
    write("mnist", new Uint8Array());

    expect(refusalOf(() => readMnist(join(directory, "mnist")))).toBeInstanceOf(ValueError);
  });

  it("names the file that is missing", () => {
    writeSmallMnist();
    rmSync(join(directory, TEST_IMAGES));

    const error = refusalOf(() => readMnist(directory));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readMnist: DIR has neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz. Put the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte into it, with or without .gz: they come from MNIST at yann.lecun.com or any mirror of it."`,
    );
    expect(error).toBeInstanceOf(ValueError);
  });

  it("refuses a directory in the place of a file", () => {
    writeSmallMnist();
    rmSync(join(directory, TRAIN_IMAGES));
    mkdirSync(join(directory, TRAIN_IMAGES));

    const error = refusalOf(() => readMnist(directory));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readMnist: DIR/train-images-idx3-ubyte is not a regular file. Pass the path of a file."`,
    );
    expect(error).toBeInstanceOf(ValueError);
  });

  it("refuses a file larger than any of MNIST before it reads it", () => {
    writeSmallMnist();
    truncateSync(join(directory, TRAIN_IMAGES), 64 * 2 ** 20 + 1);

    const error = refusalOf(() => readMnist(directory));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readMnist: DIR/train-images-idx3-ubyte has 67108865 bytes, but at most 67108864 are read. Use a smaller file."`,
    );
    expect(error).toBeInstanceOf(ValueError);
  });

  it("stops decompressing a bomb", () => {
    writeSmallMnist();
    rmSync(join(directory, TRAIN_IMAGES));
    const bomb = gzipSync(new Uint8Array(64 * 2 ** 20 + 1), { level: 1 });
    write(`${TRAIN_IMAGES}.gz`, bomb);

    const error = refusalOf(() => readMnist(directory));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readMnist: DIR/train-images-idx3-ubyte.gz decompresses to more than 67108864 bytes, which no file of MNIST does. Fetch the file again."`,
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error.details).toMatchObject({ problem: "gzip" });
  });

  it.each([
    ["is truncated", gzipSync(idx([1], [4])).subarray(0, 15)],
    [
      "has a wrong checksum",
      gzipSync(idx([1], [4])).map((byte, at, all) => (at < all.length - 8 ? byte : 0)),
    ],
    ["is no gzip stream", new TextEncoder().encode("<html>")],
    ["is empty", new Uint8Array()],
  ])("refuses a compressed file that %s", (_, bytes) => {
    writeSmallMnist();
    rmSync(join(directory, TEST_LABELS));
    write(`${TEST_LABELS}.gz`, bytes);

    const error = refusalOf(() => readMnist(directory));

    expect(error).toBeInstanceOf(FormatError);
  });

  it("says that a compressed file is damaged", () => {
    writeSmallMnist();
    rmSync(join(directory, TEST_LABELS));
    write(`${TEST_LABELS}.gz`, gzipSync(idx([1], [4])).subarray(0, 15));

    const error = refusalOf(() => readMnist(directory));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readMnist: DIR/t10k-labels-idx1-ubyte.gz is not a complete gzip stream (Z_BUF_ERROR). Fetch the file again."`,
    );
  });

  it("names the file whose bytes are wrong", () => {
    writeSmallMnist();
    write(TEST_LABELS, idx([1], [11]));

    const error = refusalOf(() => readMnist(directory));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"pairImagesWithLabels: DIR/t10k-labels-idx1-ubyte has label 11 at index 0, but digits are 0 to 9. Use a set with ten classes."`,
    );
  });

  it("refuses train and test images of different sizes", () => {
    writeSmallMnist();
    write(TEST_IMAGES, idx([1, 2, 2], [1, 2, 3, 4]));

    const error = refusalOf(() => readMnist(directory));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readMnist: DIR holds train images of 1 × 2 and test images of 2 × 2 pixels. Take all four files from the same set."`,
    );
    expect(error.details).toEqual({ name: directory, problem: "size" });
  });
});

describe("the real MNIST", () => {
  const present = existsSync(MNIST);
  if (!present) console.warn(`skipped: no folder ${MNIST}`);

  it.skipIf(!present)("has the counts, labels and mean that everybody reports", () => {
    const { train, test } = readMnist(MNIST);

    let sum = 0;
    for (const pixel of train.images) sum += pixel;
    expect([train.count, train.height, train.width, test.count]).toEqual([60_000, 28, 28, 10_000]);
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect(sum / train.images.length / 255).toBeCloseTo(0.1307, 4);
  });
});

describe("readSafetensors", () => {
  it("reads a file", () => {
    const header = '{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}';
    const bytes = Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(header), 5, 6);
    write("w.safetensors", bytes);

    const { tensors } = readSafetensors(join(directory, "w.safetensors"));

    expect(tensors.get("w")).toEqual({ dtype: "uint8", shape: [2], data: Uint8Array.of(5, 6) });
  });

  it("names a file that does not exist", () => {
    const error = refusalOf(() => readSafetensors(join(directory, "w.safetensors")));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readSafetensors: DIR/w.safetensors does not exist. Check the path and its permissions."`,
    );
    expect(error).toBeInstanceOf(ValueError);
    expect(error.details).toEqual({ path: join(directory, "w.safetensors"), code: "ENOENT" });
  });

  it("says why a path cannot be read", () => {
    write("w.safetensors", new Uint8Array());

    const error = refusalOf(() => readSafetensors(join(directory, "w.safetensors", "x")));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readSafetensors: DIR/w.safetensors/x cannot be read (ENOTDIR). Check the path and its permissions."`,
    );
    expect(error).toBeInstanceOf(ValueError);
  });

  it("refuses a file larger than can be held before it reads it", () => {
    write("w.safetensors", new Uint8Array());
    truncateSync(join(directory, "w.safetensors"), 2 ** 31);

    const error = refusalOf(() => readSafetensors(join(directory, "w.safetensors")));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"readSafetensors: DIR/w.safetensors has 2147483648 bytes, but at most 2147483647 are read. Read its tensors one by one, with \`openSafetensors\`."`,
    );
    expect(error).toBeInstanceOf(ValueError);
  });

  it("names the file whose bytes are wrong", () => {
    write("w.safetensors", Uint8Array.of(1, 2, 3));

    const error = refusalOf(() => readSafetensors(join(directory, "w.safetensors")));

    expect(messageOf(error)).toMatchInlineSnapshot(
      `"parseSafetensors: DIR/w.safetensors: it has 3 bytes, but the header length alone takes 8. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error).toBeInstanceOf(FormatError);
  });
});
