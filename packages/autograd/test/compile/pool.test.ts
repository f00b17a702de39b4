import {
  avgPool2d,
  compile,
  type DType,
  mul,
  notEqual,
  record,
  sum,
  type Tensor,
  tensor,
  ValueError,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bind } from "../../src/core/bind.ts";
import type { Pair } from "../../src/kernel/kernel.ts";
import { maxPool2dIndicesPrimitive } from "../../src/primitives/max-pool2d-indices.ts";
import { sumPool2dPrimitive } from "../../src/primitives/sum-pool2d.ts";
import { addToPlanesPrimitive, takeFromPlanes } from "../../src/primitives/take-add-planes.ts";
import { windowsOver } from "../../src/primitives/windows.ts";
import { distance } from "../closeness.ts";

/** Draws from few numbers, so that windows have ties. */
function numbers(shape: readonly number[], seed: number, dtype: DType, special: boolean): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Array.from({ length: size }, (_, i) => {
    const word = Math.imul(i + 1, 0x9e3779b1 ^ Math.imul(seed, 0x85ebca6b)) >>> 8;
    const named = [Number.NaN, Infinity, -Infinity, -0];
    if (special && word % 7 === 0) return named[(word >>> 4) % 4];
    return dtype === "bool" ? word % 2 : (word % 33) - 16;
  });
  const flat = tensor(values, { shape, dtype: dtype === "bool" ? "int32" : dtype });
  return dtype === "bool" ? notEqual(flat, 0) : flat;
}

const pairs = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Windows that all have an element: padding is less than the window, and dilation 1 where there is any. */
const problems = fc
  .record({
    window: pairs(1, 5),
    strides: pairs(1, 3),
    dilation: pairs(1, 3),
    padding: fc.tuple(pairs(0, 2), pairs(0, 2)),
    rest: pairs(0, 12),
    leading: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    dtype: fc.constantFrom<DType>("float32", "float64", "int32", "bool"),
    seed: fc.nat(),
    special: fc.boolean(),
  })
  .map(({ window, padding, rest, leading, dtype, seed, special, ...params }) => {
    const half = (i: 0 | 1): Pair => {
      const most = params.dilation[i] > 1 ? 0 : Math.floor(window[i] / 2);
      return [Math.min(most, padding[i][0]), Math.min(most, padding[i][1])];
    };
    const length = (i: 0 | 1): number => (window[i] - 1) * params.dilation[i] + 1 + rest[i];
    const options = { ...params, window, padding: [half(0), half(1)] as const };
    const shape = [...leading, length(0), length(1)];
    const pooled = [...leading, ...windowsOver("avgPool2d", shape, window, options)];
    const isFloat = dtype === "float32" || dtype === "float64";
    const x = numbers(shape, seed, dtype, special && isFloat);
    return { options, x, y: numbers(pooled, seed + 1, isFloat ? dtype : "float32", false) };
  });

/** The result of `f`, and the gradient of its inner product with `cotangent`. */
function derivativeOf(f: (x: Tensor) => Tensor): (x: Tensor, y: Tensor) => readonly Tensor[] {
  return (x, y) => {
    const tape = record((a) => sum(mul(f(a), y)), x);
    return [f(x), ...tape.gradient(tape.inputs)];
  };
}

function requireSame(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  actual.forEach((result, i) => {
    expect(result.aval).toEqual(expected[i].aval);
    expect(distance(result, expected[i].toTypedArray())).toBeLessThan(1e-5);
  });
}

const isFloat = ({ dtype }: Tensor): boolean => dtype === "float32" || dtype === "float64";

describe("compiled pooling", () => {
  it("finds the places of the largest elements: the first of equal ones, NaN first of all", () => {
    fc.assert(
      fc.property(problems, ({ options, x }) => {
        const run = (a: Tensor): Tensor => bind(maxPool2dIndicesPrimitive, [a], options);

        expect(compile(run)(x).toArray()).toEqual(run(x).toArray());
      }),
      { numRuns: 100 },
    );
  });

  it("sums windows, and spreads what is pulled back over them", () => {
    fc.assert(
      fc.property(
        problems.filter(({ x }) => isFloat(x)),
        ({ options, x, y }) => {
          const run = derivativeOf((a) => bind(sumPool2dPrimitive, [a], options));
          const compiled = compile(run);

          requireSame(compiled(x, y), run(x, y));
          expect(String(compiled.programFor(x, y))).toContain("role=spread");
        },
      ),
      { numRuns: 100 },
    );
  });

  it("takes the largest elements and adds the cotangents to their places", () => {
    fc.assert(
      fc.property(
        problems.filter(({ x }) => isFloat(x)),
        ({ options, x, y }) => {
          const run = derivativeOf((a) =>
            takeFromPlanes(a, bind(maxPool2dIndicesPrimitive, [a], options)),
          );

          requireSame(compile(run)(x, y), run(x, y));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("pools a whole plane", () => {
    const x = numbers([2, 3, 14, 14], 5, "float32", false);
    const y = numbers([2, 3, 1, 1], 6, "float32", false);
    const run = derivativeOf((a) => avgPool2d(a, { kernelSize: 14 }));

    requireSame(compile(run)(x, y), run(x, y));
  });
});

describe("compiled indexing of planes", () => {
  const positions = tensor([3, 0, 5, 5, 1, 4], { dtype: "int32", shape: [2, 1, 3] });

  it.each(["float32", "float64", "int32", "bool"] as const)("takes and adds %s", (dtype) => {
    const x = numbers([2, 2, 3], 1, dtype, false);
    const take = (a: Tensor, i: Tensor): Tensor => takeFromPlanes(a, i);
    const place = (a: Tensor, i: Tensor): Tensor =>
      bind(addToPlanesPrimitive, [a, i], { size: [2, 3] });
    const taken = take(x, positions);

    expect(compile(take)(x, positions).toArray()).toEqual(taken.toArray());
    expect(compile(place)(taken, positions).toArray()).toEqual(place(taken, positions).toArray());
  });

  it("checks positions that pooling did not find", () => {
    const wrong = tensor([0, 1, 2, 6, 0, -1], { dtype: "int32", shape: [2, 1, 3] });
    const x = numbers([2, 2, 3], 1, "float32", false);
    const take = compile((a: Tensor, i: Tensor) => takeFromPlanes(a, i));
    const place = compile((a: Tensor, i: Tensor) =>
      bind(addToPlanesPrimitive, [a, i], { size: [2, 2] }),
    );

    expect(() => take(x, wrong)).toThrow(ValueError);
    expect(() => take(x, wrong)).toThrow("takeFromPlanes: index 6 at position 3 is outside");
    expect(() => place(x.slice({ starts: [0, 0, 0], sizes: [2, 1, 3] }), positions)).toThrow(
      "addToPlanes: index 5 at position 2 is outside an axis of length 4",
    );
  });
});
