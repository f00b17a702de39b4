import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactSum } from "../../../src/train/metrics/exact-sum.ts";

const sumOf = (numbers: readonly number[]): number => {
  const sum = new ExactSum();
  for (const x of numbers) sum.add(x);
  return sum.value;
};

/** Every finite double is an integer multiple of 2^-1074; here the exponent is kept small. */
const SCALE = 2 ** 60;

/** The exact sum of numbers that are multiples of 2^-60, rounded by the conversion from BigInt. */
const exactly = (numbers: readonly number[]): number =>
  Number(numbers.reduce((all, x) => all + BigInt(x * SCALE), 0n)) / SCALE;

const numbers = fc
  .tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), fc.integer({ min: -60, max: 60 }))
  .map(([digits, exponent]) => digits * 2 ** exponent);

describe("ExactSum", () => {
  it("keeps what a running sum loses", () => {
    expect(sumOf([1e16, 1, -1e16])).toBe(1);
    expect(sumOf(Array.from({ length: 10 }, () => 0.1))).toBe(1);
    expect(sumOf([])).toBe(0);
  });

  it("rounds half a unit to even, unless something follows", () => {
    expect(sumOf([2 ** 53, 1])).toBe(2 ** 53);
    expect(sumOf([2 ** 53, 1, 2 ** -40])).toBe(2 ** 53 + 2);
    expect(sumOf([2 ** 53, 1, -(2 ** -40)])).toBe(2 ** 53);
  });

  it("is the sum of integers of any size, rounded once", () => {
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 20 }), (terms) => {
        expect(sumOf(terms)).toBe(exactly(terms) + 0);
      }),
    );
  });

  it("does not depend on the order", () => {
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 20 }), (terms) => {
        expect(sumOf(terms.toReversed())).toBe(sumOf(terms));
        expect(sumOf(terms.toSorted((a, b) => a - b))).toBe(sumOf(terms));
      }),
    );
  });

  it("keeps what is not finite", () => {
    const { POSITIVE_INFINITY: infinity, NaN: nan } = Number;
    expect(sumOf([1, infinity, 2])).toBe(infinity);
    expect(sumOf([infinity, -infinity])).toBe(nan);
    expect(sumOf([nan, 1])).toBe(nan);
    expect(sumOf([1.7e308, 1.7e308])).toBe(infinity);
  });
});
