import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accepts, everyDType, fileOf, layout, oneTensor, read } from "./safetensors-files.ts";

const ORACLE = new URL("../../../../../shared/oracle/safetensors/", import.meta.url);

describe("parseSafetensors", () => {
  it("reads every dtype at every alignment", () => {
    const file = everyDType();
    const expected = new Map<string, unknown>([
      ["bits", { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) }],
      ["float", { dtype: "float32", shape: [2], data: Float32Array.of(1.5, -2) }],
      ["double", { dtype: "float64", shape: [], data: Float64Array.of(Math.PI) }],
      ["bytes", { dtype: "uint8", shape: [5], data: Uint8Array.of(0, 255, 7, 8, 9) }],
      ["integers", { dtype: "int32", shape: [1, 2], data: Int32Array.of(-5, 2 ** 31 - 1) }],
      ["long", { dtype: "int64", shape: [2], data: BigInt64Array.of(-(2n ** 63n), 7n) }],
      ["empty", { dtype: "float64", shape: [0, 3], data: new Float64Array() }],
    ]);

    for (let shift = 0; shift < 8; shift++) {
      const shifted = new Uint8Array(file.length + shift).subarray(shift);
      shifted.set(file);

      expect(read(shifted).tensors).toEqual(expected);
    }
  });

  it("reads the metadata", () => {
    const { metadata } = read(everyDType());

    expect([...metadata]).toEqual([
      ["format", "pt"],
      ["", "ü"],
    ]);
  });

  it("views values that are aligned and copies those that are not", () => {
    const header = `{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`.padEnd(56);
    const aligned = fileOf(header, Uint8Array.of(0, 0, 128, 63));
    const unaligned = fileOf(`${header} `, Uint8Array.of(0, 0, 128, 63));

    const [viewed, copied] = [aligned, unaligned].map((file) => read(file).tensors.get("w"));

    expect(viewed?.data).toEqual(Float32Array.of(1));
    expect(viewed?.data.buffer).toBe(aligned.buffer);
    expect(copied?.data).toEqual(Float32Array.of(1));
    expect(copied?.data.buffer).not.toBe(unaligned.buffer);
  });

  it("accepts a file without tensors, and tensors in any order of their offsets", () => {
    const orders: [number, number][] = [
      [4, 9],
      [0, 4],
      [4, 4],
    ];

    expect(read(fileOf("{}")).tensors.size).toBe(0);
    expect([...read(layout(orders, 9)).tensors.keys()]).toEqual(["t0", "t1", "t2"]);
  });

  it("keeps names of prototypes as names", () => {
    const entry = `{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`;

    const { tensors } = read(fileOf(`{"__proto__":${entry},"constructor":${entry}}`));

    expect([...tensors.keys()]).toEqual(["__proto__", "constructor"]);
    expect(Object.hasOwn(Object.prototype, "dtype")).toBe(false);
  });

  it("throws nothing but FormatErrors for any JSON in the place of a field", () => {
    const fields = fc.record(
      {
        dtype: fc.oneof(
          fc.constantFrom("F32", "I64", "BOOL", "F8_E4M3", "constructor"),
          fc.jsonValue(),
        ),
        shape: fc.oneof(fc.array(fc.maxSafeNat(), { maxLength: 3 }), fc.jsonValue()),
        data_offsets: fc.oneof(fc.array(fc.nat(16), { maxLength: 3 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, (changes) => {
        accepts(oneTensor(changes));
      }),
      { numRuns: 400 },
    );
  });

  it("accepts a layout exactly if every byte belongs to one tensor", () => {
    const gaps = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1));
    const steps = fc.array(fc.record({ gap: gaps, length: fc.integer({ min: 1, max: 5 }) }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(steps, gaps, (steps, tail) => {
        const offsets: [number, number][] = [];
        for (const { gap, length } of steps) {
          const begin = Math.max(0, (offsets.at(-1)?.[1] ?? 0) + gap);
          offsets.push([begin, begin + length]);
        }
        const dataLength = Math.max(0, (offsets.at(-1)?.[1] ?? 0) + tail);
        const owners = Array.from({ length: 40 }, (_, byte) => {
          return offsets.filter(([begin, end]) => begin <= byte && byte < end).length;
        });

        const accepted = accepts(layout(offsets, dataLength));

        expect(accepted).toBe(owners.every((count, byte) => count === (byte < dataLength ? 1 : 0)));
      }),
      { numRuns: 200 },
    );
  });
});

describe("files of the reference implementation", () => {
  const present = existsSync(ORACLE);
  if (!present) console.warn(`skipped: no folder ${fileURLToPath(ORACLE)}`);

  it.skipIf(!present)("are read with the shapes that PyTorch stored", () => {
    const { tensors, metadata } = read(readFileSync(new URL("cnn.safetensors", ORACLE)));

    expect(tensors.get("conv2.weight")?.shape).toEqual([6, 4, 3, 3]);
    expect(tensors.get("bn1.num_batches_tracked")?.data).toBeInstanceOf(BigInt64Array);
    expect(metadata.get("format")).toBe("pt");
  });

  it.skipIf(!present)("are all read whole", () => {
    const names = readdirSync(ORACLE).filter((name) => name.endsWith(".safetensors"));

    const refused = names.filter((name) => !accepts(readFileSync(new URL(name, ORACLE))));

    expect(names.length).toBeGreaterThan(0);
    expect(refused).toEqual([]);
  });
});
