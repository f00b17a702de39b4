/** sigmoid and erf, whose formulas are our own: accuracy in float64, and derivatives that stay finite. */
import { erf, grad, onesLike, sigmoid, type Tensor, tensor, vjp } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";

const { MIN_VALUE, NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const float64 = (values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });

/** Values and derivatives of an elementwise function. */
function both(f: (x: Tensor) => Tensor, x: Tensor): readonly (readonly number[])[] {
  const { output, pullback } = vjp(f, x);
  return [[...output.toTypedArray()], [...pullback(onesLike(output))[0].toTypedArray()]];
}

const ulpsFrom = (found: number, expected: number): number =>
  Math.abs(found - expected) / Math.max(2 ** (Math.floor(Math.log2(Math.abs(expected))) - 52), MIN_VALUE); // biome-ignore format: one formula

describe("sigmoid", () => {
  it("is 1 / (1 + exp(-x)), with derivative y (1 - y)", () => {
    const points = [-3, -0.5, 0, 1, 4];
    const expected = points.map((x) => 1 / (1 + Math.exp(-x)));
    const slopes = expected.map((y) => y * (1 - y));

    const found = both(sigmoid, float64(points));

    expect(distance(found[0], expected)).toBeLessThanOrEqual(1e-15);
    expect(distance(found[1], slopes)).toBeLessThanOrEqual(1e-15);
  });

  it.each([200, 1000, 3e38, infinity])(
    "and its derivatives of order 1 and 2 are finite at ±%d in float32",
    (x) => {
      const second = grad(grad((y: Tensor) => sigmoid(y)));

      expect(both(sigmoid, tensor([x, -x]))).toEqual([[1, 0], [0, 0]]); // biome-ignore format: pair
      expect([second(tensor(x)).item(), second(tensor(-x)).item()].map((y) => y + 0)).toEqual([
        0, 0,
      ]);
    },
  );

  it.each([-20, -40, -300, -708, -720, -744])("keeps the digits of exp(x) at %d", (x) => {
    const [[value], [slope]] = both(sigmoid, float64([x]));

    expect(ulpsFrom(value, Math.exp(x))).toBeLessThanOrEqual(x < -40 ? 1 : 1e8);
    expect(slope).toBeGreaterThan(0);
  });

  it("of -100 is a denormal float32, as exp(-100) is", () => {
    expect(sigmoid(tensor(-100)).item()).toBe(Math.fround(Math.exp(-100)));
  });

  it("lets NaN pass", () => {
    expect(sigmoid(tensor(nan)).item()).toBeNaN();
  });
});

describe("erf", () => {
  // from mpmath with 40 digits, rounded once
  it.each([
    [5e-324, 5e-324],
    [1e-300, 1.1283791670955126e-300],
    [1e-5, 1.1283791670579e-5],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [0.84375, 0.7672256612323416],
    [0.9999999, 0.842700751438961],
    [1, 0.8427007929497149],
    [1.0000001, 0.8427008344604605],
    [1.25, 0.9229001282564583],
    [1.7, 0.9837904585907745],
    [2, 0.9953222650189527],
    [2.5, 0.999593047982555],
    [3.1, 0.9999883513426328],
    [4.5, 0.9999999998033839],
    [5.5, 0.9999999999999927],
    [5.9, 0.9999999999999999],
    [6, 1],
  ])("of ±%d is ±%d, to one unit in the last place", (x, expected) => {
    const [above, below] = erf(float64([x, -x])).toTypedArray();

    expect(ulpsFrom(above, expected)).toBeLessThanOrEqual(1);
    expect(below).toBe(-above);
  });

  it("never falls, through the point where its two forms meet too", () => {
    const points = Array.from({ length: 4001 }, (_, i) => 1 + (i - 2000) * 2 ** -52 * 50);
    const values = erf(float64(points)).toTypedArray();

    expect(values.every((y, i) => i === 0 || y >= values[i - 1] - 2 ** -53)).toBe(true);
  });

  it("has finite derivatives of order 1 and 2 at both ends of float32", () => {
    const second = grad(grad((y: Tensor) => erf(y)));

    expect(both(erf, tensor([3e38, -3e38]))).toEqual([[1, -1], [0, 0]]); // biome-ignore format: pair
    expect(second(tensor(3e38)).item() + 0).toBe(0);
  });
});
