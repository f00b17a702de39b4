import { matMul, ShapeError, tensor, type Tensor, vjp, zeros } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

describe("matMul", () => {
  it.each([
    [
      [2, 3],
      [3, 4],
      [2, 4],
    ],
    [[3], [3, 4], [4]],
    [[2, 3], [3], [2]],
    [[3], [3], []],
    [
      [5, 2, 3],
      [3, 4],
      [5, 2, 4],
    ],
    [
      [5, 1, 2, 3],
      [7, 3, 4],
      [5, 7, 2, 4],
    ],
    [[3], [5, 3, 4], [5, 4]],
    [[5, 2, 3], [3], [5, 2]],
    [
      [2, 0],
      [0, 3],
      [2, 3],
    ],
    [[0], [0], []],
    [
      [0, 2, 3],
      [3, 4],
      [0, 2, 4],
    ],
  ])("of %j and %j has shape %j", (a, b, expected) => {
    expect(matMul(zeros(a), zeros(b)).shape).toEqual(expected);
  });

  it("multiplies rows by columns, each matrix of a batch by its own", () => {
    const a = tensor([[[1, 2]], [[3, 4]]]);
    const b = tensor([
      [[1], [10]],
      [[100], [1000]],
    ]);

    expect(matMul(a, b).toArray()).toEqual([[[21]], [[4300]]]);
    expect(matMul(tensor([1, 2]), tensor([3, 4])).item()).toBe(11);
    expect(matMul(zeros([2, 0]), zeros([0, 1])).toArray()).toEqual([[0], [0]]);
  });

  it("pulls back to vectors and to operands that were broadcast", () => {
    const batch = tensor([[[1, 2]], [[3, 4]]]);

    const { pullback } = vjp((x, v) => matMul(x, v), batch, tensor([1, 1]));
    const [xBar, vBar] = pullback(tensor([[1], [10]]));

    expect(xBar.toArray()).toEqual([[[1, 1]], [[10, 10]]]);
    expect(vBar.toArray()).toEqual([31, 42]);
  });

  it("promotes, integers to float32", () => {
    const dtypeOf = (a: Tensor, b: Tensor): string => matMul(a, b).dtype;
    const [f, d, i] = (["float32", "float64", "int32"] as const).map((dtype) =>
      zeros([1, 1], { dtype }),
    );

    expect([dtypeOf(f, d), dtypeOf(i, i), dtypeOf(i, d)]).toEqual([
      "float64",
      "float32",
      "float64",
    ]);
  });

  it.each([
    [
      [2, 3],
      [2, 3],
    ],
    [[3], [2]],
    [[], [3]],
    [[3], []],
    [
      [2, 4, 5],
      [3, 5, 6],
    ],
  ])("refuses %j and %j, naming them as they were given", (a, b) => {
    const error = refusalOf(() => matMul(zeros(a), zeros(b)));

    expect(error).toBeInstanceOf(ShapeError);
    expect(error).toMatchObject({ op: "matMul", details: { a, b } });
  });
});
