import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensor } from "@tapegrad/autograd";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  readCifar,
  readCsv,
  readIdx,
  readNpy,
  readNpz,
  writeNpy,
  writeNpz,
} from "../../src/node/index.ts";
import { messageOf } from "../oracles/refusal.ts";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tapegrad-read-data-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const path = (name: string): string => join(directory, name);
const write = (name: string, bytes: Uint8Array | string): void => writeFileSync(path(name), bytes);

/** The message with the temporary directory, whose name is random, written as DIR. */
const refusalOf = (act: () => unknown): string => messageOf(act).replaceAll(directory, "DIR");

/** Images of CIFAR with the given labels, two bytes for each where there are two. */
const cifar = (...records: readonly (readonly number[])[]): Uint8Array =>
  new Uint8Array(records.flatMap((labels) => [...labels, ...new Uint8Array(3072).fill(labels[0])]));

describe("files of data", () => {
  it("are read as their bytes are", () => {
    write("a.idx", Uint8Array.of(0, 0, 0x0b, 1, 0, 0, 0, 1, 1, 2));
    write("t.csv", "x;kind\n1;a\n2;b\n");

    expect(readIdx(path("a.idx")).data).toEqual(Int16Array.of(258));
    expect(readCsv(path("t.csv"), { delimiter: ";", label: "kind" }).classes).toEqual(["a", "b"]);
  });

  it("are refused with their path", () => {
    write("a.npy", "no array");

    expect(refusalOf(() => readNpy(path("a.npy")))).toMatchInlineSnapshot(
      `"FormatError: parseNpy: DIR/a.npy: it does not begin with 93 4e 55 4d 50 59, as npy files do. The file is damaged; save it again."`,
    );
    expect(refusalOf(() => readNpz(path("a.npy")))).toMatchInlineSnapshot(
      `"FormatError: parseNpz: DIR/a.npy: it has 8 bytes, but no directory at its end. The file is damaged; save it again."`,
    );
    expect(refusalOf(() => readCsv(path("b.csv")))).toMatchInlineSnapshot(
      `"ValueError: readCsv: DIR/b.csv does not exist. Check the path and its permissions."`,
    );
    expect(refusalOf(() => readIdx(directory))).toMatchInlineSnapshot(
      `"ValueError: readIdx: DIR is not a regular file. Pass the path of a file."`,
    );
  });
});

describe("readCifar", () => {
  it("joins the five batches of CIFAR-10", () => {
    [[0], [1], [2], [3], [4]].forEach((labels, i) => {
      write(`data_batch_${i + 1}.bin`, cifar(labels, [9]));
    });
    write("test_batch.bin", cifar([5]));

    const { train, test } = readCifar(directory, { classes: 10 });

    expect(train.images.shape).toEqual([10, 3, 32, 32]);
    expect([...train.labels.data]).toEqual([0, 9, 1, 9, 2, 9, 3, 9, 4, 9]);
    expect(train.images.data[2 * 3072]).toBe(1);
    expect(train.coarseLabels).toBeNull();
    expect(test.labels.data).toEqual(Uint8Array.of(5));
  });

  it("reads CIFAR-100", () => {
    write("train.bin", cifar([1, 50], [2, 99]));
    write("test.bin", cifar([3, 7]));

    const { train, test } = readCifar(directory, { classes: 100 });

    expect([...train.labels.data]).toEqual([50, 99]);
    expect(test.coarseLabels?.data).toEqual(Uint8Array.of(3));
  });

  it("names the file that is missing, and a set that does not exist", () => {
    expect(refusalOf(() => readCifar(directory, { classes: 100 }))).toMatchInlineSnapshot(
      `"ValueError: readCifar: DIR/train.bin does not exist. Check the path and its permissions."`,
    );
    expect(refusalOf(() => readCifar(directory, { classes: 20 as 10 }))).toMatchInlineSnapshot(
      `"ValueError: readCifar: there is no CIFAR of 20 classes. Use 10 or 100."`,
    );
  });
});

describe("numpy's files", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);

  it("are read back as they were written", () => {
    writeNpy(path("x.npy"), x);
    writeNpz(path("d.npz"), { x, "a/b": tensor([7], { dtype: "int32" }) }, { compress: true });

    expect(readNpy(path("x.npy")).data).toEqual(Float32Array.of(1, 2, 3, 4));
    expect([...readNpz(path("d.npz")).keys()]).toEqual(["x", "a/b"]);
    expect(readdirSync(directory).sort()).toEqual(["d.npz", "x.npy"]);
  });

  it("are not written where nothing can be", () => {
    mkdirSync(path("x.npy"));
    writeFileSync(path("file"), "");

    expect(refusalOf(() => writeNpy(path("x.npy"), x))).toMatchInlineSnapshot(
      `"ValueError: writeNpy: DIR/x.npy cannot be written (EISDIR). Check the path, its permissions and the space on the disk."`,
    );
    expect(refusalOf(() => writeNpz(path("file/d.npz"), { x }))).toMatchInlineSnapshot(
      `"ValueError: writeNpz: DIR/file/d.npz cannot be written (EEXIST). Check the path, its permissions and the space on the disk."`,
    );
  });
});
