import { describe, expect, it } from "vitest";
import { chooseRate, formatRate } from "../../../src/experiments/shared/choose-rate.ts";

describe("chooseRate", () => {
  it("finds the rate of the highest quality, and a run that failed loses", async () => {
    const qualities = new Map([
      [0.1, 0.7],
      [0.2, 0.9],
      [0.4, null],
      [0.8, Number.NaN],
    ]);
    const choose = (rates: number[]) =>
      chooseRate(rates, (rate) => Promise.resolve(qualities.get(rate) ?? null));

    expect(await choose([0.1, 0.2, 0.4, 0.8])).toBe(0.2);
    expect(await choose([0.8, 0.4, 0.1])).toBe(0.1);
  });

  it("runs nothing for a single rate", async () => {
    const refuse = () => Promise.reject(new Error("ran"));

    expect(await chooseRate([0.3], refuse)).toBe(0.3);
  });
});

describe("formatRate", () => {
  it("says where a better rate may lie beyond the range", () => {
    expect(formatRate(0.2, [0.1, 0.2, 0.4])).toBe("0.2");
    expect(formatRate(0.4, [0.1, 0.2, 0.4])).toBe("0.4 (highest)");
    expect(formatRate(0.1, [0.1, 0.2, 0.4])).toBe("0.1 (lowest)");
    expect(formatRate(0.4, [0.4])).toBe("0.4");
  });
});
