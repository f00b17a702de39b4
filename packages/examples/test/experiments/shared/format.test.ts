import { describe, expect, it } from "vitest";
import {
  formatCount,
  formatDuration,
  formatFixed,
  formatList,
  formatPercent,
  formatPlural,
  formatScientific,
  wrapped,
} from "../../../src/experiments/shared/format.ts";

describe("numbers in text", () => {
  it("separates thousands", () => {
    expect([0, 999, 50_000].map(formatCount)).toEqual(["0", "999", "50,000"]);
  });

  it("writes fractions in percent, and a dash for what is missing", () => {
    expect([formatPercent(0.97653), formatPercent(0.5, 0), formatPercent(null)]).toEqual([
      "97.65",
      "50",
      "–",
    ]);
  });

  it("writes a true minus sign, and none before zero", () => {
    expect([-1.25, -0.001, 0, Number.NaN, null].map((value) => formatFixed(value, 1))).toEqual([
      "−1.3",
      "0.0",
      "0.0",
      "–",
      "–",
    ]);
  });

  it("separates thousands before the point only", () => {
    expect([1234.5678, -12_345, 999.9].map((value) => formatFixed(value, 4))).toEqual([
      "1,234.5678",
      "−12,345.0000",
      "999.9000",
    ]);
  });

  it("breaks lines between words", () => {
    expect(wrapped("one two three four", 11)).toBe("  one two\n  three\n  four");
    expect(wrapped("one two", undefined, "")).toBe("one two");
    expect(wrapped("extraordinary", 5, "")).toBe("extraordinary");
  });

  it("writes powers of ten raised", () => {
    const written = [5.8e-16, -0.031, 1e6, 2.5, 0, null].map((x) => formatScientific(x, 1));
    expect(written).toEqual(["5.8 × 10⁻¹⁶", "−3.1 × 10⁻²", "1.0 × 10⁶", "2.5", "0", "–"]);
    expect(formatScientific(1e-5, 0)).toBe("10⁻⁵");
  });

  it("names the two largest units of a duration", () => {
    const seconds = [0.04, 9.96, 45.25, 59.7, 61, 3599.6, 3725, 90_000, Infinity];
    expect(seconds.map(formatDuration)).toEqual([
      "0.0 s",
      "10.0 s",
      "45 s",
      "1 min 0 s",
      "1 min 1 s",
      "1 h 0 min",
      "1 h 2 min",
      "25 h 0 min",
      "–",
    ]);
  });

  it("agrees in number", () => {
    expect([formatPlural(1, "step"), formatPlural(2000, "step")]).toEqual([
      "1 step",
      "2,000 steps",
    ]);
  });

  it("joins a list with commas and an and", () => {
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(formatList)).toEqual([
      "",
      "a",
      "a and b",
      "a, b and c",
    ]);
  });
});
