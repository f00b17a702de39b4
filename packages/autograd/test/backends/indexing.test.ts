import { gather, scatterAdd, tensor, ValueError } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyArray, type StridedArray } from "../../src/array/strided-array.ts";
import { runKernel } from "../../src/backends/reference/index.ts";
import { elementAt, elementsOf, indicesOf } from "../array/index-oracle.ts";
import { arraysOfShape, layOut, shapes } from "../array/strided-arrays.ts";
import { refusalOf } from "../refusal.ts";

const int32 = (values: readonly number[]) => tensor([...values], { dtype: "int32" });

/** A source of any strides, one of its axes, and indices into it (as an array with strides of its own). */
const gatherings = shapes(3, 4, 1)
  .filter((shape) => shape.length > 0)
  .chain((shape) => fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1) }))
  .chain(({ shape, axis }) => {
    const index = fc.nat(shape[axis] - 1);
    return fc.record({
      source: arraysOfShape(shape),
      axis: fc.constant(axis),
      chosen: fc.array(index, { maxLength: 6 }),
      step: fc.constantFrom(1, -1, 2),
    });
  });

function laidOut(chosen: readonly number[], step: number): StridedArray {
  const array = layOut([chosen.length], [step], "int32", () => 0);
  chosen.forEach((index, i) => {
    array.data[array.offset + i * step] = index;
  });
  return array;
}

describe("gather", () => {
  it("copies the slices that the indices name, repeated ones too", () => {
    fc.assert(
      fc.property(gatherings, ({ source, axis, chosen, step }) => {
        const shape = source.shape.with(axis, chosen.length);

        const [result] = runKernel(
          { kind: "gather", op: "gather", axis },
          [source, laidOut(chosen, step)],
          [{ shape, dtype: "float64" }],
        );

        const expected = indicesOf(shape).map((index) => {
          return elementAt(source, index.with(axis, chosen[index[axis]]));
        });
        expect(elementsOf(result)).toEqual(expected);
      }),
    );
  });
});

describe("scatterAdd", () => {
  it("adds every slice at its index", () => {
    fc.assert(
      fc.property(gatherings, ({ source, axis, step }) => {
        const { shape } = source;
        const chosen = Array.from({ length: shape[axis] }, (_, i) => (i * i) % 3);
        const size = 4;
        const target = shape.with(axis, size);

        const [result] = runKernel(
          { kind: "scatterAdd", op: "scatterAdd", axis },
          [source, laidOut(chosen, step)],
          [{ shape: target, dtype: "float64" }],
        );

        const expected = indicesOf(target).map((index) => {
          return chosen.reduce((total, where, i) => {
            return where === index[axis] ? total + elementAt(source, index.with(axis, i)) : total;
          }, 0);
        });
        expect(elementsOf(result)).toEqual(expected);
      }),
    );
  });

  it("accumulates float32 in float64", () => {
    const updates = tensor(new Float32Array(10_000).fill(0.1));
    const indices = tensor(new Int32Array(10_000));

    const [total] = scatterAdd(updates, indices, { size: 1 }).toTypedArray();

    expect(total).toBe(Math.fround(10_000 * Math.fround(0.1)));
  });

  it("wraps int32", () => {
    const updates = int32([2 ** 31 - 1, 1, 5]);

    const result = scatterAdd(updates, int32([0, 0, 1]), { size: 2 });

    expect(result.toArray()).toEqual([-(2 ** 31), 5]);
  });

  it("counts bools as int32, as sum does", () => {
    const result = scatterAdd(tensor([true, true, false]), int32([0, 0, 1]), { size: 2 });

    expect(result.dtype).toBe("int32");
    expect(result.toArray()).toEqual([2, 0]);
  });
});

describe("indices outside the axis", () => {
  it.each([-1, 3])("are refused: %i of 3", (index) => {
    const x = tensor([1, 2, 3]);
    const calls = [
      () => gather(x, int32([0, index])),
      () => scatterAdd(tensor([1, 2]), int32([0, index]), { size: 3 }),
    ];

    for (const call of calls) {
      const error = refusalOf(call);
      expect(error).toBeInstanceOf(ValueError);
      expect(error.details).toEqual({ index, position: 1, length: 3 });
    }
  });

  it("are refused on an empty axis", () => {
    const error = refusalOf(() => gather(tensor([]), int32([0])));

    expect(error.details).toMatchObject({ index: 0, length: 0 });
  });
});

describe("place", () => {
  it("puts each input at its own start and step, and zeros elsewhere", () => {
    const [a, b] = [
      layOut([2], [1], "float64", (i) => i + 1),
      layOut([2], [-1], "float64", (i) => 10 * (i + 1)),
    ];

    const [result] = runKernel(
      { kind: "place", starts: [[0], [5]], steps: [[2], [-1]] },
      [a, b],
      [{ shape: [7], dtype: "float64" }],
    );

    expect(elementsOf(result)).toEqual([1, 0, 2, 0, 10, 20, 0]);
  });

  it("leaves zeros although small float64 arrays share a slab with earlier ones", () => {
    const used = emptyArray({ shape: [20], dtype: "float64" });
    used.data.fill(9, used.offset, used.offset + 20);

    const [result] = runKernel(
      { kind: "place", starts: [[8]], steps: [[1]] },
      [layOut([2], [1], "float64", () => 1)],
      [{ shape: [12], dtype: "float64" }],
    );

    expect(elementsOf(result)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0]);
  });

  it("copies through the strides of a block of several axes", () => {
    const block = layOut([2, 2], [1, 2], "int32", (i) => i + 1);

    const [result] = runKernel(
      { kind: "place", starts: [[1, 0]], steps: [[1, 2]] },
      [block],
      [{ shape: [3, 3], dtype: "int32" }],
    );

    expect(elementsOf(result)).toEqual([0, 0, 0, 1, 0, 3, 2, 0, 4]);
  });
});
