import {
  argMax,
  AxisError,
  DTypeError,
  grad,
  isFinite,
  isNaN,
  logSoftmax,
  logSumExp,
  onesLike,
  relu,
  ShapeError,
  softmax,
  softplus,
  square,
  type Tensor,
  tensor,
  vjp,
  zeros,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const float64 = (values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });

/** Values and derivatives of an elementwise function. */
function both(f: (x: Tensor) => Tensor, x: Tensor): readonly (readonly number[])[] {
  const { output, pullback } = vjp(f, x);
  return [[...output.toTypedArray()], [...pullback(onesLike(output))[0].toTypedArray()]];
}

describe("square", () => {
  it("is x²", () => {
    expect(both(square, tensor([-3, 0, 2]))).toEqual([[9, 0, 4], [-6, 0, 4]]); // biome-ignore format: pair
    expect(square(tensor([65536], { dtype: "int32" })).toArray()).toEqual([0]);
  });
});

describe("relu", () => {
  it("is max(x, 0), with derivative 0 at 0; NaN passes", () => {
    expect(both(relu, tensor([-2, 0, 3, infinity, -infinity]))).toEqual([
      [0, 0, 3, infinity, 0],
      [0, 0, 1, 1, 0],
    ]);
    expect(relu(tensor(nan)).item()).toBeNaN();
  });

  it("keeps int32", () => {
    const x = relu(tensor([-2, 2], { dtype: "int32" }));

    expect([x.dtype, x.toArray()]).toEqual(["int32", [0, 2]]);
  });
});

describe("softplus", () => {
  it("is log(1 + exp(x)), with the sigmoid as derivative", () => {
    const points = [-30, -1, 0, 2, 30];
    const [values, slopes] = both(softplus, float64(points));

    expect(
      distance(
        values,
        points.map((x) => Math.log1p(Math.exp(x))),
      ),
    ).toBeLessThanOrEqual(1e-15);
    expect(
      distance(
        slopes,
        points.map((x) => 1 / (1 + Math.exp(-x))),
      ),
    ).toBeLessThanOrEqual(1e-15);
  });

  it("does not overflow", () => {
    expect(both(softplus, tensor([1000, -1000]))).toEqual([[1000, 0], [1, 0]]); // biome-ignore format: pair
    expect(softplus(tensor([infinity, -infinity, nan])).toArray()).toEqual([infinity, 0, nan]);
  });
});

describe("isNaN and isFinite", () => {
  it("sort the special values", () => {
    const x = tensor([1, nan, infinity, -infinity, -0]);

    expect(isNaN(x).toArray()).toEqual([false, true, false, false, false]);
    expect(isFinite(x).toArray()).toEqual([true, false, false, false, true]);
  });

  it("know that integers and bools are finite", () => {
    expect(isFinite(tensor([-(2 ** 31)], { dtype: "int32" })).toArray()).toEqual([true]);
    expect(isFinite(tensor([true])).toArray()).toEqual([true]);
    expect(isNaN(tensor([0], { dtype: "int32" })).toArray()).toEqual([false]);
  });
});

describe("logSumExp", () => {
  it.each([
    [[0, 0], Math.LN2],
    [[1000, 1000], 1000 + Math.LN2],
    [[-1000, -1000], -1000 + Math.LN2],
    [[1000, 0], 1000],
    [[3], 3],
    [[-infinity, -infinity], -infinity],
    [[-infinity, 2], 2],
    [[infinity, 0], infinity],
    [[infinity, infinity], infinity],
    [[infinity, -infinity], infinity],
    [[nan, 0], nan],
  ])("of %j is %d", (values, expected) => {
    expect(distance(logSumExp(float64(values)), [expected])).toBeLessThanOrEqual(1e-15);
  });

  it("has the softmax for its gradient; -Infinity takes no part", () => {
    const gradient = grad((x: Tensor) => logSumExp(x))(
      float64([1000, 1000 + Math.log(3), -infinity]),
    );

    expect(distance(gradient, [0.25, 0.75, 0])).toBeLessThanOrEqual(1e-13);
  });

  it("removes its axes, or keeps them", () => {
    const x = zeros([2, 3, 4], { dtype: "float64" });

    expect(logSumExp(x, { axes: [0, 2] }).shape).toEqual([3]);
    expect(logSumExp(x, { axes: 1, keepDims: true }).shape).toEqual([2, 1, 4]);
    expect(distance(logSumExp(x), [Math.log(24)])).toBeLessThanOrEqual(1e-15);
  });

  it("refuses an empty axis and integers", () => {
    expect(refusalOf(() => logSumExp(zeros([0])))).toBeInstanceOf(ShapeError);
    expect(refusalOf(() => logSumExp(tensor([1], { dtype: "int32" })))).toBeInstanceOf(DTypeError);
  });
});

