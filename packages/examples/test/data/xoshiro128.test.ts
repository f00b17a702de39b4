import { describe, expect, it } from "vitest";
import { xoshiro128, xoshiro128State } from "../../src/data/xoshiro128.ts";

describe("xoshiro128", () => {
  it("follows the published recurrence, here evaluated in integers of any size", () => {
    const next = xoshiro128([1, 2, 3, 4]);

    const numbers = Array.from({ length: 6 }, next);
    expect(numbers).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
  });

  it("spreads a seed over four words", () => {
    expect(xoshiro128State(1)).toEqual([2527132011, 314344336, 2535364964, 2041432039]);
  });

  it("gives numbers of 32 bits, half of them in the upper half", () => {
    const next = xoshiro128(xoshiro128State(0));

    const numbers = Array.from({ length: 10_000 }, next);
    const upper = numbers.filter((number) => number >= 2 ** 31).length;
    expect(
      numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32),
    ).toBe(true);
    expect(Math.abs(upper - 5000)).toBeLessThan(250);
  });
});
