import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contiguous,
  emptyArray,
  flatCopy,
  forEachPosition,
  isContiguous,
  isSplat,
  rowMajor,
  splatArray,
} from "../../src/array/strided-array.ts";
import { elementsOf, indicesOf, positionAt } from "./index-oracle.ts";
import { layOut, stridedArrays } from "./strided-arrays.ts";

describe("rowMajor", () => {
  it.each([
    [[], []],
    [[4], [1]],
    [
      [2, 3, 4],
      [12, 4, 1],
    ],
    [
      [2, 0],
      [0, 1],
    ],
  ])("gives %j the strides %j", (shape, expected) => {
    expect(rowMajor(shape)).toEqual(expected);
  });
});

describe("isContiguous", () => {
  it("holds exactly where the positions count up by one", () => {
    fc.assert(
      fc.property(stridedArrays(), (array) => {
        const positions = indicesOf(array.shape).map((index) => positionAt(array, index));
        const counting = positions.every((position, i) => position === array.offset + i);

        // for an array without elements the answer is free
        if (positions.length > 0) expect(isContiguous(array)).toBe(counting);
      }),
      { numRuns: 500 },
    );
  });

  it("does not care for the strides of axes of length 1", () => {
    const array = { data: new Float32Array(3), shape: [1, 3, 1], stride: [99, 1, -7], offset: 0 };

    expect(isContiguous(array)).toBe(true);
  });
});

describe("forEachPosition", () => {
  it("visits every element once, in row-major order", () => {
    fc.assert(
      fc.property(stridedArrays(), (array) => {
        const visited: number[] = [];

        forEachPosition(array, (position) => visited.push(position));

        expect(visited).toEqual(indicesOf(array.shape).map((index) => positionAt(array, index)));
      }),
    );
  });
});

describe("flatCopy", () => {
  it("holds the elements in row-major order, in storage of its own", () => {
    fc.assert(
      fc.property(stridedArrays(), (array) => {
        const before = elementsOf(array);

        const copy = flatCopy(array, "float64");
        array.data.fill(-1);

        expect([...copy]).toEqual(before);
      }),
    );
  });
});

describe("contiguous", () => {
  it("keeps a contiguous array and copies any other", () => {
    const rows = layOut([2, 3], [3, 1], "float32", (i) => i);
    const columns = layOut([2, 3], [1, 2], "float32", (i) => i);

    expect(contiguous(rows, "float32")).toBe(rows);
    expect(elementsOf(contiguous(columns, "float32"))).toEqual([0, 2, 4, 1, 3, 5]);
    expect(contiguous(columns, "float32").data).not.toBe(columns.data);
  });
});

describe("emptyArray", () => {
  it("gives zeros that no other array shares, though small float64 arrays lie in one slab", () => {
    const sizes = Array.from({ length: 200 }, (_, i) => i % 70);
    const arrays = sizes.map((size) => emptyArray({ shape: [size], dtype: "float64" }));

    arrays.forEach((array, i) => {
      array.data.fill(i + 1, array.offset, array.offset + sizes[i]);
    });

    expect(arrays.map((array) => new Set(elementsOf(array)))).toEqual(
      sizes.map((size, i) => new Set(size === 0 ? [] : [i + 1])),
    );
  });

  it("is zero although its slab was written to before", () => {
    const first = emptyArray({ shape: [10], dtype: "float64" });
    first.data.fill(7, first.offset, first.offset + 10);

    const second = emptyArray({ shape: [10], dtype: "float64" });

    expect(elementsOf(second)).toEqual(new Array(10).fill(0));
  });
});

describe("splatArray", () => {
  it("stores one number, as its dtype rounds it, for every index", () => {
    const array = splatArray({ shape: [2, 1, 2, 1, 2], dtype: "float32" }, 0.1);

    expect(array.data).toHaveLength(1);
    expect(elementsOf(array)).toEqual(new Array(8).fill(Math.fround(0.1)));
  });
});

describe("isSplat", () => {
  it.each([
    ["a splat", splatArray({ shape: [2, 3], dtype: "int32" }, 5), true],
    ["a scalar", layOut([], [], "int32", () => 5), true],
    ["one element with any stride", layOut([1, 1], [4, -4], "int32", () => 5), true],
    ["a row held still along one axis only", layOut([2, 3], [0, 1], "int32", (i) => i), false],
  ])("of %s: %s", (_, array, expected) => {
    expect(isSplat(array)).toBe(expected);
  });
});
