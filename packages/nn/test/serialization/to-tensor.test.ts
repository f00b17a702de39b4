import { toTensor } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

describe("toTensor", () => {
  it("keeps float32, float64, int32 and bool", () => {
    const stored = [
      { dtype: "float32", shape: [1, 2], data: Float32Array.of(1.5, -0) },
      { dtype: "float64", shape: [], data: Float64Array.of(0.1) },
      { dtype: "int32", shape: [0], data: Int32Array.of() },
      { dtype: "bool", shape: [2], data: Uint8Array.of(1, 0) },
    ] as const;

    expect(stored.map((one) => String(toTensor(one)))).toEqual([
      "tensor([[1.5, -0]], float32[1,2])",
      "tensor(0.1, float64[])",
      "tensor([], int32[0])",
      "tensor([true, false], bool[2])",
    ]);
  });

  it("makes int32 of every other integer", () => {
    const [low, high] = [-(2 ** 31), 2 ** 31 - 1];
    const stored = [
      { dtype: "int8", shape: [2], data: Int8Array.of(-128, 127) },
      { dtype: "uint8", shape: [2], data: Uint8Array.of(0, 255) },
      { dtype: "int16", shape: [1], data: Int16Array.of(-32768) },
      { dtype: "uint16", shape: [1], data: Uint16Array.of(65535) },
      { dtype: "uint32", shape: [1], data: Uint32Array.of(high) },
      { dtype: "int64", shape: [2], data: BigInt64Array.of(BigInt(low), BigInt(high)) },
      { dtype: "uint64", shape: [1], data: BigUint64Array.of(7n) },
    ] as const;

    const read = stored.map((one) => toTensor(one));

    expect(read.map(({ dtype }) => dtype)).toEqual(stored.map(() => "int32"));
    expect(read.map((one) => one.toArray())).toEqual([
      [-128, 127],
      [0, 255],
      [-32768],
      [65535],
      [high],
      [low, high],
      [7],
    ]);
  });

  it("casts where a dtype is asked for", () => {
    const stored = { dtype: "int64", shape: [1], data: BigInt64Array.of(3n) } as const;

    expect(String(toTensor(stored, { dtype: "float64" }))).toBe("tensor([3], float64[1])");
  });

  it("refuses integers that int32 does not hold", () => {
    const data = BigInt64Array.of(1n, 2n ** 31n);
    const stored = { dtype: "int64", shape: [2], data } as const;

    expect(messageOf(() => toTensor(stored, { name: "steps" }))).toMatchInlineSnapshot(
      `"ValueError: toTensor: steps has the int64 2147483648 at index 1, which int32 does not hold. Read its \`data\`, where it is exact."`,
    );
    const wrapped = BigInt64Array.of(2n ** 32n);
    expect(messageOf(() => toTensor({ dtype: "int64", shape: [1], data: wrapped }))).toMatch(
      /the stored tensor has the int64 4294967296 at index 0/,
    );
    const unsigned = Uint32Array.of(2 ** 31);
    expect(messageOf(() => toTensor({ dtype: "uint32", shape: [1], data: unsigned }))).toMatch(
      /uint32 2147483648/,
    );
  });
});
