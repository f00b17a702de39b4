/** Values and derivatives of the elementwise primitives at their special points, as literal tables in float64. */
import {
  abs,
  add,
  cos,
  div,
  erf,
  exp,
  floor,
  grad,
  log,
  maximum,
  minimum,
  mul,
  neg,
  onesLike,
  pow,
  sigmoid,
  sign,
  sin,
  sqrt,
  sub,
  type Tensor,
  tanh,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const number = (value: number): Tensor => tensor(value, { dtype: "float64" });

/** The value and the derivative of a function of one number. */
function unary(f: (x: Tensor) => Tensor, at: number): readonly number[] {
  const { output, pullback } = vjp(f, number(at));
  return [output.item(), pullback(onesLike(output))[0].item()];
}

/** The value and both derivatives of a function of two numbers. */
function binary(f: (a: Tensor, b: Tensor) => Tensor, a: number, b: number): readonly number[] {
  const { output, pullback } = vjp((x, y) => f(x, y), number(a), number(b));
  return [output.item(), ...pullback(onesLike(output)).map((x) => x.item())];
}

describe("one operand: x, value, derivative", () => {
  it.each([
    [sqrt, 4, 2, 0.25],
    [sqrt, 0, 0, infinity],
    [sqrt, infinity, infinity, 0],
    [sqrt, -1, nan, nan],
    [exp, 0, 1, 1],
    [exp, -infinity, 0, 0],
    [exp, 710, infinity, infinity],
    [exp, nan, nan, nan],
    [log, 1, 0, 1],
    [log, 0, -infinity, infinity],
    [log, infinity, infinity, 0],
    [abs, -3, 3, -1],
    [abs, 3, 3, 1],
    [abs, 0, 0, 0],
    [abs, -infinity, infinity, -1],
    [abs, nan, nan, nan],
    [sign, -3, -1, 0],
    [sign, 0, 0, 0],
    [sign, -0, -0, 0],
    [sign, nan, nan, 0],
    [neg, 2, -2, -1],
    [neg, 0, -0, -1],
    [sin, 0, 0, 1],
    [sin, infinity, nan, nan],
    [cos, 0, 1, -0],
    [cos, -infinity, nan, nan],
    [tanh, 0, 0, 1],
    [tanh, infinity, 1, 0],
    [tanh, -1000, -1, 0],
    [tanh, nan, nan, nan],
    [sigmoid, 0, 0.5, 0.25],
    [sigmoid, infinity, 1, 0],
    [sigmoid, -infinity, 0, 0],
    [sigmoid, 1000, 1, 0],
    [sigmoid, -1000, 0, 0],
    [sigmoid, -700, Math.exp(-700), Math.exp(-700)],
    [sigmoid, nan, nan, nan],
    [erf, 0, 0, 2 / Math.sqrt(Math.PI)],
    [erf, -0, -0, 2 / Math.sqrt(Math.PI)],
    [erf, infinity, 1, 0],
    [erf, -infinity, -1, 0],
    [erf, 1e300, 1, 0],
    [erf, nan, nan, nan],
    [floor, 1.7, 1, 0],
    [floor, -1.2, -2, 0],
    [floor, 3, 3, 0],
    [floor, -0, -0, 0],
    [floor, infinity, infinity, 0],
  ] as const)("%o at %d is %d, %d", (f, x, value, derivative) => {
    expect(unary(f, x)).toEqual([value, derivative]);
  });

  it("log of a negative number is NaN", () => {
    expect(log(number(-1)).item()).toBeNaN();
  });
});

describe("two operands: a, b, value, derivatives", () => {
  it.each([
    [add, infinity, -infinity, nan, 1, 1],
    [sub, infinity, infinity, nan, 1, -1],
    [mul, 0, infinity, nan, infinity, 0],
    [mul, -2, 3, -6, 3, -2],
    [div, 1, 4, 0.25, 0.25, -0.0625],
    [div, 1, 0, infinity, infinity, -infinity],
    [div, 0, 0, nan, infinity, nan],
    [div, 1, infinity, 0, 0, -0],
    [maximum, 5, 3, 5, 1, 0],
    [maximum, 3, 5, 5, 0, 1],
    [maximum, 4, 4, 4, 0.5, 0.5],
    [maximum, -0, 0, 0, 0.5, 0.5],
    [maximum, -infinity, 0, 0, 0, 1],
    [minimum, 5, 3, 3, 0, 1],
    [minimum, 3, 5, 3, 1, 0],
    [minimum, 4, 4, 4, 0.5, 0.5],
    [minimum, 0, -0, -0, 0.5, 0.5],
    [minimum, infinity, 0, 0, 0, 1],
  ] as const)("%o of %d and %d is %d, %d, %d", (f, a, b, value, byA, byB) => {
    expect(binary(f, a, b)).toEqual([value, byA, byB]);
  });

  it.each([
    [nan, 1],
    [1, nan],
    [nan, nan],
  ])("maximum and minimum of %d and %d are NaN", (a, b) => {
    expect(maximum(number(a), number(b)).item()).toBeNaN();
    expect(minimum(number(a), number(b)).item()).toBeNaN();
  });
});

describe("pow: base, exponent, value, derivative by base, by exponent", () => {
  it.each([
    [2, 3, 8, 12, 8 * Math.log(2)],
    [3, 0, 1, 0, Math.log(3)],
    [0, 0, 1, 0, 0],
    [0, 1, 0, 1, 0],
    [0, 2, 0, 0, 0],
    [0, 0.5, 0, infinity, 0],
    [0, -1, infinity, -infinity, -infinity],
    [-2, 3, -8, 12, nan],
    [-2, 0.5, nan, nan, nan],
    [1, infinity, 1, infinity, 0],
    [1, nan, 1, nan, 0],
    [-1, infinity, 1, infinity, nan],
    [-1, nan, nan, nan, nan],
    [infinity, 0, 1, 0, infinity],
    [infinity, -1, 0, -0, 0],
  ])("%d to the power of %d is %d, %d, %d", (base, exponent, value, byBase, byExponent) => {
    expect(binary(pow, base, exponent)).toEqual([value, byBase, byExponent]);
  });

  it.each([
    [0, 0],
    [0, 1],
    [0, 2],
    [0, 3],
    [-1.5, 2],
    [2, 0],
  ])(
    "has the derivatives of the polynomial at base %d with exponent %i, of order 1 to 3",
    (at, n) => {
      const first = grad((x: Tensor) => pow(x, n));
      const [second, third] = [grad(first), grad(grad(first))];
      const falling = (k: number): number =>
        k > n
          ? 0
          : Array.from({ length: k }, (_, i) => n - i).reduce((a, b) => a * b, 1) * at ** (n - k);

      const found = [first, second, third].map((f) => f(number(at)).item() + 0);

      expect(found).toEqual([falling(1), falling(2), falling(3)].map((x) => x + 0));
    },
  );

  it("has second derivatives by the exponent that are 0 at base 0", () => {
    const byExponent = grad((p: Tensor) => pow(0, p));

    expect(byExponent(number(2)).item()).toBe(0);
    expect(grad(byExponent)(number(2)).item()).toBe(0);
  });

  it("has the mixed derivative x^(p - 1) (1 + p log x), at p = 0 too", () => {
    const mixed = (x: number, p: number): number =>
      grad((q: Tensor) => grad((y: Tensor) => pow(y, q))(number(x)))(number(p)).item();

    expect(mixed(2, 0)).toBe(0.5);
    expect(mixed(2, 1)).toBeCloseTo(1 + Math.log(2), 14);
    expect(mixed(0, 2)).toBe(0);
  });

  it("of a negative base and a whole exponent differentiates by the base only", () => {
    expect(grad((x: Tensor) => pow(x, 2))(number(-3)).item()).toBe(-6);
  });
});
