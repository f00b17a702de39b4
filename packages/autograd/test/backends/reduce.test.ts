import { full, max, sum, tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, storedValue } from "../../src/array/dtype.ts";
import { keptShape } from "../../src/array/shape.ts";
import { emptyArray, rowMajor, type StridedArray } from "../../src/array/strided-array.ts";
import { compileLoop, planLoops, runLoops } from "../../src/backends/reference/loops.ts";
import { closureReduce, printReduce, runReduce } from "../../src/backends/reference/reduce.ts";
import { elementAt, elementsOf, indicesOf } from "../array/index-oracle.ts";
import { arraysOfShape, layOut, shapes } from "../array/strided-arrays.ts";

type Combine = "add" | "maximum";

const COMBINE = {
  add: (a: number, b: number) => a + b,
  maximum: (a: number, b: number) => Math.max(a, b),
} satisfies Record<Combine, (a: number, b: number) => number>;

/** By the definition: every element of the result gathers its own, one index at a time. */
function naive(
  combine: Combine,
  source: StridedArray,
  axes: readonly number[],
  dtype: DType,
): number[] {
  return indicesOf(keptShape(source.shape, axes)).map((kept) => {
    const mine = indicesOf(source.shape).filter((index) => {
      return index.every((i, axis) => axes.includes(axis) || i === kept[axis]);
    });
    const values = mine.map((index) => elementAt(source, index));
    return storedValue(dtype, values.reduce(COMBINE[combine], combine === "add" ? 0 : -Infinity));
  });
}

/** What a loop of this kind makes of `source`, with one accumulator for each element of the result. */
function byLoop(
  combine: Combine,
  kind: "printed" | "closure",
  source: StridedArray,
  axes: readonly number[],
): number[] {
  const shape = keptShape(source.shape, axes);
  const output = emptyArray({ shape, dtype: "float64" });
  const size = elementsOf(output).length;
  output.data.fill(combine === "add" ? 0 : -Infinity, output.offset, output.offset + size);
  const stride = rowMajor(shape).map((step, axis) => (axes.includes(axis) ? 0 : step));
  const operands = [{ ...output, shape: source.shape, stride }, source];
  const nest = planLoops(source.shape, operands);
  const innermost = (nest.strides.at(-1) ?? [0])[0] === 0;
  const printed = compileLoop(printReduce(combine, innermost), `test ${combine} ${innermost}`);
  if (printed === null) throw new Error("loops cannot be printed here");
  runLoops(kind === "printed" ? printed : closureReduce(combine, innermost), nest, operands);
  return [...elementsOf(output)];
}

const reductions = shapes(4, 4)
  .filter((shape) => shape.length > 0)
  .chain((shape) => {
    return fc.record({
      source: arraysOfShape(shape),
      axes: fc.subarray([...shape.keys()], { minLength: 1 }),
      combine: fc.constantFrom<Combine>("add", "maximum"),
    });
  });

describe("a reduction", () => {
  it("gathers the right elements, whatever the strides and axes", () => {
    fc.assert(
      fc.property(reductions, ({ source, axes, combine }) => {
        const output = emptyArray({ shape: keptShape(source.shape, axes), dtype: "float64" });

        runReduce({ kind: "reduce", combine, axes }, source, output, "float64");

        // sums of small integers are exact in any order
        expect(elementsOf(output)).toEqual(naive(combine, source, axes, "float64"));
      }),
      { numRuns: 300 },
    );
  });

  it("is the same printed and in closures", () => {
    fc.assert(
      fc.property(reductions, ({ source, axes, combine }) => {
        expect(byLoop(combine, "printed", source, axes)).toEqual(
          byLoop(combine, "closure", source, axes),
        );
      }),
    );
  });

  it.each([256, 257, 512, 1000, 1281])(
    "adds %d terms in the same order printed and in closures",
    (n) => {
      const source = layOut(
        [2, n, 2],
        [1, 2, 2 * n],
        "float64",
        (i) => Math.sin(i) * 10 ** (i % 17),
      );
      for (const axes of [[1], [0, 1], [1, 2], [0, 2], [0, 1, 2]]) {
        expect(byLoop("add", "printed", source, axes)).toEqual(
          byLoop("add", "closure", source, axes),
        );
      }
    },
  );

  it.each(["float32", "float64", "int32"] as const)(
    "of %s stores what the naive one does",
    (dtype) => {
      const shape = [3, 4, 2];
      const source = layOut(shape, [1, 3, 12], dtype, (i) => (i - 11) * 1.25e9);
      for (const combine of ["add", "maximum"] as const) {
        const output = emptyArray({ shape: [3, 1, 2], dtype });

        runReduce({ kind: "reduce", combine, axes: [1] }, source, output, dtype);

        expect(elementsOf(output)).toEqual(naive(combine, source, [1], dtype));
      }
    },
  );
});

