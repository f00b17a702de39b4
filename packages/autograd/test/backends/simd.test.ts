/**
 * @file SIMD kernels of eager execution against the reference loops: elementwise bit for bit, matrix products
 * to a bound, over sizes around every edge of tiles and vectors, strides included.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StridedArray } from "../../src/array/strided-array.ts";
import { runKernel } from "../../src/backends/index.ts";
import { runKernel as runReference } from "../../src/backends/reference/index.ts";
import { runElementwiseSimd } from "../../src/backends/wasm/elementwise.ts";
import { runMatMulSimd } from "../../src/backends/wasm/mat-mul.ts";
import { runSumSimd } from "../../src/backends/wasm/reduce.ts";
import { scalarKernel } from "../../src/kernel/kernel.ts";
import type { ScalarOp } from "../../src/kernel/scalar.ts";

type FloatDType = "float32" | "float64";
type Walk = "rows" | "transposed" | "reversed" | "row repeated" | "column repeated" | "splat";

const WALKS: readonly Walk[] = [
  "rows",
  "transposed",
  "reversed",
  "row repeated",
  "column repeated",
  "splat",
];
const SPECIAL = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 1e-40, 3e38, 1e300, 5e-324];

/** A [rows, columns] array with numbers drawn by `next`, under the strides of `walk`, off the start of its data. */
function arrayOf(
  dtype: FloatDType,
  rows: number,
  columns: number,
  walk: Walk,
  next: () => number,
): StridedArray {
  const offset = 3;
  const size = rows * columns;
  const data =
    dtype === "float32" ? new Float32Array(size + offset) : new Float64Array(size + offset);
  for (let i = 0; i < data.length; i++) data[i] = next();
  const shape = [rows, columns];
  const views: Record<Walk, Omit<StridedArray, "data" | "shape">> = {
    rows: { stride: [columns, 1], offset },
    transposed: { stride: [1, rows], offset },
    reversed: { stride: [-columns, -1], offset: offset + size - 1 },
    "row repeated": { stride: [0, 1], offset },
    "column repeated": { stride: [1, 0], offset },
    splat: { stride: [0, 0], offset },
  };
  return { data, shape, ...views[walk] };
}

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const special = SPECIAL[state % 64];
    return special ?? (state / 2 ** 31 - 1) * 10;
  };
}

const flat = (array: StridedArray, size: number): number[] =>
  Array.from(array.data.subarray(array.offset, array.offset + size));

describe("elementwise SIMD kernels", () => {
  const words: readonly [ScalarOp, number][] = [
    ["add", 2],
    ["sub", 2],
    ["mul", 2],
    ["div", 2],
    ["maximum", 2],
    ["minimum", 2],
    ["neg", 1],
    ["sqrt", 1],
    ["abs", 1],
    ["floor", 1],
  ];

  it("give the numbers of the reference loops, bit for bit", () => {
    let ran = 0;
    const problem = fc.record({
      word: fc.constantFrom(...words),
      dtype: fc.constantFrom<FloatDType>("float32", "float64"),
      rows: fc.integer({ min: 1, max: 5 }),
      columns: fc.integer({ min: 1, max: 70 }),
      walks: fc.tuple(fc.constantFrom(...WALKS), fc.constantFrom(...WALKS)),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ word: [op, arity], dtype, rows, columns, walks, seed }) => {
        const next = generator(seed);
        const inputs = walks
          .slice(0, arity)
          .map((walk) => arrayOf(dtype, rows, columns, walk, next));
        const aval = { shape: [rows, columns], dtype };
        const kernel = scalarKernel(op, arity);

        const simd = runElementwiseSimd(kernel.expression, inputs, aval);

        if (simd === null) return;
        ran++;
        const [reference] = runReference(kernel, inputs, [aval]);
        const size = rows * columns;
        expect(flat(simd, size)).toEqual(flat(reference, size));
      }),
      { numRuns: 2000 },
    );
    expect(ran).toBeGreaterThan(200);
  });

  it("leave other dtypes, exp in float64, and numbers that lie far apart to the reference", () => {
    const kernel = scalarKernel("add", 1);
    const far = { data: new Float32Array(6400), shape: [64], stride: [100], offset: 0 };
    const whole = { data: new Int32Array(64), shape: [64], stride: [1], offset: 0 };
    const near = { data: new Float32Array(64), shape: [64], stride: [1], offset: 0 };
    const float = { shape: [64], dtype: "float32" } as const;

    expect(runElementwiseSimd(kernel.expression, [far], float)).toBeNull();
    expect(runElementwiseSimd(kernel.expression, [whole], { ...float, dtype: "int32" })).toBeNull();
    const double = { ...near, data: new Float64Array(64) };
    const exp = scalarKernel("exp", 1).expression;
    expect(runElementwiseSimd(exp, [near], float)).not.toBeNull();
    expect(runElementwiseSimd(exp, [double], { ...float, dtype: "float64" })).toBeNull();
  });

  it("serve the backend for large arrays only", () => {
    const kernel = scalarKernel("mul", 2);
    for (const size of [1, 511, 512, 5000]) {
      const data = Float32Array.from({ length: size }, (_, i) => i / 7);
      const x = { data, shape: [size], stride: [1], offset: 0 };
      const aval = { shape: [size], dtype: "float32" } as const;

      const [output] = runKernel(kernel, [x, x], [aval]);

      expect(flat(output, size)).toEqual(Array.from(data, (v) => Math.fround(v * v)));
    }
  });
});

