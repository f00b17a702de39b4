/** Kernels of windows and planes on inputs with any strides, against their meaning element by element. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Shape, sizeOf } from "../../src/array/shape.ts";
import type { StridedArray } from "../../src/array/strided-array.ts";
import { runKernel } from "../../src/backends/reference/index.ts";
import type { Kernel, Pair, Windows } from "../../src/kernel/kernel.ts";
import { evaluateKernel } from "../../src/testing/kernel-oracle.ts";
import { elementsOf } from "../array/index-oracle.ts";
import { arraysOfShape, layOut } from "../array/strided-arrays.ts";

const pairs = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Windows over a plane, of which there are `counts`; the plane may have more or fewer places than they reach. */
const windows = fc.record({
  strides: pairs(1, 3),
  padding: fc.tuple(pairs(0, 2), pairs(0, 2)),
  dilation: pairs(1, 2),
  window: pairs(1, 3),
  plane: pairs(0, 6),
  counts: pairs(0, 4),
});

interface Problem {
  readonly kernel: Kernel;
  readonly inputs: readonly StridedArray[];
  readonly shape: Shape;
}

/** Whole numbers, whose sums are exact in any order. */
const operands = (...shapes: readonly Shape[]): fc.Arbitrary<StridedArray[]> =>
  fc.tuple(...shapes.map((shape) => arraysOfShape(shape)));

const convolutions: fc.Arbitrary<Problem> = fc
  .record({
    windows,
    role: fc.constantFrom("output" as const, "input" as const, "weight" as const),
    groups: fc.integer({ min: 1, max: 2 }),
    channels: pairs(0, 6),
    batch: fc.nat({ max: 2 }),
  })
  .chain(({ windows: { window, plane, counts, ...rest }, role, groups, channels, batch }) => {
    const x = [batch, channels[0] * groups, ...plane];
    const weight = [channels[1] * groups, channels[0], ...window];
    const y = [batch, channels[1] * groups, ...counts];
    const [a, b, shape] = { output: [x, weight, y], input: [y, weight, x], weight: [x, y, weight] }[
      role
    ];
    const kernel: Kernel = { kind: "convolution", role, groups, ...rest };
    return operands(a, b).map((inputs) => ({ kernel, inputs, shape }));
  });

const pools: fc.Arbitrary<Problem> = fc
  .record({
    windows,
    role: fc.constantFrom("sums" as const, "spread" as const),
    leading: fc.nat({ max: 2 }),
  })
  .chain(({ windows: { window, plane, counts, ...rest }, role, leading }) => {
    const [from, shape] = role === "sums" ? [plane, counts] : [counts, plane];
    const kernel: Kernel = { kind: "pool", role, window, ...rest };
    return operands([leading, ...from]).map((inputs) => ({
      kernel,
      inputs,
      shape: [leading, ...shape],
    }));
  });

function computed({ kernel, inputs, shape }: Problem): readonly number[] {
  const [output] = runKernel(kernel, inputs, [{ shape, dtype: "float64" }]);
  return elementsOf(output);
}

function meant({ kernel, inputs, shape }: Problem): readonly number[] {
  const avals = inputs.map((x) => ({ shape: x.shape, dtype: "float64" as const }));
  return (evaluateKernel(kernel, inputs, avals, { shape, dtype: "float64" }) ?? []).map(
    ({ value }) => value,
  );
}

describe("the reference loops", () => {
  it.each([
    ["convolution", convolutions],
    ["pooling", pools],
  ])("of %s compute what the kernel means, for any strides and sizes", (_, problems) => {
    fc.assert(
      fc.property(problems, (problem) => {
        expect(computed(problem)).toEqual(meant(problem));
      }),
      { numRuns: 200 },
    );
  });

  const PLAIN: Windows = { strides: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1] }; // biome-ignore format: a row

  it("leave out what lies on padding, instead of multiplying it by 0", () => {
    const kernel: Kernel = { kind: "convolution", role: "output", groups: 1, ...PLAIN, padding: [[0, 0], [1, 0]] }; // biome-ignore format: a row
    const x = layOut([1, 1, 1, 1], [1, 1, 1, 1], "float64", () => 2);
    const weight = layOut([1, 1, 1, 2], [2, 2, 2, 1], "float64", (i) => [Infinity, 3][i] ?? 0);

    expect(computed({ kernel, inputs: [x, weight], shape: [1, 1, 1, 1] })).toEqual([6]);
  });

  it("round float32 once, however many products an element has", () => {
    const size = 10_000;
    const x = layOut([1, size, 1, 1], [0, 0, 0, 0], "float32", () => 0.1);
    const weight = layOut([1, size, 1, 1], [0, 0, 0, 0], "float32", () => 1);
    const kernel: Kernel = { kind: "convolution", role: "output", groups: 1, ...PLAIN };

    const [output] = runKernel(kernel, [x, weight], [{ shape: [1, 1, 1, 1], dtype: "float32" }]);

    expect(elementsOf(output)).toEqual([Math.fround(sizeOf([size]) * Math.fround(0.1))]);
  });
});