describe("sums", () => {
  /** One rounding of the exact sum is all that float32 may lose. */
  const ulp = (value: number): number => 2 ** (Math.floor(Math.log2(value)) - 23);

  it.each([
    ["a row", [1, 1_000_000], 1],
    ["a column", [1_000_000, 1], 0],
    ["columns side by side", [300_000, 3], 0],
  ] as const)("of float32 do not lose digits with the number of terms: %s", (_, shape, axis) => {
    const [rows, columns] = shape;
    const x = tensor(new Float32Array(rows * columns).fill(0.1), { shape });

    const total = sum(x, { axes: axis });

    const exact = shape[axis] * Math.fround(0.1);
    for (const value of total.toTypedArray()) {
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(ulp(exact));
    }
  });

  it("of float64 run in blocks, which keeps the error of a long row small", () => {
    const count = 1_000_000;
    const x = tensor(new Float64Array(count).fill(0.1));
    let naiveSum = 0;
    for (let i = 0; i < count; i++) naiveSum += 0.1;

    const error = Math.abs(sum(x).item() - count * 0.1);

    expect(error).toBeLessThan(1e-8);
    expect(error).toBeLessThan(Math.abs(naiveSum - count * 0.1) / 10);
  });

  it("of int32 wrap", () => {
    expect(sum(tensor([2 ** 31 - 1, 1], { dtype: "int32" })).item()).toBe(-(2 ** 31));
    expect(sum(tensor([-(2 ** 31), -1], { dtype: "int32" })).item()).toBe(2 ** 31 - 1);
  });

  it("of int32 wrap beyond 2^53 too, where float64 no longer counts in ones", () => {
    const [count, largest] = [2 ** 22 + 2 ** 16, 2 ** 31 - 1];

    const total = sum(full([count, 2], largest, { dtype: "int32" }), { axes: 0 });

    // count · (2^31 - 1), and count · 2^31 is a multiple of 2^32
    expect(total.toArray()).toEqual([-count, -count]);
  });

  it("of infinities and NaN are what IEEE says", () => {
    expect(sum(tensor([Infinity, 1])).item()).toBe(Infinity);
    expect(sum(tensor([Infinity, -Infinity])).item()).toBeNaN();
    expect(sum(tensor([1, Number.NaN])).item()).toBeNaN();
  });
});

describe("maxima", () => {
  const ROW = [1, 5, 2, 8, 3, 7];

  it.each([...ROW.keys()])("are NaN where element %i is, along rows and down columns", (place) => {
    const row = ROW.with(place, Number.NaN);

    const alongRow = max(tensor([row, ROW], { dtype: "float64" }), { axes: 1 });
    const downColumns = max(tensor(row.map((x) => [x, 0])), { axes: 0 });

    expect(alongRow.toArray()).toEqual([Number.NaN, 8]);
    expect(downColumns.toArray()).toEqual([Number.NaN, 0]);
  });

  it("hold in every block of a long row", () => {
    for (const place of [0, 255, 256, 511, 512, 999]) {
      const data = new Float32Array(1000).fill(-1);
      data[place] = 4;
      expect(max(tensor(data)).item()).toBe(4);
      data[place] = Number.NaN;
      expect(max(tensor(data)).item()).toBeNaN();
    }
  });

  it("reach down to the least value of each dtype", () => {
    expect(max(tensor([-Infinity, -Infinity])).item()).toBe(-Infinity);
    expect(max(tensor([-(2 ** 31)], { dtype: "int32" })).item()).toBe(-(2 ** 31));
    expect(max(tensor([false, false])).toArray()).toBe(false);
  });
});