describe("the SIMD matrix product", () => {
  it("is the reference product within the rounding of its sums", () => {
    const problem = fc.record({
      dtype: fc.constantFrom<FloatDType>("float32", "float64"),
      m: fc.integer({ min: 1, max: 13 }),
      k: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 250, max: 520 })),
      n: fc.integer({ min: 1, max: 19 }),
      walks: fc.tuple(fc.constantFrom(...WALKS), fc.constantFrom(...WALKS)),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ dtype, m, k, n, walks, seed }) => {
        let state = seed >>> 0;
        const next = (): number => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          return state / 2 ** 31 - 1;
        };
        const a = arrayOf(dtype, m, k, walks[0], next);
        const b = arrayOf(dtype, k, n, walks[1], next);
        const aval = { shape: [m, n], dtype };
        const output = runReference({ kind: "contraction" }, [a, b], [aval])[0];
        const simd = { ...output, data: output.data.slice(), offset: output.offset };

        const ran = runMatMulSimd(a, b, simd);

        expect(ran).toBe(true);
        // entries are below 1, so a sum of k products is below k; blocks of 256 round about 256 + k / 256 times
        const bound = (dtype === "float32" ? 2 ** -24 : 2 ** -53) * k * (260 + k / 256);
        const [expected, actual] = [flat(output, m * n), flat(simd, m * n)];
        const worst = Math.max(...actual.map((x, i) => Math.abs(x - expected[i])));
        expect(worst).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 300 },
    );
  });

  it("multiplies every matrix of a batch, broadcast ones too", () => {
    const next = generator(7);
    const a = arrayOf("float64", 2 * 3, 4 * 5, "rows", () => Math.fround(next() || 1) % 3);
    const batchA = { ...a, shape: [6, 4, 5], stride: [20, 5, 1] };
    const one = arrayOf("float64", 5, 6, "rows", () => 0.5);
    const batchB = { ...one, shape: [6, 5, 6], stride: [0, 6, 1] };
    const aval = { shape: [6, 4, 6], dtype: "float64" } as const;
    const [expected] = runReference({ kind: "contraction" }, [batchA, batchB], [aval]);
    const output = { ...expected, data: new Float64Array(144), offset: 0 };

    runMatMulSimd(batchA, batchB, output);

    expect(flat(output, 144)).toEqual(flat(expected, 144));
  });
});

describe("sums over rows by SIMD", () => {
  it("are the sums of the reference loops, bit for bit, NaN and infinities included", () => {
    let ran = 0;
    const problem = fc.record({
      dtype: fc.constantFrom<FloatDType>("float32", "float64"),
      // more rows than a block has, too
      rows: fc.oneof(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 255, max: 800 })),
      columns: fc.integer({ min: 2, max: 40 }),
      walk: fc.constantFrom(...WALKS),
      axes: fc.constantFrom<readonly number[]>([0], [1], [0, 1]),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ dtype, rows, columns, walk, axes, seed }) => {
        const source = arrayOf(dtype, rows, columns, walk, generator(seed));
        const kernel = { kind: "reduce", combine: "add", axes } as const;
        const shape = [rows, columns].map((n, axis) => (axes.includes(axis) ? 1 : n));
        const aval = { shape, dtype };

        const simd = runSumSimd(kernel, source, aval);

        if (simd === null) return;
        ran++;
        const [reference] = runReference(kernel, [source], [aval]);
        const size = shape[0] * shape[1];
        expect(flat(simd, size)).toEqual(flat(reference, size));
      }),
      { numRuns: 600 },
    );
    expect(ran).toBeGreaterThan(20);
  });

  it("leave maxima, integers and single rows to the reference", () => {
    const data = new Int32Array(1000);
    const whole = { data, shape: [10, 100], stride: [100, 1], offset: 0 };
    const float = { ...whole, data: new Float32Array(1000) };
    const aval = { shape: [1, 100], dtype: "float32" } as const;

    expect(runSumSimd({ kind: "reduce", combine: "maximum", axes: [0] }, float, aval)).toBeNull();
    expect(runSumSimd({ kind: "reduce", combine: "add", axes: [0] }, whole, aval)).toBeNull();
    const row = { ...float, shape: [1, 1000], stride: [1000, 1] };
    const total = { shape: [1, 1], dtype: "float32" } as const;
    expect(runSumSimd({ kind: "reduce", combine: "add", axes: [1] }, row, total)).toBeNull();
  });
});

describe("an elementwise kernel over repeated values", () => {
  it("computes them once and repeats the result", () => {
    const data = Float32Array.from({ length: 700 }, (_, i) => i / 3);
    const repeated = { data, shape: [5, 700], stride: [0, 1], offset: 0 };
    const aval = { shape: [5, 700], dtype: "float32" } as const;

    const [output] = runKernel(scalarKernel("mul", 2), [repeated, repeated], [aval]);

    expect(output.stride).toEqual([0, 1]);
    expect(output.data).toHaveLength(700);
    expect(output.data[output.offset + 600]).toBe(Math.fround(data[600] * data[600]));
  });
});
