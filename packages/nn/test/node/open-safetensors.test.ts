import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ones, tensor } from "@tapegrad/autograd";
import { serializeSafetensors } from "@tapegrad/nn";
import { openSafetensors, type SafetensorsFile, writeSafetensors } from "@tapegrad/nn/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";
import { fileOf } from "../serialization/safetensors-files.ts";

let directory = "";
let path = "";
let opened: SafetensorsFile[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tapegrad-open-"));
  path = join(directory, "w.safetensors");
});

afterEach(() => {
  for (const file of opened) file.close();
  opened = [];
  rmSync(directory, { recursive: true });
});

const refusal = (act: () => unknown): string => messageOf(act).replaceAll(directory, "DIR");

/** The file at `path`, which is closed after the test. */
function open(): SafetensorsFile {
  const file = openSafetensors(path);
  opened.push(file);
  return file;
}

/** A table of 4 rows, a scalar, a tensor without rows. */
function writeTables(): void {
  const table = tensor(
    Float32Array.from({ length: 12 }, (_, i) => i),
    { shape: [4, 3] },
  );
  const empty = ones([0, 3]);
  writeSafetensors(path, { table, scalar: tensor(2.5), empty }, { metadata: { format: "pt" } });
}

describe("openSafetensors", () => {
  it("describes every tensor, and reads those that are asked for", () => {
    writeTables();

    const file = open();

    expect(file.path).toBe(path);
    expect([...file.metadata]).toEqual([["format", "pt"]]);
    expect(Object.fromEntries(file.descriptions)).toEqual({
      empty: { dtype: "F32", shape: [0, 3] },
      scalar: { dtype: "F32", shape: [] },
      table: { dtype: "F32", shape: [4, 3] },
    });
    expect(file.read("scalar")).toEqual({
      dtype: "float32",
      shape: [],
      data: Float32Array.of(2.5),
    });
    expect(file.read("table").data).toHaveLength(12);
    expect(file.read("empty").shape).toEqual([0, 3]);
  });

  it("reads rows", () => {
    writeTables();
    const file = open();

    const rows = file.readRows("table", 1, 3);

    expect(rows).toEqual({
      dtype: "float32",
      shape: [2, 3],
      data: Float32Array.of(3, 4, 5, 6, 7, 8),
    });
    expect(file.readRows("table", 4, 4).shape).toEqual([0, 3]);
    expect(file.readRows("empty", 0, 0).shape).toEqual([0, 3]);
  });

  it("reads tensors that lie beyond 2^32 bytes, and only those", () => {
    const [rows, width] = [2 ** 23 + 1, 1024];
    const header =
      `{"large":{"dtype":"U8","shape":[${rows},${width}],"data_offsets":[0,${rows * width}]},` +
      `"last":{"dtype":"U8","shape":[2],"data_offsets":[${rows * width},${rows * width + 2}]}}`;
    writeFileSync(path, fileOf(header));
    truncateSync(path, 8 + header.length + rows * width + 2); // a sparse file, all zeros
    const before = process.memoryUsage().arrayBuffers;

    const file = open();

    expect(file.read("last").data).toEqual(Uint8Array.of(0, 0));
    expect(file.readRows("large", rows - 1, rows).shape).toEqual([1, width]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });

  it("can be closed twice", () => {
    writeTables();
    const file = openSafetensors(path);

    file.close();
    file.close();

    expect(refusal(() => file.read("table"))).toMatchInlineSnapshot(
      `"ValueError: read: DIR/w.safetensors is closed. Read before \`close()\`, or open it again."`,
    );
  });
});

describe("the messages of an open safetensors file", () => {
  it("names a file that is not there, and one that is no file", () => {
    mkdirSync(path);

    expect(refusal(() => openSafetensors(join(directory, "none")))).toMatchInlineSnapshot(
      `"ValueError: openSafetensors: DIR/none does not exist. Check the path and its permissions."`,
    );
    expect(refusal(() => openSafetensors(path))).toMatchInlineSnapshot(
      `"ValueError: openSafetensors: DIR/w.safetensors is not a regular file. Pass the path of a file."`,
    );
    writeFileSync(join(directory, "file"), "");
    expect(refusal(() => openSafetensors(join(directory, "file", "w")))).toMatchInlineSnapshot(
      `"ValueError: openSafetensors: DIR/file/w cannot be read (ENOTDIR). Check the path and its permissions."`,
    );
  });

  it("names the file whose bytes are wrong", () => {
    writeFileSync(path, serializeSafetensors({ w: ones([3]) }).subarray(0, -1));

    expect(refusal(() => openSafetensors(path))).toMatchInlineSnapshot(
      `"FormatError: openSafetensors: DIR/w.safetensors: tensor "w" has offsets [0, 12], but only 11 bytes follow the header. The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("names the nearest tensor", () => {
    writeTables();
    const file = open();

    expect(refusal(() => file.read("tables"))).toMatchInlineSnapshot(
      `"ValueError: read: DIR/w.safetensors has no tensor "tables". Is "table" meant? See \`descriptions\`."`,
    );
    expect(refusal(() => file.readRows("x", 0, 1))).toMatchInlineSnapshot(
      `"ValueError: readRows: DIR/w.safetensors has no tensor "x". See \`descriptions\`."`,
    );
  });

  it("refuses rows that are not there", () => {
    writeTables();
    const file = open();

    expect(refusal(() => file.readRows("table", 3, 5))).toMatchInlineSnapshot(
      `"ValueError: readRows: rows 3 to 5 were asked for, but "table" has 4. Use integers with 0 ≤ begin ≤ end ≤ 4."`,
    );
    for (const [begin, end] of [
      [-1, 2],
      [2, 1],
      [0.5, 1],
      [0, Number.NaN],
    ]) {
      expect(refusal(() => file.readRows("table", begin, end))).toMatch(/^ValueError: readRows/);
    }
    expect(refusal(() => file.readRows("scalar", 0, 1))).toMatchInlineSnapshot(
      `"AxisError: readRows: "scalar" is a scalar, which has no rows. Use \`read\`."`,
    );
  });

  it("sees that the file has become shorter", () => {
    writeTables();
    const file = open();
    truncateSync(path, statSync(path).size - 1);

    expect(refusal(() => file.read("table"))).toMatchInlineSnapshot(
      `"FormatError: read: DIR/w.safetensors: tensor "table" ends early: the file has become shorter. The file is damaged or not safetensors; fetch or write it again."`,
    );
  });
});
