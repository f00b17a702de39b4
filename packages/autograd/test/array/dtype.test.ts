import { describe, expect, it } from "vitest";
import {
  allocate,
  bytesPerElement,
  DTYPES,
  type DType,
  isDType,
  isFloating,
  promote,
  storedValue,
} from "../../src/array/dtype.ts";

describe("promotion", () => {
  const table: readonly (readonly [DType, DType, DType])[] = [
    ["bool", "bool", "bool"],
    ["bool", "int32", "int32"],
    ["bool", "float32", "float32"],
    ["bool", "float64", "float64"],
    ["int32", "bool", "int32"],
    ["int32", "int32", "int32"],
    ["int32", "float32", "float32"],
    ["int32", "float64", "float64"],
    ["float32", "bool", "float32"],
    ["float32", "int32", "float32"],
    ["float32", "float32", "float32"],
    ["float32", "float64", "float64"],
    ["float64", "bool", "float64"],
    ["float64", "int32", "float64"],
    ["float64", "float32", "float64"],
    ["float64", "float64", "float64"],
  ];

  it.each(table)("of %s and %s is %s", (a, b, expected) => {
    expect(promote(a, b)).toBe(expected);
  });

  it("has a row for every pair of dtypes", () => {
    const pairs = new Set(table.map(([a, b]) => `${a} ${b}`));

    expect(pairs.size).toBe(DTYPES.length ** 2);
  });
});

describe("storage", () => {
  it.each([
    ["float32", Float32Array, 4],
    ["float64", Float64Array, 8],
    ["int32", Int32Array, 4],
    ["bool", Uint8Array, 1],
  ] as const)("of %s is a %o of %i bytes an element", (dtype, storage, bytes) => {
    const data = allocate(dtype, 3);

    expect(data).toBeInstanceOf(storage);
    expect([...data]).toEqual([0, 0, 0]);
    expect(bytesPerElement(dtype)).toBe(bytes);
  });

  it.each([
    ["float64", 0.1, 0.1],
    ["float32", 0.1, Math.fround(0.1)],
    ["float32", 1e40, Number.POSITIVE_INFINITY],
    ["int32", 1.9, 1],
    ["int32", -1.9, -1],
    ["int32", 2 ** 31, -(2 ** 31)],
    ["int32", Number.NaN, 0],
    ["bool", 0.5, 1],
    ["bool", -0, 0],
    ["bool", Number.NaN, 1],
  ] as const)("as %s turns %d into %d", (dtype, value, expected) => {
    expect(storedValue(dtype, value)).toBe(expected);
  });

  it.each(["float32", "float64", "int32"] as const)(
    "of %s rounds as its typed array does",
    (dtype) => {
      const values = [0.1, -2.7, 2 ** 31, 2 ** 32 + 5, Number.NaN, 1e300];
      const data = allocate(dtype, values.length);
      data.set(values);

      expect(values.map((x) => storedValue(dtype, x))).toEqual([...data]);
    },
  );
});

describe("the names of dtypes", () => {
  it("are recognised, and nothing else is", () => {
    expect(DTYPES.every(isDType)).toBe(true);
    expect(["float16", "toString", "", 32, null, undefined].some(isDType)).toBe(false);
  });

  it("split into floating and exact ones", () => {
    expect(DTYPES.filter(isFloating)).toEqual(["float32", "float64"]);
  });
});
