import { tensor } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { expectCloseToArray, largestOf } from "./close-to-array.ts";

const failureOf = (act: () => void): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("expectCloseToArray", () => {
  it("accepts what lies within the sum of both tolerances", () => {
    const actual = tensor([1.5, 10], { dtype: "float64" });

    expectCloseToArray(actual, [1, 10], { relativeToLargest: 0.03, absolute: 0.2 });
  });

  it("names the worst place, both values, the shape and the tolerance", () => {
    const actual = tensor(
      [
        [1, 2],
        [3.5, 4.1],
      ],
      { dtype: "float64" },
    );

    const message = failureOf(() =>
      expectCloseToArray(actual, [1, 2, 3, 4], { absolute: 0.01, what: "xBar" }),
    );

    expect(message).toMatchInlineSnapshot(
      `"xBar: worst at index [1, 0] of shape [2, 2]: got 3.5, expected 3, off by 0.500 where 0.0100 is allowed (largest expected entry 4.00)"`,
    );
  });

  it("takes a tolerance of its own for every entry", () => {
    const loose = failureOf(() => expectCloseToArray([1, 1], [0, 1], { absolute: [2, 0] }));
    const tight = failureOf(() => expectCloseToArray([1, 1], [0, 1], { absolute: [0, 2] }));

    expect(loose).toBe("");
    expect(tight).toContain("index [0]");
  });

  it("demands equality where no tolerance is given, but not of the sign of 0", () => {
    expect(failureOf(() => expectCloseToArray([1, -0], [1, 0], {}))).toBe("");
    expect(failureOf(() => expectCloseToArray([1 + 2 ** -52], [1], {}))).toContain("off by");
  });

  it("accepts NaN and infinities only where they are expected", () => {
    const limit = { relativeToLargest: 1, absolute: Number.MAX_VALUE };

    expect(failureOf(() => expectCloseToArray([Number.NaN], [Number.NaN], {}))).toBe("");
    expect(failureOf(() => expectCloseToArray([Infinity], [Infinity], {}))).toBe("");
    for (const [found, wanted] of [
      [Number.NaN, 1],
      [1, Number.NaN],
      [Infinity, 1],
      [Infinity, -Infinity],
    ]) {
      expect(failureOf(() => expectCloseToArray([found], [wanted], limit))).not.toBe("");
    }
  });

  it("does not let an expected infinity stretch the tolerance of its neighbours", () => {
    const message = failureOf(() =>
      expectCloseToArray([Infinity, 5], [Infinity, 1], { relativeToLargest: 0.1 }),
    );

    expect(message).toContain("index [1]");
  });

  it("demands the shape of a tensor, and the count of an array", () => {
    const [row, column] = [tensor([[1, 2]]), tensor([[1], [2]])];

    expect(failureOf(() => expectCloseToArray(row, column, {}))).toContain("shape [1, 2]");
    expect(failureOf(() => expectCloseToArray(row, [1], {}))).toContain("[1] is expected");
  });

  it("knows the largest magnitude", () => {
    expect(largestOf([1, -3, 2])).toBe(3);
    expect(largestOf([])).toBe(0);
  });
});
