import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Shape } from "../../src/array/shape.ts";
import { emptyArray, type StridedArray } from "../../src/array/strided-array.ts";
import { runMatMul } from "../../src/backends/reference/mat-mul.ts";
import { elementAt, elementsOf, indicesOf } from "../array/index-oracle.ts";
import { arraysOfShape, layOut } from "../array/strided-arrays.ts";

/** The definition, summed in the order of k. */
function naive(a: StridedArray, b: StridedArray): readonly number[] {
  const leading = a.shape.slice(0, -2);
  const [m, k] = a.shape.slice(-2);
  const [n] = b.shape.slice(-1);
  return indicesOf([...leading, m, n]).map((index) => {
    const [batch, i, j] = [index.slice(0, -2), ...index.slice(-2)] as [number[], number, number];
    let total = 0;
    for (let p = 0; p < k; p++) {
      total += elementAt(a, [...batch, i, p]) * elementAt(b, [...batch, p, j]);
    }
    return total;
  });
}

function product(a: StridedArray, b: StridedArray, dtype: "float32" | "float64"): StridedArray {
  const shape = [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]];
  const output = emptyArray({ shape, dtype });
  runMatMul(a, b, output);
  return output;
}

const size = fc.integer({ min: 0, max: 9 });
const pairs = fc
  .record({
    m: size,
    k: size,
    n: size,
    leading: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  })
  .chain(({ m, k, n, leading }) => {
    const left: Shape = [...leading, m, k];
    const right: Shape = [...leading, k, n];
    return fc.record({ a: arraysOfShape(left), b: arraysOfShape(right) });
  });

describe("the matrix product", () => {
  it("is the naive one for all small sizes, batches and strides", () => {
    fc.assert(
      fc.property(pairs, ({ a, b }) => {
        expect(elementsOf(product(a, b, "float64"))).toEqual(naive(a, b));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [65, 67, 70],
    [1, 200, 3],
    [130, 2, 66],
    [64, 0, 65],
  ])("is the naive one, bit by bit, for %i × %i times n = %i", (m, k, n) => {
    const value = (i: number): number => Math.sin(i + 1);
    const a = layOut([m, k], [k, 1], "float64", value);
    const turned = layOut([k, n], [1, k], "float64", value);

    expect(elementsOf(product(a, turned, "float64"))).toEqual(naive(a, turned));
  });

  it("does not depend on what an earlier, larger product left in its scratch", () => {
    const large = layOut([40, 40], [40, 1], "float64", () => Number.NaN);
    product(large, large, "float64");
    const small = layOut([2, 2], [2, 1], "float64", (i) => i);

    expect(elementsOf(product(small, small, "float64"))).toEqual([2, 3, 6, 11]);
  });

  it("of float32 accumulates in float64 and rounds once", () => {
    const count = 10_000;
    const row = layOut([1, count], [0, 0], "float32", () => 0.1);
    const column = layOut([count, 1], [0, 0], "float32", () => 1);

    const [total] = elementsOf(product(row, column, "float32"));

    expect(total).toBe(Math.fround(count * Math.fround(0.1)));
  });

  it("lets NaN and infinities reach their own row and column only", () => {
    const a = layOut([2, 2], [2, 1], "float64", (i) => [Number.NaN, 1, 2, 3][i]);
    const b = layOut([2, 2], [2, 1], "float64", (i) => [1, Infinity, 1, 1][i]);

    const result = elementsOf(product(a, b, "float64"));

    expect(result).toEqual([Number.NaN, Number.NaN, 5, Infinity]);
  });
});
