import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DType, ones, type Tensor, tensor } from "@tapegrad/autograd";
import { type StoredTensor, serializeSafetensors, toTensor } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";
import { everyDType, read } from "./safetensors-files.ts";

const BESIDE = fileURLToPath(new URL("../../../../../shared/oracle", import.meta.url));
const ORACLE = join(process.env["ORACLE_DIR"] ?? BESIDE, "safetensors");

/** The bits of every value, which tell NaNs apart, and -0 from 0. */
const bitsOf = ({ data }: StoredTensor): number[] => [
  ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
];

const headerOf = (bytes: Uint8Array): string => {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
};

describe("serializeSafetensors", () => {
  it("writes what the format says, byte for byte", () => {
    const bytes = serializeSafetensors(
      { b: tensor([true, false]), a: tensor([[1.5], [-2]]) },
      { metadata: { format: "pt" } },
    );

    const header =
      '{"__metadata__":{"format":"pt"},' +
      '"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},' +
      '"b":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    const expected = [padded.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(padded)];
    expect([...bytes]).toEqual([...expected, 0, 0, 192, 63, 0, 0, 0, 192, 1, 0]);
  });

  it("writes a file without tensors", () => {
    expect(headerOf(serializeSafetensors({}))).toBe("{}      ");
  });

  it("lays wider values first, so that each tensor starts at a multiple of its item size", () => {
    const file = serializeSafetensors(read(everyDType()).tensors);

    const { tensors } = read(file);
    expect([...tensors.keys()]).toEqual([
      "long",
      "double",
      "empty",
      "float",
      "integers",
      "bytes",
      "bits",
    ]);
    for (const { data } of tensors.values()) expect(data.buffer).toBe(file.buffer);
  });

  it("brings every dtype back with the same bits", () => {
    const before = read(everyDType());

    const after = read(serializeSafetensors(before.tensors, { metadata: before.metadata }));

    expect(Object.fromEntries(after.tensors)).toEqual(Object.fromEntries(before.tensors));
    expect(after.metadata).toEqual(before.metadata);
  });

  it("keeps the sign of zero and the payload of every NaN", () => {
    const words = Uint32Array.of(0x80000000, 0x7fc00001, 0xffc12345, 0x7f800001, 1, 0xff800000);
    const longs = BigUint64Array.of(1n << 63n, 0x7ff8000000000123n, 0xfff0000000000001n);
    const float32 = tensor(new Float32Array(words.buffer));
    const float64 = tensor(new Float64Array(longs.buffer));

    const { tensors } = read(serializeSafetensors({ float32, float64 }));

    const found = [...tensors.values()].map(bitsOf);
    expect(found).toEqual([[...new Uint8Array(longs.buffer)], [...new Uint8Array(words.buffer)]]);
  });

  it("brings back every tensor under every name", () => {
    const dtypes = fc.constantFrom<DType>("float32", "float64", "int32", "bool");
    const shapes = fc.array(fc.nat(3), { maxLength: 3 });
    const tensors = fc.tuple(dtypes, shapes, fc.nat()).map(([dtype, shape, seed]) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const values = Float64Array.from({ length: size }, (_, i) => Math.sin(seed + i) * 3);
      const bits = values.map((value) => (value > 0 ? 1 : 0));
      return tensor(dtype === "bool" ? bits : values, { dtype, shape });
    });
    const names = fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__");
    fc.assert(
      fc.property(fc.array(fc.tuple(names, tensors), { maxLength: 5 }), (entries) => {
        const state = new Map(entries);

        const { tensors: found } = read(serializeSafetensors(state));

        expect([...found.keys()].toSorted()).toEqual([...state.keys()].toSorted());
        for (const [name, value] of state) {
          expect(String(toTensor(found.get(name) as StoredTensor))).toBe(String(value));
        }
      }),
    );
  });

  it("writes a transposed tensor in the order of its own rows", () => {
    const columns = tensor([
      [1, 2],
      [3, 4],
    ]).transpose();

    const { tensors } = read(serializeSafetensors({ columns }));

    expect(tensors.get("columns")?.data).toEqual(Float32Array.of(1, 3, 2, 4));
  });
});

describe("what the official library wrote", () => {
  const present = existsSync(ORACLE);
  if (!present) console.info(`skipped: no folder ${ORACLE}`);

  it.skipIf(!present).each(["mlp", "cnn", "lstm"])("is %s byte for byte again", (name) => {
    const original = new Uint8Array(readFileSync(join(ORACLE, `${name}.safetensors`)));
    const { tensors, metadata } = read(original);

    const again = serializeSafetensors(tensors, { metadata });

    expect(headerOf(again)).toBe(headerOf(Uint8Array.from(original)));
    expect(again).toEqual(original);
  });
});

describe("the messages of serializeSafetensors", () => {
  const w = ones([2]);
  const write = (tensors: object, metadata: object = {}) =>
    messageOf(() =>
      serializeSafetensors(tensors as Record<string, Tensor>, {
        metadata: metadata as Record<string, string>,
      }),
    );

  it("refuses what is no tensor", () => {
    expect(write({ w: 3 })).toMatchInlineSnapshot(
      `"DTypeError: serializeSafetensors: "w" is a number and no tensor. Make one with \`tensor(…)\`."`,
    );
    expect(write({ w: undefined })).toMatch(/^DTypeError/);
  });

  it("refuses stored data that do not fit their shape", () => {
    const data = new Float32Array(2);
    expect(write({ w: { dtype: "float32", shape: [3], data } })).toMatchInlineSnapshot(
      `"ShapeError: serializeSafetensors: "w" is float32[3], which takes 12 bytes, but its data has 8. Give it the shape of its data."`,
    );
  });

  it("refuses booleans other than 0 and 1", () => {
    const data = Uint8Array.of(2);
    expect(write({ w: { dtype: "bool", shape: [1], data } })).toMatchInlineSnapshot(
      `"ValueError: serializeSafetensors: "w" is bool, but not all its bytes are 0 or 1. Store it as uint8."`,
    );
  });

  it("refuses the name that the format keeps", () => {
    expect(write({ ["__metadata__"]: w })).toMatchInlineSnapshot(
      `"ValueError: serializeSafetensors: a tensor is named __metadata__, which the format keeps for texts. Rename it."`,
    );
  });

  it("refuses half of a surrogate pair, in names and texts", () => {
    expect(write({ "\ud800": w })).toMatchInlineSnapshot(
      `"ValueError: serializeSafetensors: "\\ud800" holds half of a surrogate pair, which UTF-8 cannot write. Correct the text."`,
    );
    expect(write({ w }, { a: "\udc00" })).toMatch(/surrogate/);
    expect(write({ w }, { "\udc00": "a" })).toMatch(/surrogate/);
  });

  it("refuses metadata that are no strings", () => {
    expect(write({ w }, { epoch: 3 })).toMatchInlineSnapshot(
      `"ValueError: serializeSafetensors: the metadata under "epoch" is a number, but safetensors holds strings. Write it as JSON text."`,
    );
  });

  it("refuses a header that readers would not take", () => {
    expect(write({ w }, { text: "x".repeat(100_000_001) })).toMatchInlineSnapshot(
      `"ValueError: serializeSafetensors: the header takes at least 100000001 bytes, but readers allow 100000000. Write several files."`,
    );
  });
});
