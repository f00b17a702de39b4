import { ValueError } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { percentile } from "../../../src/experiments/shared/percentiles.ts";

describe("percentile", () => {
  const sorted = Float64Array.of(1, 2, 4, 8);

  it.each([
    [0, 1],
    [15, 1.45],
    [50, 3],
    [85, 6.2],
    [100, 8],
  ])("interpolates linearly: %d percent lie below %d", (q, expected) => {
    expect(percentile(sorted, q)).toBeCloseTo(expected, 12);
  });

  it("returns a value itself where the position is whole", () => {
    expect(percentile(Float64Array.of(0.1, 0.2, 0.3), 50)).toBe(0.2);
  });

  it("is the value itself for a single number", () => {
    expect(percentile(Float64Array.of(7), 85)).toBe(7);
  });

  it("does not turn equal infinities into NaN", () => {
    expect(percentile(Float64Array.of(0, Infinity, Infinity), 85)).toBe(Infinity);
  });

  it("never falls as q grows", () => {
    const numbers = Float64Array.from({ length: 37 }, (_, index) => Math.sin(index)).sort();
    const values = Array.from({ length: 101 }, (_, q) => percentile(numbers, q));
    expect(values).toEqual(values.toSorted((first, second) => first - second));
  });

  it.each([-1, 101, Number.NaN])("refuses q = %d", (q) => {
    expect(() => percentile(sorted, q)).toThrow(ValueError);
  });

  it("says what is wrong", () => {
    expect(() => percentile(sorted, 150)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: percentile: q is 150. Use a number from 0 to 100.]`,
    );
    expect(() => percentile(new Float64Array(0), 50)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: percentile: there are no values. Pass at least one.]`,
    );
  });
});
