import {
  add,
  cast,
  compile,
  conv2d,
  convTranspose2d,
  type DType,
  mul,
  record,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pair } from "../../src/kernel/kernel.ts";
import { windowsOver } from "../../src/primitives/windows.ts";
import { distance } from "../closeness.ts";

type Params = {
  readonly strides: Pair;
  readonly padding: readonly [Pair, Pair];
  readonly dilation: Pair;
  readonly groups: number;
};

const optionsOf = ({ strides, ...params }: Params) => ({ stride: strides, ...params });

/** Numbers in [-1, 1), the same for the same seed. */
function numbers(shape: readonly number[], seed: number, dtype: DType): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Array.from({ length: size }, (_, i) => {
    return (Math.imul(i + 1, 0x9e3779b1 ^ Math.imul(seed, 0x85ebca6b)) >>> 8) / 2 ** 23 - 1;
  });
  return tensor(values, { shape, dtype });
}

const pairs = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Any options, and sizes on both sides of a vector and of a tile. */
const problems = fc
  .record({
    strides: pairs(1, 4),
    padding: fc.tuple(pairs(0, 3), pairs(0, 3)),
    dilation: pairs(1, 3),
    groups: fc.integer({ min: 1, max: 3 }),
    window: pairs(1, 4),
    rest: pairs(0, 14),
    batch: fc.integer({ min: 1, max: 3 }),
    perGroup: fc.integer({ min: 1, max: 6 }),
    outputs: fc.integer({ min: 1, max: 10 }),
    dtype: fc.constantFrom<DType>("float32", "float64"),
    relaxed: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ window, rest, batch, perGroup, outputs, dtype, relaxed, seed, ...params }) => {
    const length = (i: 0 | 1): number => {
      const extent = (window[i] - 1) * params.dilation[i] + 1;
      return Math.max(1, extent - params.padding[i][0] - params.padding[i][1]) + rest[i];
    };
    const { groups } = params;
    const x = [batch, perGroup * groups, length(0), length(1)];
    const y = [batch, outputs * groups, ...windowsOver("conv2d", x, window, params)];
    const weight = [outputs * groups, perGroup, ...window];
    return {
      params,
      relaxed,
      x: numbers(x, seed, dtype),
      weight: numbers(weight, seed + 1, dtype),
      y: numbers(y, seed + 2, dtype),
    };
  });

const ROUNDING = { float32: 3e-6, float64: 1e-13 } as const;

/** The result of `f` on two tensors, and both gradients of its inner product with `cotangent`. */
function derivativesOf(
  f: (a: Tensor, b: Tensor) => Tensor,
): (a: Tensor, b: Tensor, cotangent: Tensor) => readonly Tensor[] {
  return (a, b, cotangent) => {
    let output = a;
    const tape = record(
      (u, v) => {
        output = f(u, v);
        return sum(mul(output, cotangent));
      },
      a,
      b,
    );
    return [f(a, b), ...tape.gradient(tape.inputs)];
  };
}

/** Every number differs by rounding alone, beside the largest of them: a sum may be small by cancellation. */
function requireSame(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  actual.forEach((result, i) => {
    const { dtype, shape } = expected[i];
    const values = Array.from(expected[i].toTypedArray());
    const largest = Math.max(1, ...values.filter(Number.isFinite).map(Math.abs));
    const scaled = (list: Iterable<number>): number[] => Array.from(list, (v) => v / largest);
    const bound = ROUNDING[dtype === "float64" ? "float64" : "float32"];

    expect(result.shape).toEqual(shape);
    expect(distance(scaled(result.toTypedArray()), scaled(values))).toBeLessThan(bound);
  });
}

