import { crc32 as expectedChecksum } from "node:zlib";
import { tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/serialization/crc-32.ts";
import { parseNpz, serializeNpz } from "../../src/serialization/npz.ts";
import { messageOf } from "../oracles/refusal.ts";
import { dictionaryOf, npyFile } from "./npy-files.ts";
import { zipFile } from "./zip-files.ts";

const parse = (bytes: Uint8Array) => parseNpz(bytes, { name: "d.npz" });

describe("parseNpz", () => {
  it("reads stored and deflated arrays in the order of the archive", () => {
    const file = zipFile([
      { name: "y.npy", data: npyFile(dictionaryOf("|u1", "(2,)"), [1, 2]), deflate: true },
      { name: "10.npy", data: npyFile(dictionaryOf("|i1", "()"), [3]) },
      { name: "2.npy", data: npyFile(dictionaryOf("|u1", "(0,)")), localExtra: 20 },
      { name: "layer/__proto__.npy", data: npyFile(dictionaryOf("|b1", "(1,)"), [1]) },
      { name: "größe.npy", data: npyFile(dictionaryOf("|b1", "(1,)"), [1]) },
    ]);

    const arrays = parse(file);

    expect([...arrays.keys()]).toEqual(["y", "10", "2", "layer/__proto__", "größe"]);
    expect(arrays.get("y")).toEqual({ dtype: "uint8", shape: [2], data: Uint8Array.of(1, 2) });
    expect(arrays.get("10")?.data).toEqual(Int8Array.of(3));
  });

  it("reads an archive without files, and one with a comment", () => {
    expect(parse(zipFile([])).size).toBe(0);
    expect(parse(zipFile([], { comment: "PK\u0005\u0006 made by hand" })).size).toBe(0);
  });

  it("reads up to a limit of bytes", () => {
    const data = npyFile(dictionaryOf("|u1", "(100,)"), new Uint8Array(100));
    const file = zipFile([{ name: "a.npy", data, deflate: true }]);

    expect(parseNpz(file, { name: "d.npz", maxBytes: data.length }).size).toBe(1);
    expect(
      messageOf(() => parseNpz(file, { name: "d.npz", maxBytes: data.length - 1 })),
    ).toMatchInlineSnapshot(
      `"FormatError: parseNpz: d.npz: its files unpack to 170 bytes, but at most 169 are read. Set \`maxBytes\` if you expect that many."`,
    );
  });

  it("refuses a limit that is none", () => {
    const options = { name: "d.npz", maxBytes: Number.NaN };

    expect(messageOf(() => parseNpz(zipFile([]), options))).toMatchInlineSnapshot(
      `"ValueError: parseNpz: maxBytes is NaN. Use a number of 0 or more."`,
    );
  });

  it("names the array in what parseNpy says", () => {
    const file = zipFile([{ name: "labels.npy", data: npyFile(dictionaryOf("|O", "(1,)")) }]);

    expect(messageOf(() => parse(file))).toMatchInlineSnapshot(
      `"FormatError: parseNpy: d.npz/labels.npy: it holds Python objects, which are pickled. Save arrays of numbers: \`numpy.save(…, allow_pickle=False)\`."`,
    );
  });
});

describe("serializeNpz", () => {
  const names = fc.string({ unit: "binary", maxLength: 8 });

  it("writes what is read back, by every name that is a plain relative path", () => {
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.nat(), { maxKeys: 4 }),
        fc.boolean(),
        (values, compress) => {
          const arrays = new Map(
            Object.entries(values).map(([name, value]) => [
              name,
              tensor([value], { dtype: "int32" }),
            ]),
          );
          let file: Uint8Array;
          try {
            file = serializeNpz(arrays, { compress });
          } catch (error) {
            expect(String(error)).toContain("no plain relative path");
            return;
          }

          const read = [...parse(file)].map(([name, { data }]) => [name, Number(data[0])]);

          expect(read).toEqual([...arrays].map(([name, x]) => [name, x.toTypedArray()[0]]));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("writes the same bytes for the same arrays, and fewer when it compresses", () => {
    const arrays = { x: tensor(new Float32Array(1000)) };

    expect(serializeNpz(arrays)).toEqual(serializeNpz(arrays));
    expect(serializeNpz(arrays).length).toBeGreaterThan(4000);
    expect(serializeNpz(arrays, { compress: true }).length).toBeLessThan(400);
  });

  it("refuses a name that leads elsewhere", () => {
    const x = tensor([1]);

    expect(messageOf(() => serializeNpz({ "../x": x }))).toMatchInlineSnapshot(
      `"ValueError: serializeNpz: the name "../x" is no plain relative path. Rename the array."`,
    );
  });
});

describe("crc32", () => {
  it("is Node's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(crc32(bytes)).toBe(expectedChecksum(bytes));
      }),
    );
  });
});
