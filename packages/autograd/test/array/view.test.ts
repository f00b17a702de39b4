import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Shape, sizeOf } from "../../src/array/shape.ts";
import { rowMajor, type StridedArray } from "../../src/array/strided-array.ts";
import { applyView, type ViewTransform } from "../../src/array/view.ts";
import { elementAt, elementsOf, indicesOf, stridesFor } from "./index-oracle.ts";
import { arraysOfShape, layOut, stridedArrays } from "./strided-arrays.ts";

/** The view, which must exist, lie in the same memory and have one stride for each axis. */
function viewOf(array: StridedArray, transform: ViewTransform): StridedArray {
  const view = applyView(array, transform);
  if (view === null) throw new Error("the view needs a copy");
  expect(view.data).toBe(array.data);
  expect(Object.keys(view.stride)).toHaveLength(view.shape.length);
  return view;
}

describe("transpose", () => {
  const cases = stridedArrays().chain((array) => {
    const axes = [...array.shape.keys()];
    return fc.record({
      array: fc.constant(array),
      permutation: fc.shuffledSubarray(axes, { minLength: axes.length }),
    });
  });

  it("reads axis i of the result along axis permutation[i]", () => {
    fc.assert(
      fc.property(cases, ({ array, permutation }) => {
        const view = viewOf(array, { type: "transpose", permutation });

        expect(view.shape).toEqual(permutation.map((axis) => array.shape[axis]));
        for (const index of indicesOf(view.shape)) {
          const from = array.shape.map((_, axis) => index[permutation.indexOf(axis)]);
          expect(elementAt(view, index)).toBe(elementAt(array, from));
        }
      }),
    );
  });
});

describe("slice", () => {
  /** For an axis of `length`: a start, a size and a step whose elements all lie inside. */
  const cut = (length: number): fc.Arbitrary<{ start: number; size: number; step: number }> => {
    if (length === 0) return fc.constant({ start: 0, size: 0, step: 1 });
    const inside = fc.integer({ min: 0, max: length - 1 });
    return fc
      .tuple(inside, fc.constantFrom(1, 2, 3, -1, -2, -3), fc.nat(length))
      .map(([start, step, wish]) => {
        const room = Math.floor((step > 0 ? length - 1 - start : start) / Math.abs(step)) + 1;
        return { start, size: Math.min(wish, room), step };
      });
  };
  const cases = stridedArrays().chain((array) => {
    return fc.record({
      array: fc.constant(array),
      cuts: fc.tuple(...array.shape.map(cut)),
    });
  });

  it("reads element start + i * step, forwards and backwards", () => {
    fc.assert(
      fc.property(cases, ({ array, cuts }) => {
        const starts = cuts.map((c) => c.start);
        const sizes = cuts.map((c) => c.size);
        const steps = cuts.map((c) => c.step);

        const view = viewOf(array, { type: "slice", starts, sizes, steps });

        expect(view.shape).toEqual(sizes);
        for (const index of indicesOf(sizes)) {
          const from = index.map((i, axis) => starts[axis] + i * steps[axis]);
          expect(elementAt(view, index)).toBe(elementAt(array, from));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("takes every other element backwards", () => {
    const array = layOut([5], [1], "int32", (i) => 10 * i);

    const view = viewOf(array, { type: "slice", starts: [4], sizes: [3], steps: [-2] });

    expect(elementsOf(view)).toEqual([40, 20, 0]);
  });
});

describe("stretch", () => {
  const cases = stridedArrays().chain((array) => {
    const lengths = array.shape.map((n) =>
      n === 1 ? fc.integer({ min: 0, max: 4 }) : fc.constant(n),
    );
    return fc.record({ array: fc.constant(array), shape: fc.tuple(...lengths) });
  });

  it("repeats axes of length 1", () => {
    fc.assert(
      fc.property(cases, ({ array, shape }) => {
        const view = viewOf(array, { type: "stretch", shape });

        expect(view.shape).toEqual(shape);
        for (const index of indicesOf(shape)) {
          const from = index.map((i, axis) => (array.shape[axis] === 1 ? 0 : i));
          expect(elementAt(view, index)).toBe(elementAt(array, from));
        }
      }),
    );
  });
});

describe("reshape", () => {
  /** Shapes with `size` elements, axes of length 1 among them. */
  const shapesOfSize = (size: number): fc.Arbitrary<Shape> => {
    if (size === 0)
      return fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }).map((s) => [0, ...s]);
    const divide = (rest: number, depth: number): fc.Arbitrary<number[]> => {
      if (depth === 0) return fc.constant(rest === 1 ? [] : [rest]);
      const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => rest % d === 0);
      return fc
        .constantFrom(...divisors)
        .chain((d) => divide(rest / d, depth - 1).map((tail) => [d, ...tail]));
    };
    return fc.integer({ min: 0, max: 3 }).chain((depth) => divide(size, depth));
  };
  const cases = stridedArrays(4, 4).chain((array) => {
    return fc.record({ array: fc.constant(array), shape: shapesOfSize(sizeOf(array.shape)) });
  });

  it("keeps the row-major order, and asks for a copy only where no strides would do", () => {
    fc.assert(
      fc.property(cases, ({ array, shape }) => {
        const view = applyView(array, { type: "reshape", shape });

        if (view === null) {
          expect(stridesFor(array, shape)).toBeNull();
        } else {
          expect(view.shape).toEqual(shape);
          expect(elementsOf(view)).toEqual(elementsOf(array));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("gives an array without elements any shape without elements", () => {
    const transposed = layOut([3, 0, 2], [1, 3, 5], "float32", (i) => i);

    const views = [[0], [5, 0], [0, 1, 4]].map((shape) => {
      return viewOf(transposed, { type: "reshape", shape });
    });

    expect(views.map((view) => view.shape)).toEqual([[0], [5, 0], [0, 1, 4]]);
  });

  it("splits and merges axes of a transposed array where their strides continue each other", () => {
    const base = layOut([2, 3, 4], rowMajor([2, 3, 4]), "int32", (i) => i);
    const turned = viewOf(base, { type: "transpose", permutation: [2, 0, 1] });

    const merged = viewOf(turned, { type: "reshape", shape: [2, 2, 6] });

    expect(elementsOf(merged)).toEqual(elementsOf(turned));
    expect(applyView(turned, { type: "reshape", shape: [8, 3] })).toBeNull();
  });
});

describe("views of views", () => {
  it("compose by their index arithmetic", () => {
    const cases = fc.constantFrom<Shape>([2, 3], [3, 4]).chain((shape) => arraysOfShape(shape));
    fc.assert(
      fc.property(cases, (array) => {
        const [rows, columns] = array.shape;
        const turned = viewOf(array, { type: "transpose", permutation: [1, 0] });
        const reversed = viewOf(turned, {
          type: "slice",
          starts: [columns - 1, 0],
          sizes: [columns, rows],
          steps: [-1, 1],
        });

        for (const [i, j] of indicesOf([columns, rows])) {
          expect(elementAt(reversed, [i, j])).toBe(elementAt(array, [j, columns - 1 - i]));
        }
      }),
    );
  });
});
