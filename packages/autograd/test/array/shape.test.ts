import { AxisError, full, reshape, ShapeError, tensor, zeros } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import {
  checkShape,
  formatShape,
  keptShape,
  normalizeAxes,
  normalizeAxis,
  removedShape,
  sameShape,
  sizeOf,
} from "../../src/array/shape.ts";
import { refusalOf } from "../refusal.ts";

describe("the size of a shape", () => {
  it.each([
    [[], 1],
    [[3], 3],
    [[2, 3], 6],
    [[2, 0, 3], 0],
  ])("%j is %i", (shape, size) => {
    expect(sizeOf(shape)).toBe(size);
  });
});

describe("sameShape", () => {
  it("compares lengths and ranks", () => {
    expect(sameShape([2, 3], [2, 3])).toBe(true);
    expect(sameShape([2, 3], [3, 2])).toBe(false);
    expect(sameShape([2], [2, 1])).toBe(false);
    expect(sameShape([], [])).toBe(true);
  });
});

describe("formatShape", () => {
  it("prints shapes as messages have them", () => {
    expect([[], [3], [32, 10]].map(formatShape)).toEqual(["[]", "[3]", "[32, 10]"]);
  });
});

describe("checkShape", () => {
  it.each([[[-1]], [[2, 1.5]], [[Number.NaN]], [[2 ** 60]]])("refuses %j", (shape) => {
    const error = refusalOf(() => checkShape("zeros", shape));

    expect(error).toBeInstanceOf(ShapeError);
    expect(error).toMatchObject({ op: "zeros", details: { shape } });
  });

  it("refuses what is no array at all", () => {
    expect(refusalOf(() => zeros(3 as unknown as number[]))).toBeInstanceOf(ShapeError);
  });

  it("refuses a shape whose size is beyond exact integers", () => {
    expect(refusalOf(() => zeros([2 ** 30, 2 ** 30]))).toBeInstanceOf(ShapeError);
  });
});

describe("a tensor's shape", () => {
  it("does not follow the array it was made with", () => {
    const shape = [2, 2];
    const tensors = [
      zeros(shape),
      tensor([1, 2, 3, 4], { shape }),
      reshape(tensor([1, 2, 3, 4]), shape),
      full([1, 1], 7).broadcastTo(shape),
    ];

    shape[0] = 9;

    expect(tensors.map((x) => x.shape)).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
  });
});

describe("normalizeAxis", () => {
  it("counts negative axes from the end", () => {
    expect([0, 1, -1, -2].map((axis) => normalizeAxis("sum", [4, 5], axis))).toEqual([0, 1, 1, 0]);
  });

  it.each([
    [[4, 5], 2],
    [[4, 5], -3],
    [[4, 5], 0.5],
    [[], 0],
    [[], -1],
  ])("refuses for shape %j the axis %d", (shape, axis) => {
    const error = refusalOf(() => normalizeAxis("sum", shape, axis));

    expect(error).toBeInstanceOf(AxisError);
    expect(error).toMatchObject({ op: "sum", details: { axis, shape } });
  });
});

describe("normalizeAxes", () => {
  it.each([
    [undefined, [0, 1, 2]],
    [1, [1]],
    [-1, [2]],
    [
      [2, 0],
      [0, 2],
    ],
    [
      [-1, -3],
      [0, 2],
    ],
    [[], []],
  ])("reads %j of a shape of rank 3 as %j", (axes, expected) => {
    expect(normalizeAxes("sum", [4, 5, 6], axes)).toEqual(expected);
  });

  it("sorts ten and more axes by number, not by text", () => {
    const shape = new Array<number>(11).fill(1);

    expect(normalizeAxes("sum", shape, [10, 2])).toEqual([2, 10]);
  });

  it("refuses an axis that is named twice, once from each end", () => {
    const error = refusalOf(() => normalizeAxes("sum", [4, 5], [1, -1]));

    expect(error).toBeInstanceOf(AxisError);
    expect(error.details).toMatchObject({ axes: [1, -1], shape: [4, 5] });
  });

  it("leaves the caller's array as it was", () => {
    const axes = [2, 0];

    normalizeAxes("sum", [4, 5, 6], axes);

    expect(axes).toEqual([2, 0]);
  });
});

describe("reduced shapes", () => {
  it("keep or drop the axes", () => {
    expect(keptShape([4, 5, 6], [0, 2])).toEqual([1, 5, 1]);
    expect(removedShape([4, 5, 6], [0, 2])).toEqual([5]);
  });
});
