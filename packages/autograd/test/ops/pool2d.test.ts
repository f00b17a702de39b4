import {
  avgPool2d,
  grad,
  jvp,
  maxPool2d,
  mul,
  type Shape,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/autograd";
import { tensors } from "@tapegrad/autograd/testing/arbitraries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bind } from "../../src/core/bind.ts";
import { maxPool2dIndicesPrimitive } from "../../src/primitives/max-pool2d-indices.ts";
import { distance } from "../closeness.ts";

type Pair = readonly [number, number];
interface Options {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly ceilMode: boolean;
}

/** PyTorch's number of windows along an axis: rounded up if asked for, and none may start behind the plane. */
function countOf(
  length: number,
  { kernelSize, stride, padding, dilation, ceilMode }: Options,
  i: 0 | 1,
): number {
  const over = length + 2 * padding[i] - dilation[i] * (kernelSize[i] - 1) - 1;
  const count = Math.floor((over + (ceilMode ? stride[i] - 1 : 0)) / stride[i]) + 1;
  return ceilMode && (count - 1) * stride[i] >= length + padding[i] ? count - 1 : count;
}

/** The elements of every window of one plane, with their positions, in row-major order. */
function windowsOf(
  plane: readonly number[],
  [height, width]: Pair,
  options: Options,
): (readonly (readonly [number, number])[])[] {
  const { kernelSize, stride, padding, dilation } = options;
  const places = (i: 0 | 1, length: number): number[][] =>
    Array.from({ length: countOf(length, options, i) }, (_, window) =>
      Array.from(
        { length: kernelSize[i] },
        (_, k) => window * stride[i] - padding[i] + k * dilation[i],
      ).filter((at) => at >= 0 && at < length),
    );
  return places(0, height).flatMap((rows) =>
    places(1, width).map((columns) =>
      rows.flatMap((row) =>
        columns.map((column) => [row * width + column, plane[row * width + column]] as const),
      ),
    ),
  );
}

function planesOf(x: Tensor): readonly (readonly number[])[] {
  const size = x.shape.slice(-2).reduce((n, length) => n * length, 1);
  const flat = Array.from(x.toTypedArray());
  return Array.from({ length: flat.length / size }, (_, i) => flat.slice(i * size, (i + 1) * size));
}

const pairs = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

const problemsWith = (
  dilations: fc.Arbitrary<Pair>,
): fc.Arbitrary<{ readonly options: Options; readonly x: Tensor }> =>
  fc
    .record({
      kernelSize: pairs(1, 4),
      stride: pairs(1, 4),
      halves: pairs(0, 4),
      rest: pairs(0, 4),
      dilation: dilations,
      ceilMode: fc.boolean(),
      leading: fc.array(fc.nat({ max: 2 }), { maxLength: 2 }),
    })
    .chain(({ halves, rest, leading, ...others }) => {
      const { kernelSize, dilation } = others;
      const padding = [0, 1].map((i) =>
        Math.min(halves[i], Math.floor(kernelSize[i] / 2)),
      ) as unknown as Pair;
      const plane = [0, 1].map((i) => dilation[i] * kernelSize[i] + rest[i]);
      return fc.record({
        options: fc.constant({ ...others, padding }),
        x: tensors({ shape: [...leading, ...plane] }),
      });
    });

const problems = problemsWith(pairs(1, 3));
const undilated = problemsWith(fc.constant([1, 1] as const));

function expectedShape(x: Tensor, options: Options): Shape {
  const [height, width] = x.shape.slice(-2);
  return [...x.shape.slice(0, -2), countOf(height, options, 0), countOf(width, options, 1)];
}

const windowsIn = (x: Tensor, options: Options) =>
  planesOf(x).flatMap((plane) => windowsOf(plane, x.shape.slice(-2) as unknown as Pair, options));

describe("maxPool2d", () => {
  it("has the largest element of every window, for all small sizes, options and layouts", () => {
    fc.assert(
      fc.property(problems, ({ options, x }) => {
        const result = maxPool2d(x, options);
        const expected = windowsIn(x, options).map((window) =>
          Math.max(...window.map(([, v]) => v)),
        );

        expect(result.shape).toEqual(expectedShape(x, options));
        expect(distance(result, expected)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it("gives the cotangent to the first of equal elements", () => {
    const x = tensor([[2, 2, 1], [2, 2, 3]]); // biome-ignore format: rows
    const weights = tensor([[1, 10]]);

    const gradient = grad((a: Tensor) =>
      sum(mul(maxPool2d(a, { kernelSize: 2, stride: 1 }), weights)),
    )(x);

    expect(gradient.toArray()).toEqual([[1, 0, 0], [0, 0, 10]]); // biome-ignore format: rows
  });

  it("adds up what an element gets from several windows", () => {
    const x = tensor([[1, 9, 1]]);

    const gradient = grad((a: Tensor) => sum(maxPool2d(a, { kernelSize: [1, 2], stride: 1 })))(x);

    expect(gradient.toArray()).toEqual([[0, 2, 0]]);
  });

  it("chooses a NaN, the first of several, and never the padding", () => {
    const options = { kernelSize: [1, 3], stride: 1, padding: [0, 1] } as const;
    const x = tensor([[-Infinity, 1, NaN, NaN]]);

    expect(maxPool2d(x, options).toArray()).toEqual([[1, NaN, NaN, NaN]]);
    const params = { window: [1, 3], strides: [1, 1], padding: [[0, 0], [1, 1]], dilation: [1, 1] } as const; // biome-ignore format: a row
    expect(bind(maxPool2dIndicesPrimitive, [x], params).toArray()).toEqual([[1, 2, 2, 2]]);
    expect(maxPool2d(tensor([[-Infinity, -Infinity]]), options).toArray()).toEqual([
      [-Infinity, -Infinity],
    ]);
  });

  it("has derivatives of all orders, as a choice of elements has", () => {
    const x = tensor([[1, 2], [4, 3]], { dtype: "float64" }); // biome-ignore format: rows
    const cube = (a: Tensor): Tensor => sum(maxPool2d(mul(mul(a, a), a), { kernelSize: 2 }));

    expect(grad((a: Tensor) => sum(grad(cube)(a)))(x).toArray()).toEqual([[0, 0], [24, 0]]); // biome-ignore format: rows
    expect(jvp(grad(cube), [x], [x]).tangent.toArray()).toEqual([[0, 0], [96, 0]]); // biome-ignore format: rows
  });

  it("keeps the dtype, integers too", () => {
    const x = tensor([[1, -2], [5, 3]], { dtype: "int32" }); // biome-ignore format: rows

    expect(String(maxPool2d(x, { kernelSize: 2 }))).toBe("tensor([[5]], int32[1,1])");
  });
});

describe("avgPool2d", () => {
  it("has the mean of every window, with the padding and without", () => {
    fc.assert(
      fc.property(undilated, fc.boolean(), ({ options, x }, countIncludePad) => {
        const { kernelSize, stride, padding } = options;
        const [p, q] = expectedShape(x, options).slice(-2);
        const places = (at: number): number =>
          [Math.floor(at / q) % p, at % q]
            .map((window, i) => {
              const start = window * stride[i] - padding[i];
              return Math.min(start + kernelSize[i], x.shape[x.rank - 2 + i] + padding[i]) - start;
            })
            .reduce((n, length) => n * length, 1);
        const expected = windowsIn(x, options).map((window, at) => {
          const total = window.reduce((sum, [, value]) => sum + value, 0);
          return total / (countIncludePad ? places(at) : window.length);
        });

        const result = avgPool2d(x, { ...options, countIncludePad });

        expect(result.shape).toEqual(expectedShape(x, options));
        expect(distance(result, expected)).toBeLessThan(1e-13);
      }),
      { numRuns: 150 },
    );
  });

  it("is its own adjoint's adjoint: ⟨pool(x), y⟩ = ⟨x, x̄(y)⟩, whose derivative is the pool again", () => {
    const x = tensor([[1, 2, 0], [4, 3, 5]], { dtype: "float64" }); // biome-ignore format: rows
    const y = tensor([[2, 6]], { dtype: "float64" });
    const pool = (a: Tensor): Tensor => avgPool2d(a, { kernelSize: 2, stride: 1 });
    const pulled = (b: Tensor): Tensor => grad((a: Tensor) => sum(mul(pool(a), b)))(x);

    expect(pulled(y).toArray()).toEqual([[0.5, 2, 1.5], [0.5, 2, 1.5]]); // biome-ignore format: rows
    expect(grad((b: Tensor) => sum(mul(pulled(b), x)))(y).toArray()).toEqual(pool(x).toArray());
  });

  it("moves by the size of its window, unless told otherwise", () => {
    expect(avgPool2d(zeros([2, 3, 7, 6]), { kernelSize: [3, 2] }).shape).toEqual([2, 3, 2, 3]);
    expect(maxPool2d(zeros([3, 7, 6]), { kernelSize: 2, ceilMode: true }).shape).toEqual([3, 4, 3]);
  });

  it("rounds up to a window where none is whole", () => {
    const x = tensor([[1, 3]]);

    expect(avgPool2d(x, { kernelSize: [2, 2], stride: 2, ceilMode: true }).toArray()).toEqual([
      [2],
    ]);
  });
});
