import {
  DTypeError,
  grad,
  mean,
  moments,
  normal,
  randomKey,
  ShapeError,
  standardDeviation,
  type Tensor,
  tensor,
  ValueError,
  variance,
  zeros,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";

const matrix = tensor([[1, 2], [3, 6]], { dtype: "float64" }); // biome-ignore format: rows

describe("mean", () => {
  it("is taken over its axes, which are removed or kept", () => {
    expect(mean(matrix).item()).toBe(3);
    expect(mean(matrix, { axes: 0 }).toArray()).toEqual([2, 4]);
    expect(mean(matrix, { axes: -1, keepDims: true }).toArray()).toEqual([[1.5], [4.5]]);
    expect(mean(matrix, { axes: [] }).toArray()).toEqual([[1, 2], [3, 6]]); // biome-ignore format: rows
    expect(mean(tensor(5)).item()).toBe(5);
  });

  it("gives each of n elements 1 / n of the cotangent", () => {
    expect(grad((x: Tensor) => mean(x))(matrix).toArray()).toEqual([[0.25, 0.25], [0.25, 0.25]]); // biome-ignore format: rows
  });

  it("of many equal float32 numbers is that number", () => {
    const x = tensor(new Float32Array(1_000_000).fill(0.1));

    expect(mean(x).item()).toBe(Math.fround(0.1));
  });
});

describe("variance", () => {
  it("is the mean square of the centred values, or nearly so with a correction", () => {
    const x = tensor([1, 2, 3, 6], { dtype: "float64" });

    expect(variance(x).item()).toBe(3.5);
    expect(distance(variance(x, { correction: 1 }), [14 / 3])).toBeLessThanOrEqual(1e-15);
    expect(variance(matrix, { axes: 0 }).toArray()).toEqual([1, 4]);
    expect(variance(matrix, { axes: 1, keepDims: true }).toArray()).toEqual([[0.25], [2.25]]);
  });

  it("pulls back to 2 (x - mean) / n", () => {
    expect(grad((x: Tensor) => variance(x))(tensor([1, 2, 3, 6])).toArray()).toEqual([
      -1, -0.5, 0, 1.5,
    ]);
  });

  it.each([0.1, 1e4 + 0.1, -7.3e6, 1e-30])("of equal float32 numbers %d is exactly 0", (value) => {
    const x = tensor(new Float32Array(1000).fill(value));

    const { mean: average, variance: spread } = moments(x);

    expect(spread.item()).toBe(0);
    expect(average.item()).toBe(Math.fround(value));
  });

  it("of float32 data far from 0 is that of float64 to 1e-5", () => {
    const data = normal(randomKey(1), [10_000], { mean: 1e4, standardDeviation: 0.1 });
    const exact = variance(data.cast("float64")).item();

    const found = variance(data).item();

    // in float32 the squares are near 1e8, where neighbours are 8 apart
    expect(Math.abs(found - exact) / exact).toBeLessThan(1e-5);
    expect(Math.abs(exact - 0.01)).toBeLessThan(0.001);
  });

  it("of one value is 0, and refuses a correction that leaves nothing", () => {
    expect(variance(tensor([5])).item()).toBe(0);
    for (const correction of [1, 2, Number.NaN]) {
      const error = refusalOf(() => variance(tensor([5]), { correction }));
      expect(error).toBeInstanceOf(ValueError);
      expect(error.details).toEqual({ count: 1, correction });
    }
  });
});

describe("standardDeviation", () => {
  it("is the root of the variance", () => {
    expect(standardDeviation(tensor([1, 3, 5, 7])).item()).toBe(Math.fround(Math.sqrt(5)));
    expect(standardDeviation(tensor([1, 3]), { correction: 1 }).item()).toBe(
      Math.fround(Math.SQRT2),
    );
  });
});

describe("moments", () => {
  it("are mean and variance over the same axes", () => {
    const found = moments(matrix, { axes: 0, keepDims: true });

    expect(found.mean.toArray()).toEqual([[2, 4]]);
    expect(found.variance.toArray()).toEqual([[1, 4]]);
  });

  it("have the derivatives of mean and variance, although they are shifted", () => {
    const f = (x: Tensor): Tensor => {
      const found = moments(x);
      return found.mean.mul(10).add(found.variance);
    };
    const x = tensor([4, 1, 1], { dtype: "float64" });

    const gradient = grad(f)(x);

    // 10 / n + 2 (x - mean) / n
    const expected = [10 / 3 + 4 / 3, 10 / 3 - 2 / 3, 10 / 3 - 2 / 3];
    expect(distance(gradient, expected)).toBeLessThanOrEqual(1e-15);
  });

  it("of several axes are those of the elements in one", () => {
    const x = normal(randomKey(2), [3, 4, 5], { dtype: "float64" });
    const together = x.transpose([1, 0, 2]).reshape([4, 15]);

    const found = moments(x, { axes: [0, 2] });
    const expected = moments(together, { axes: 1 });

    expect(distance(found.mean, expected.mean.toTypedArray())).toBeLessThanOrEqual(1e-15);
    expect(distance(found.variance, expected.variance.toTypedArray())).toBeLessThanOrEqual(1e-15);
  });
});

describe("a reduction of nothing", () => {
  const functions = { mean, variance, standardDeviation, moments };

  it.each(Object.entries(functions))("is refused by %s under its own name", (op, f) => {
    const error = refusalOf(() => f(zeros([2, 0]), { axes: 1 }));

    expect(error).toBeInstanceOf(ShapeError);
    expect(error).toMatchObject({ op, details: { shape: [2, 0], axes: [1] } });
  });

  it("is nothing where nothing was asked for", () => {
    expect(mean(zeros([0, 3]), { axes: 1 }).shape).toEqual([0]);
    expect(variance(zeros([0, 3]), { axes: 1 }).shape).toEqual([0]);
    expect(variance(zeros([0, 0]), { axes: 1 }).shape).toEqual([0]);
  });
});

describe("int32 and bool", () => {
  const functions = { mean, variance, standardDeviation, moments };

  it.each(Object.entries(functions))("are refused by %s under its own name", (op, f) => {
    const error = refusalOf(() => f(tensor([1], { dtype: "int32" })));

    expect(error).toBeInstanceOf(DTypeError);
    expect(error).toMatchObject({ op, details: { dtype: "int32" } });
  });
});
