import {
  DTypeError,
  equal,
  grad,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  notEqual,
  where,
  ShapeError,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

describe("comparisons of a and b: ==, !=, <, <=, >, >=", () => {
  it.each([
    [1, 2, [false, true, true, true, false, false]],
    [2, 1, [false, true, false, false, true, true]],
    [2, 2, [true, false, false, true, false, true]],
    [0, -0, [true, false, false, true, false, true]],
    [Number.NaN, 1, [false, true, false, false, false, false]],
    [1, Number.NaN, [false, true, false, false, false, false]],
    [Number.NaN, Number.NaN, [false, true, false, false, false, false]],
    [Infinity, Infinity, [true, false, false, true, false, true]],
  ])("%d and %d", (a, b, expected) => {
    const relations = [equal, notEqual, less, lessEqual, greater, greaterEqual];

    expect(relations.map((f) => f(tensor(a), tensor(b)).toArray())).toEqual(expected);
  });

  it("broadcast, and compare numbers with tensors on either side", () => {
    const column = tensor([[1], [2]]);

    expect(less(column, tensor([1, 2])).toArray()).toEqual([
      [false, true],
      [false, false],
    ]);
    expect(greater(1.5, column).toArray()).toEqual([[true], [false]]);
  });

  it("compare int32 with a fraction as numbers", () => {
    expect(less(tensor([1, 2], { dtype: "int32" }), 1.5).toArray()).toEqual([true, false]);
  });

  it("have no derivative", () => {
    expect(grad((x: Tensor) => greater(x, 0).cast("float32").sum())(tensor([1])).toArray()).toEqual(
      [0],
    );
  });
});

describe("where", () => {
  it("takes from one operand or the other, and broadcasts all three", () => {
    const chosen = where(tensor([[true], [false]]), tensor([1, 2]), 9);

    expect(chosen.toArray()).toEqual([
      [1, 2],
      [9, 9],
    ]);
  });

  it("does not let NaN or infinities of the other operand through", () => {
    const condition = tensor([true, false]);
    const bad = tensor([Number.NaN, Infinity]);

    expect(where(condition, 5, bad).toArray()).toEqual([5, Infinity]);
    expect(where(condition, bad, 5).toArray()).toEqual([Number.NaN, 5]);
  });

  it("gives the operand that was not chosen a cotangent of exactly 0, NaN or not", () => {
    const condition = tensor([true, false]);
    const [a, b] = [tensor([1, Number.NaN]), tensor([Infinity, 2])];

    const { pullback } = vjp((x, y) => where(condition, x, y), a, b);
    const [aBar, bBar] = pullback(tensor([10, 20]));

    expect([aBar.toArray(), bBar.toArray()]).toEqual([
      [10, 0],
      [0, 20],
    ]);
  });

  it("does not undo a singular point inside a branch, unless its operand is chosen first", () => {
    const naive = (x: Tensor): Tensor => where(greater(x, 0), log(x), 0);
    const safe = (x: Tensor): Tensor => where(greater(x, 0), log(where(greater(x, 0), x, 1)), 0);

    // 0 · 1/0 of the chain rule in the first
    expect(grad(naive)(tensor(0)).item()).toBeNaN();
    expect(grad(safe)(tensor(0)).item()).toBe(0);
  });

  it("sums the cotangent of an operand that was broadcast", () => {
    const condition = tensor([true, false, true]);

    expect(grad((x: Tensor) => where(condition, x, 0).sum())(tensor(1)).item()).toBe(2);
  });

  it.each(["float32", "int32"] as const)("refuses a condition of %s", (dtype) => {
    const error = refusalOf(() => where(tensor([1], { dtype }), 1, 2));

    expect(error).toBeInstanceOf(DTypeError);
    expect(error.details).toEqual({ dtype });
  });

  it("refuses shapes that do not broadcast", () => {
    const error = refusalOf(() => where(tensor([true, false]), tensor([1, 2, 3]), 0));

    expect(error).toBeInstanceOf(ShapeError);
    expect(error.op).toBe("where");
  });
});
