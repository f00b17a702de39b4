import { describe, expect, it } from "vitest";
import {
  estimate,
  formatEstimate,
  formatFactor,
} from "../../../src/experiments/shared/statistics.ts";

describe("estimate", () => {
  it("is the mean with the margin of its 95 % interval by Student's t", () => {
    // sd 1 over 3 values: 4.303 / √3
    expect(estimate([1, 2, 3])).toEqual({ mean: 2, margin: expect.closeTo(2.4843, 3), count: 3 });
  });

  it("has no margin for a single value", () => {
    expect(estimate([5])).toEqual({ mean: 5, margin: null, count: 1 });
  });

  it("is written with the digits that are asked for", () => {
    expect(formatEstimate({ mean: 0.91234, margin: 0.0038, count: 3 }, 2, 100)).toBe(
      "91.23 ± 0.38",
    );
    expect(formatEstimate({ mean: 1.5, margin: null, count: 1 }, 1)).toBe("1.5");
    expect(formatEstimate({ mean: 10_365.1, margin: 125.9, count: 3 }, 1)).toBe("10,365 ± 126");
    expect(formatEstimate({ mean: 0, margin: 0, count: 3 }, 4)).toBe("0");
    expect(formatEstimate({ mean: 0, margin: 0.1, count: 3 }, 1)).toBe("0.0 ± 0.1");
  });

  it("is written as a factor with its interval where it is that of a logarithm", () => {
    const [mean, margin] = [Math.log(2), Math.log(1.25)];

    expect(formatFactor({ mean, margin, count: 3 })).toBe("2.00 (1.60 to 2.50)");
    expect(formatFactor({ mean, margin: null, count: 1 }, 1)).toBe("2.0");
  });
});