describe("softmax and logSoftmax", () => {
  it("lie along the last axis, or another", () => {
    const x = float64([0, Math.log(3), 0, 0]).reshape([2, 2]);

    expect(distance(softmax(x), [0.25, 0.75, 0.5, 0.5])).toBeLessThanOrEqual(1e-15);
    expect(distance(softmax(x, { axis: 0 }), [0.5, 0.75, 0.5, 0.25])).toBeLessThanOrEqual(1e-15);
    expect(distance(logSoftmax(x), [0.25, 0.75, 0.5, 0.5].map(Math.log))).toBeLessThanOrEqual(
      1e-15,
    );
  });

  it("are finite for large differences, where logSoftmax keeps its accuracy", () => {
    const x = tensor([1000, 0]);

    expect(softmax(x).toArray()).toEqual([1, 0]);
    expect(logSoftmax(x).toArray()).toEqual([0, -1000]);
  });

  it("give a masked element, at -Infinity, no weight and no gradient", () => {
    const x = tensor([0, -infinity, 0]);
    const weighted = (y: Tensor): Tensor =>
      softmax(y)
        .mul(tensor([1, 5, 3]))
        .sum();

    expect(softmax(x).toArray()).toEqual([0.5, 0, 0.5]);
    expect(logSoftmax(x).toArray()).toEqual([
      Math.fround(-Math.LN2),
      -infinity,
      Math.fround(-Math.LN2),
    ]);
    expect(grad(weighted)(x).toArray()).toEqual([-0.5, 0, 0.5]);
  });

  it("have gradients that add up to 0 along the axis", () => {
    const f = (x: Tensor): Tensor =>
      logSoftmax(x)
        .mul(tensor([2, 0, 1], { dtype: "float64" }))
        .sum();

    const gradient = grad(f)(float64([0.3, -1, 2]));

    expect(distance(gradient.sum(), [0])).toBeLessThanOrEqual(1e-15);
  });

  it.each([
    ["a scalar", () => softmax(tensor(1)), AxisError],
    ["an axis that does not exist", () => logSoftmax(zeros([2]), { axis: 1 }), AxisError],
    ["an empty axis", () => softmax(zeros([2, 0])), ShapeError],
    ["integers", () => logSoftmax(tensor([1], { dtype: "int32" })), DTypeError],
  ])("refuse %s", (_, call, expected) => {
    expect(refusalOf(call)).toBeInstanceOf(expected);
  });
});

describe("argMax", () => {
  it.each([
    [[1, 5, 2], 1],
    [[7, 3, 7, 7], 0],
    [[3], 0],
    [[-infinity, -infinity], 0],
    [[1, nan, 9, nan], 1],
    [[0, -0], 0],
  ])("of %j is %i, the first of equals", (values, expected) => {
    const index = argMax(float64(values));

    expect([index.dtype, index.item()]).toEqual(["int32", expected]);
  });

  it("lies along the last axis, or another", () => {
    const x = tensor([[1, 9, 2], [8, 0, 2]]); // biome-ignore format: rows

    expect(argMax(x).toArray()).toEqual([1, 0]);
    expect(argMax(x, { axis: 0 }).toArray()).toEqual([1, 0, 0]);
    expect(argMax(zeros([2, 3, 4]), { axis: 1 }).shape).toEqual([2, 4]);
    expect(argMax(zeros([0, 3])).shape).toEqual([0]);
  });

  it("takes integers and bools", () => {
    expect(argMax(tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: "int32" })).item()).toBe(1);
    expect(argMax(tensor([false, true, true])).item()).toBe(1);
  });

  it("refuses an empty axis and scalars", () => {
    expect(refusalOf(() => argMax(zeros([2, 0])))).toBeInstanceOf(ShapeError);
    expect(refusalOf(() => argMax(tensor(1)))).toBeInstanceOf(AxisError);
  });
});
