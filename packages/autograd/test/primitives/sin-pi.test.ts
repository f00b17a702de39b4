/**
 * @file sinPi and cosPi: exact where π x is not, at every multiple of ½.
 */
import { cosPi, grad, sinPi, type Tensor, tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const number = (x: number): Tensor => tensor(x, { dtype: "float64" });
const at = (f: (x: Tensor) => Tensor, x: number): readonly [value: number, derivative: number] => {
  return [f(number(x)).item(), grad(f)(number(x)).item()];
};

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const { PI } = Math;

describe("at half turns", () => {
  it.each([
    [0, 0, PI],
    [-0, -0, PI],
    [0.5, 1, 0],
    [1, 0, -PI],
    [-1, -0, -PI],
    [1.5, -1, 0],
    [-2.5, -1, 0],
    [1e15 + 0.5, 1, 0],
    [2 ** 53, 0, PI],
    [1e300, 0, PI],
    [infinity, nan, nan],
    [nan, nan, nan],
  ])("sinPi(%d) is %d, its derivative %d", (x, value, derivative) => {
    expect(at(sinPi, x)).toEqual([value, derivative]);
  });

  it.each([
    [0, 1, -0],
    [0.5, 0, -PI],
    [1, -1, -0],
    [1.5, 0, PI],
    [-1.5, 0, -PI],
    [2 ** 53 - 1, -1, -0],
    [-infinity, nan, nan],
  ])("cosPi(%d) is %d, its derivative %d", (x, value, derivative) => {
    expect(at(cosPi, x)).toEqual([value, derivative]);
  });
});

/** Between -4 and 4, on a grid on which whole turns can be added without rounding. */
const turns = fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((i) => i * 2 ** -18);

describe("between them", () => {
  it("they are the sine and the cosine of π x", () => {
    fc.assert(
      fc.property(turns, (x) => {
        expect(sinPi(number(x)).item()).toBeCloseTo(Math.sin(PI * x), 14);
        expect(cosPi(number(x)).item()).toBeCloseTo(Math.cos(PI * x), 14);
      }),
    );
  });

  it("whole turns change no bit", () => {
    fc.assert(
      fc.property(turns, fc.integer({ min: 1, max: 2 ** 28 }), (x, count) => {
        const later = Math.abs(x) + 2 * count;
        expect(sinPi(number(later)).item()).toBe(sinPi(number(Math.abs(x))).item());
        expect(cosPi(number(later)).item()).toBe(cosPi(number(Math.abs(x))).item());
      }),
    );
  });
});