describe("a compiled convolution", () => {
  it("has the values and gradients of the eager one for all options and sizes", () => {
    fc.assert(
      fc.property(problems, ({ params, relaxed, x, weight, y }) => {
        const run = derivativesOf((a, b) => conv2d(a, b, optionsOf(params)));
        const compiled = compile(run, { relaxed });

        requireSame(compiled(x, weight, y), run(x, weight, y));
        expect(String(compiled.programFor(x, weight, y))).toContain("convolution");
      }),
      { numRuns: 120 },
    );
  });

  it.each([
    ["a weight of one element", [2, 20, 9, 9], [24, 20, 1, 1], {}],
    ["a weight of one element under a stride", [2, 8, 9, 10], [8, 8, 1, 1], { stride: 2 }],
    ["deep sums", [1, 40, 10, 12], [9, 40, 3, 3], { padding: 1 }],
    ["long sums over places", [3, 2, 40, 33], [5, 2, 3, 2], { padding: 1 }],
    ["many images", [70, 1, 6, 6], [2, 1, 3, 3], { padding: 1 }],
    ["many patches", [1, 40, 30, 30], [33, 40, 3, 3], { padding: 1, stride: 2 }],
    ["a channel of its own for each output", [2, 9, 12, 12], [9, 1, 3, 3], { groups: 9 }],
    ["a long row", [1, 2, 1, 700], [3, 2, 1, 5], { padding: [0, 2] }],
    ["patches that do not overlap", [2, 3, 16, 16], [10, 3, 4, 4], { stride: 4 }],
    ["a weight as large as the image", [2, 3, 5, 7], [4, 3, 5, 7], {}],
  ] as const)("has them for %s", (_, shape, weightShape, options) => {
    for (const dtype of ["float32", "float64"] as const) {
      const [x, weight] = [numbers(shape, 3, dtype), numbers(weightShape, 4, dtype)];
      const cotangent = numbers(conv2d(x, weight, options).shape, 5, dtype);
      const run = derivativesOf((a, b) => conv2d(a, b, options));

      requireSame(compile(run)(x, weight, cotangent), run(x, weight, cotangent));
    }
  });

  it("serves transposed convolutions, and operands that are views", () => {
    const [x, weight] = [numbers([2, 3, 5, 6], 1, "float32"), numbers([4, 3, 3, 2], 2, "float32")];
    const run = (a: Tensor, b: Tensor): Tensor => {
      const turned = a.transpose([1, 0, 3, 2]).slice({ starts: [0, 0, 1, 0], sizes: [3, 2, 5, 5] });
      const square = b.transpose([1, 0, 2, 3]);
      return convTranspose2d(turned.transpose([1, 0, 2, 3]), square, { stride: 2, padding: 1 });
    };

    expect(distance(compile(run)(x, weight), run(x, weight).toTypedArray())).toBeLessThan(1e-5);
  });

  it("reads stretched operands and constants", () => {
    const weight = numbers([2, 1, 3, 3], 7, "float32");
    const run = (w: Tensor): Tensor => conv2d(add(zeros([1, 1, 5, 5]), 2), w, { padding: 1 });

    expect(distance(compile(run)(weight), run(weight).toTypedArray())).toBeLessThan(1e-6);
  });

  it("adds nothing outside of the image, not even beside infinities and NaN", () => {
    const special = [Infinity, -Infinity, Number.NaN];
    const bad = fc.tuple(fc.nat(), fc.constantFrom(...special));
    const places = fc.record({ x: fc.option(bad), weight: fc.option(bad), y: fc.option(bad) });
    fc.assert(
      fc.property(problems, places, ({ params, x, weight, y }, at) => {
        const planted = (t: Tensor, place: [number, number] | null): Tensor => {
          const values = Array.from(t.toTypedArray());
          if (place !== null) values[place[0] % values.length] = place[1];
          return tensor(values, { shape: t.shape, dtype: t.dtype });
        };
        const operands = [planted(x, at.x), planted(weight, at.weight), planted(y, at.y)] as const;
        const run = derivativesOf((a, b) => conv2d(a, b, optionsOf(params)));

        requireSame(compile(run)(...operands), run(...operands));
      }),
      { numRuns: 80 },
    );
  });

  it("sums the gradient of a weight over many places and images within 1e-6", () => {
    const x = add(numbers([300, 1, 24, 24], 1, "float32"), 1);
    const y = add(numbers([300, 2, 24, 24], 2, "float32"), 1);
    const run = derivativesOf((a, b) => conv2d(a, b, { padding: 1 }));
    const weight = zeros([2, 1, 3, 3]);
    const exact = run(cast(x, "float64"), cast(weight, "float64"), cast(y, "float64"))[2];

    const [, , found] = compile(run)(x, weight, y);

    const expected = exact.toTypedArray();
    found.toTypedArray().forEach((value, i) => {
      expect(Math.abs(value / expected[i] - 1)).toBeLessThan(1e-6);
    });
  });
});
