import { DTypeError, type NdArrayLike, type Nested, ShapeError, tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

describe("nested arrays", () => {
  it.each<[Nested, readonly number[], string]>([
    [7, [], "float32"],
    [true, [], "bool"],
    [[1, 2, 3], [3], "float32"],
    [[[1], [2]], [2, 1], "float32"],
    [[], [0], "float32"],
    [[[], []], [2, 0], "float32"],
    [[true, false], [2], "bool"],
    [[true, 2], [2], "float32"],
  ])("%j becomes a tensor of shape %j, %s", (value, shape, dtype) => {
    const x = tensor(value);

    expect(x.shape).toEqual(shape);
    expect(x.dtype).toBe(dtype);
  });

  it("go in and come out the same", () => {
    const cases = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
      .chain(([rows, columns]) => {
        const row = fc.array(fc.double(), { minLength: columns, maxLength: columns });
        return fc.array(row, { minLength: rows, maxLength: rows });
      });
    fc.assert(
      fc.property(cases, (value) => {
        expect(tensor(value, { dtype: "float64" }).toArray()).toEqual(value);
      }),
    );
  });

  it("come out with booleans for bool", () => {
    expect(tensor([[true], [false]]).toArray()).toEqual([[true], [false]]);
    expect(tensor(true).toArray()).toBe(true);
  });

  it.each([
    [[[1, 2], [3]], [1], 1, 2],
    [[1, [2]], [1], 1, undefined],
    [[[1], 2], [1], null, 1],
    [[[[1], [2]], [[3]]], [1], 1, 2],
  ])(
    "%j are refused where a row differs from the first of its level",
    (value, path, length, expected) => {
      const error = refusalOf(() => tensor(value as Nested));

      expect(error).toBeInstanceOf(ShapeError);
      expect(error.details).toEqual({ path, length, expected });
    },
  );

  it.each([
    [[1, "2"], [1], "string"],
    [[[1], "2"], [1], "string"],
    [null, [], "null"],
    [[[1, undefined]], [0, 1], "undefined"],
    [{ a: 1 }, [], "object"],
    // a hole
    [Object.assign(new Array(3), { 0: 1, 2: 3 }), [1], "undefined"],
  ])("%j are refused where an element is no number", (value, path, type) => {
    const error = refusalOf(() => tensor(value as unknown as Nested));

    expect(error).toBeInstanceOf(DTypeError);
    expect(error.details).toEqual({ path, type });
  });

  it.each([
    [
      [1, 2, 3],
      [2, 2],
    ],
    [
      [
        [1, 2],
        [3, 4],
      ],
      [4],
    ],
  ])("%j cannot be given the shape %j", (value, shape) => {
    expect(refusalOf(() => tensor(value, { shape }))).toBeInstanceOf(ShapeError);
  });

  it("give a number the shape of ones that is asked for", () => {
    expect(tensor(5, { shape: [1, 1] }).toArray()).toEqual([[5]]);
  });

  it("are refused under a dtype that does not exist", () => {
    const error = refusalOf(() => tensor([1], { dtype: "float16" as "float32" }));

    expect(error).toBeInstanceOf(DTypeError);
    expect(error.details).toEqual({ dtype: "float16" });
  });
});

describe("tensor", () => {
  it("takes the four fields of a view for an ndarray", () => {
    const view = { data: Float32Array.of(1, 2), shape: [2], stride: [-1], offset: 1 };

    expect(tensor(view as unknown as NdArrayLike).toArray()).toEqual([2, 1]);
  });
});
