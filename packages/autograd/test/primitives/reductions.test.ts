import {
  AxisError,
  grad,
  jvp,
  max,
  min,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const cube = tensor([
  [[1, 2], [3, 4]],
  [[5, 6], [7, 8]],
]); // biome-ignore format: a cube

describe("sum", () => {
  it.each([
    [undefined, 36],
    [
      0,
      [
        [6, 8],
        [10, 12],
      ],
    ],
    [
      -1,
      [
        [3, 7],
        [11, 15],
      ],
    ],
    [
      [0, 2],
      [14, 22],
    ],
    [
      [],
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ],
    ],
  ])("over axes %j removes them", (axes, expected) => {
    expect(sum(cube, axes === undefined ? {} : { axes }).toArray()).toEqual(expected);
  });

  it("keeps the axes with size 1 where asked to", () => {
    expect(sum(cube, { axes: [0, 2], keepDims: true }).toArray()).toEqual([[[14], [22]]]);
    expect(sum(cube, { keepDims: true }).shape).toEqual([1, 1, 1]);
  });

  it("of nothing is 0", () => {
    expect(sum(zeros([0])).item()).toBe(0);
    expect(sum(zeros([2, 0]), { axes: 1 }).toArray()).toEqual([0, 0]);
    expect(sum(zeros([0, 2]), { axes: 1 }).toArray()).toEqual([]);
  });

  it("of a scalar is the scalar", () => {
    expect(sum(tensor(3)).item()).toBe(3);
  });

  it("refuses an axis that does not exist", () => {
    expect(refusalOf(() => sum(tensor([1]), { axes: 1 }))).toBeInstanceOf(AxisError);
  });
});

describe("max", () => {
  it("takes the largest along its axes", () => {
    expect(max(cube, { axes: [0, 1] }).toArray()).toEqual([7, 8]);
    expect(max(cube).item()).toBe(8);
    expect(max(cube, { axes: [] })).toBe(cube);
  });

  it("divides the derivative among elements that tie", () => {
    const x = tensor([[3, 5, 5], [2, 2, 2]], { dtype: "float64" }); // biome-ignore format: rows

    const gradient = grad((y: Tensor) => max(y, { axes: 1 }).sum())(x);

    expect(gradient.toArray()).toEqual([
      [0, 0.5, 0.5],
      [1 / 3, 1 / 3, 1 / 3],
    ]);
  });

  it("averages the tangents of elements that tie", () => {
    const { tangent } = jvp((y) => max(y), [tensor([5, 5, 1])], [tensor([1, 3, 100])]);

    expect(tangent.item()).toBe(2);
  });

  it("lets NaN win, and makes the derivative of its row NaN", () => {
    const x = tensor([[1, Number.NaN], [4, 3]]); // biome-ignore format: rows

    expect(max(x, { axes: 1 }).toArray()).toEqual([Number.NaN, 4]);
    expect(grad((y: Tensor) => max(y, { axes: 1 }).sum())(x).toArray()).toEqual([
      [Number.NaN, Number.NaN],
      [1, 0],
    ]);
  });

  it("of infinities is one of them", () => {
    expect(max(tensor([-Infinity, -Infinity])).item()).toBe(-Infinity);
    expect(max(tensor([1, Infinity])).item()).toBe(Infinity);
  });

  it("of bools is a bool", () => {
    expect(max(tensor([[true, false], [false, false]]), { axes: 1 }).toArray()).toEqual([true, false]); // biome-ignore format: short
  });

  it("of nothing is refused, unless the result is nothing too", () => {
    const error = refusalOf(() => max(zeros([2, 0]), { axes: 1 }));

    expect(error).toBeInstanceOf(ShapeError);
    expect(error.details).toEqual({ shape: [2, 0], axes: [1] });
    expect(max(zeros([2, 0]), { axes: 0 }).toArray()).toEqual([]);
    expect(max(zeros([0, 0]), { axes: 1 }).toArray()).toEqual([]);
  });
});

describe("min", () => {
  it("takes the smallest along its axes, with ties and NaN as max has them", () => {
    const x = tensor([[3, 1, 1], [2, Number.NaN, 5]]); // biome-ignore format: rows

    expect(min(x, { axes: 1 }).toArray()).toEqual([1, Number.NaN]);
    expect(grad((y: Tensor) => min(y))(tensor([3, 1, 1])).toArray()).toEqual([0, 0.5, 0.5]);
  });

  it("finds the least int32, whose negative does not exist", () => {
    const x = tensor([5, -(2 ** 31), 2 ** 31 - 1], { dtype: "int32" });

    const least = min(x);

    expect([least.dtype, least.item()]).toEqual(["int32", -(2 ** 31)]);
  });

  it("of bools is a bool", () => {
    const x = min(tensor([[true, false], [true, true]]), { axes: 1 }); // biome-ignore format: short

    expect([x.dtype, x.toArray()]).toEqual(["bool", [false, true]]);
  });

  it("of nothing is refused", () => {
    expect(refusalOf(() => min(zeros([0])))).toMatchObject({ op: "min", details: { shape: [0] } });
  });
});
