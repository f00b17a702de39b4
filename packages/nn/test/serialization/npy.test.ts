import { tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNpy, serializeNpy } from "../../src/serialization/npy.ts";
import type { StoredTensor } from "../../src/serialization/stored-types.ts";
import { messageOf } from "../oracles/refusal.ts";
import { dictionaryOf, npyFile } from "./npy-files.ts";

const parse = (bytes: Uint8Array): StoredTensor => parseNpy(bytes, { name: "x.npy" });

// written by numpy 2.4
const FROM_NUMPY = {
  float32:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAQEAAAIBAAACgQAAAwEA=",
  columns:
    "k05VTVBZAgB0AAAAeydkZXNjcic6ICc+aTInLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQAEAAIABQADAAY=",
  float16:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDQsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPgDAAHwBAA==",
  bool: "k05VTVBZAwB0AAAAeydkZXNjcic6ICd8YjEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==",
  uint64:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPnU4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAABw==",
};
const fromNumpy = (name: keyof typeof FROM_NUMPY): Uint8Array =>
  new Uint8Array(Buffer.from(FROM_NUMPY[name], "base64"));

describe("parseNpy", () => {
  it("reads what numpy wrote", () => {
    expect(parse(fromNumpy("float32"))).toEqual({
      dtype: "float32",
      shape: [2, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
    expect(parse(fromNumpy("columns"))).toEqual({
      dtype: "int16",
      shape: [2, 3],
      data: Int16Array.of(1, 2, 3, 4, 5, 6),
    });
    expect(parse(fromNumpy("float16")).data).toEqual(
      Float32Array.of(1.5, -2, Number.POSITIVE_INFINITY, 2 ** -24),
    );
    expect(parse(fromNumpy("bool"))).toMatchObject({ dtype: "bool", data: Uint8Array.of(1, 0) });
    expect(parse(fromNumpy("uint64"))).toEqual({
      dtype: "uint64",
      shape: [],
      data: BigUint64Array.of(7n),
    });
  });

  it.each([
    ["f8", [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], "float64", -1.5],
    ["f4", [0, 0, 0xc0, 0xbf], "float32", -1.5],
    ["f2", [0, 0xbe], "float32", -1.5],
    ["i8", [254, 255, 255, 255, 255, 255, 255, 255], "int64", -2n],
    ["i4", [254, 255, 255, 255], "int32", -2],
    ["i2", [254, 255], "int16", -2],
    ["i1", [254], "int8", -2],
    ["u8", [1, 0, 0, 0, 0, 0, 0, 128], "uint64", 2n ** 63n + 1n],
    ["u4", [1, 0, 0, 128], "uint32", 2 ** 31 + 1],
    ["u2", [1, 128], "uint16", 2 ** 15 + 1],
    ["u1", [129], "uint8", 129],
    ["b1", [1], "bool", 1],
  ])("reads %s in either order of bytes, rows or columns first", (type, bytes, dtype, value) => {
    const zero = bytes.map(() => 0);
    for (const [order, one] of [
      ["<", bytes],
      [">", bytes.toReversed()],
    ] as const) {
      // value at [0, 1] of two by two: second of the rows, third of the columns
      const rows = npyFile(dictionaryOf(`${order}${type}`, "(2, 2)"), [
        ...zero,
        ...one,
        ...zero,
        ...zero,
      ]);
      const columns = npyFile(dictionaryOf(`${order}${type}`, "(2, 2)", true), [
        ...zero,
        ...zero,
        ...one,
        ...zero,
      ]);

      expect(parse(rows)).toMatchObject({ dtype, shape: [2, 2] });
      expect([...parse(rows).data][1]).toBe(value);
      expect(parse(columns)).toEqual(parse(rows));
    }
  });

  it("reads columns of any rank", () => {
    const shape = [2, 3, 4];
    const strides = [1, 2, 6];
    const values = new Uint8Array(24);
    for (let i = 0; i < 24; i++) {
      const index = [Math.floor(i / 12), Math.floor(i / 4) % 3, i % 4];
      values[index.reduce((at, x, axis) => at + x * strides[axis], 0)] = i;
    }

    const { data } = parse(npyFile(dictionaryOf("|u1", `(${shape.join(", ")})`, true), values));

    expect([...data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it("views values in place where numpy put them at a multiple of their size", () => {
    const file = fromNumpy("float32");

    expect(parse(file).data.buffer).toBe(file.buffer);
    expect(parse(Buffer.concat([Buffer.of(0), file]).subarray(1)).data).toEqual(parse(file).data);
  });

  it("takes any spelling of the dictionary that Python reads", () => {
    const spellings = [
      "{'shape': (2,), 'descr': '|u1', 'fortran_order': False}",
      '{"descr":"u1","fortran_order":True,"shape":(2L,)}',
      "  { 'fortran_order' : False ,\n'shape' : ( 2 , ) , 'descr' : '=u1' , }   ",
    ];

    for (const spelling of spellings) {
      expect(parse(npyFile(spelling, [3, 4])).data).toEqual(Uint8Array.of(3, 4));
    }
  });

  it("reads arrays without values", () => {
    expect(parse(npyFile(dictionaryOf("<f4", "(0, 3)"))).shape).toEqual([0, 3]);
    expect(parse(npyFile(dictionaryOf(">f8", "(5, 0)", true))).data.length).toBe(0);
  });
});

describe("serializeNpy", () => {
  it("writes what numpy writes", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);

    expect(serializeNpy(x)).toEqual(fromNumpy("float32"));
  });

  it("writes what is read back with the same bits", () => {
    const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
    const arrays = [
      ["float64", Float64Array],
      ["float32", Float32Array],
      ["int64", BigInt64Array],
      ["uint64", BigUint64Array],
      ["int32", Int32Array],
      ["uint32", Uint32Array],
      ["int16", Int16Array],
      ["uint16", Uint16Array],
      ["int8", Int8Array],
      ["uint8", Uint8Array],
    ] as const;
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom(...arrays),
        fc.nat({ max: 255 }),
        (shape, [dtype, Data], fill) => {
          const size = shape.reduce((product, length) => product * length, Data.BYTES_PER_ELEMENT);
          const bytes = Uint8Array.from({ length: size }, (_, i) => (fill + 37 * i) & 255);
          const stored = { dtype, shape, data: new Data(bytes.buffer) } as StoredTensor;

          const { data, ...rest } = parse(serializeNpy(stored));

          expect(rest).toEqual({ dtype, shape });
          expect(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).toEqual(bytes);
        },
      ),
    );
  });

  it("writes tensors that are no dense block of memory", () => {
    const x = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: "int32" },
    ).transpose();

    expect(parse(serializeNpy(x)).data).toEqual(Int32Array.of(1, 3, 2, 4));
  });

  it("refuses what is no tensor, and data of another length", () => {
    const stored: StoredTensor = { dtype: "int8", shape: [3], data: Int8Array.of(1, 2) };

    expect(messageOf(() => serializeNpy([1] as unknown as StoredTensor))).toMatchInlineSnapshot(
      `"DTypeError: serializeNpy: the value is of type object and no tensor. Make one with \`tensor(…)\`."`,
    );
    expect(messageOf(() => serializeNpy(stored))).toMatchInlineSnapshot(
      `"ShapeError: serializeNpy: int8[3] takes 3 bytes, but its data has 2. Give it the shape of its data."`,
    );
  });
});
