import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restoreArray, spanOf, storeArray, storedBytes } from "../../src/array/stored-array.ts";
import { flatCopy, isContiguous, splatArray } from "../../src/array/strided-array.ts";
import { stridedArrays } from "./strided-arrays.ts";

describe("a stored array", () => {
  it("comes back with its numbers and its strides", () => {
    fc.assert(
      fc.property(stridedArrays(), (array) => {
        const dtype = "float64";
        const stored = storeArray(array, dtype);
        const back = restoreArray(stored, array.shape, dtype);

        expect(flatCopy(back, dtype)).toEqual(flatCopy(array, dtype));
        expect(stored.bytes.length).toBe(storedBytes(array.shape, dtype, stored.stride));
        if (isContiguous(array)) expect(stored.stride).toBeNull();
        else expect(back.stride).toEqual(array.stride);
      }),
    );
  });

  it("holds little-endian bytes", () => {
    const one = { data: Float64Array.of(1), shape: [], stride: [], offset: 0 };
    const two = { data: Int32Array.of(0x01020304), shape: [1], stride: [1], offset: 0 };

    expect([...storeArray(one, "float64").bytes]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    expect([...storeArray(two, "int32").bytes]).toEqual([4, 3, 2, 1]);
  });

  it("holds a splat once, however large", () => {
    const splat = splatArray({ shape: [1000, 1000], dtype: "bool" }, 1);

    expect(storeArray(splat, "bool")).toEqual({ stride: [0, 0], bytes: Uint8Array.of(1) });
  });

  it("spans the memory between its first and its last element", () => {
    expect(spanOf([2, 3], [3, 1])).toBe(6);
    expect(spanOf([2, 3], [-10, 2])).toBe(15);
    expect(spanOf([2, 0], [5, 5])).toBe(0);
    expect(spanOf([], [])).toBe(1);
  });
});
