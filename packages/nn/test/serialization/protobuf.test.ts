import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c, maskedCrc32c } from "../../src/serialization/crc32c.ts";
import {
  bytesField,
  doubleField,
  doublesField,
  floatField,
  joined,
  readDoubles,
  readFields,
  textField,
  varintField,
} from "../../src/serialization/protobuf.ts";

const fail = (fact: string) => new Error(fact);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("protocol buffers", () => {
  it("are written as the examples of the format are", () => {
    // protobuf.dev/programming-guides/encoding: { a: 150 }, { b: "testing" }
    expect(hex(varintField(1, 150))).toBe("089601");
    expect(hex(textField(2, "testing"))).toBe("120774657374696e67");
    expect(hex(varintField(1, -2))).toBe("08feffffffffffffffff01");
    expect(hex(doubleField(1, 1))).toBe("09000000000000f03f");
    expect(hex(floatField(2, -2))).toBe("15000000c0");
    expect(hex(varintField(16, 0))).toBe("800100");
  });

  it("come back field by field", () => {
    const message = joined([varintField(1, 7), textField(2, "ü"), doublesField(3, [1, -0.5])]);
    const fields = [...readFields(message, fail)];
    expect(fields.map(({ number, wire }) => [number, wire])).toEqual([
      [1, "varint"],
      [2, "bytes"],
      [3, "bytes"],
    ]);
    expect(fields[0].value).toBe(7n);
    expect(readDoubles(fields[2].value as Uint8Array, fail)).toEqual([1, -0.5]);
  });

  it("hold every safe integer", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const [field] = readFields(varintField(5, value), fail);
        expect(BigInt.asIntN(64, field.value as bigint)).toBe(BigInt(value));
      }),
    );
  });

  it.for<readonly [string, string]>([
    ["0880", "a number before byte 2 has no end"],
    ["08ffffffffffffffffffff01", "a number before byte 11 has no end"],
    ["1205ff", "a field of 5 bytes begins 1 before the end"],
    ["12ffffffffffffffffff01", "a field of 18446744073709551615 bytes begins 0 before the end"],
    ["0901", "a field of 8 bytes begins 1 before the end"],
    ["00", "there is no field number 0"],
    ["0b", "field 1 has wire type 3, which is not used any more"],
  ])("of the bytes %s are refused", ([bytes, fact]) => {
    expect(() => [...readFields(Buffer.from(bytes, "hex"), fail)]).toThrow(fact);
  });

  it("are refused as packed doubles where a part is missing", () => {
    expect(() => readDoubles(new Uint8Array(9), fail)).toThrow("9 bytes are no whole number");
  });

  it("nest", () => {
    const inner = bytesField(1, varintField(1, 1));
    expect(hex(inner)).toBe("0a020801");
  });
});

describe("crc32c", () => {
  it("has the values of RFC 3720, section B.4", () => {
    const counted = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(counted)).toBe(0x46dd794e);
    expect(crc32c(counted.toReversed())).toBe(0x113fdb5c);
    expect(crc32c(new Uint8Array())).toBe(0);
  });

  it("is masked by a rotation and a sum", () => {
    // of the length 24, as it stands in the first record of every event file
    expect(maskedCrc32c(Uint8Array.of(24, 0, 0, 0, 0, 0, 0, 0))).toBe(0x224b7fa3);
  });
});
