import { describe, expect, it } from "vitest";
import {
  meanAndDeviation,
  milestones,
  summarize,
} from "../../../src/experiments/figure-1/summary.ts";
import { smallCurve, smallCurves } from "./small-curves.ts";

describe("meanAndDeviation", () => {
  it("divides the squares by one less than their number", () => {
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, sd: Math.sqrt(32 / 7) });
  });

  it("knows no deviation of a single value", () => {
    expect(meanAndDeviation([0.5])).toEqual({ mean: 0.5, sd: null });
  });
});

describe("summarize", () => {
  it("gives mean, spread and range of every network at every step", () => {
    const rows = summarize(smallCurves);

    expect(rows.map(({ batchNorm, step }) => [batchNorm, step])).toEqual([
      [false, 0],
      [false, 100],
      [false, 1000],
      [true, 0],
      [true, 100],
      [true, 1000],
    ]);
    expect(rows[1]).toEqual({
      batchNorm: false,
      step: 100,
      mean: 0.32,
      sd: expect.closeTo(0.04 / Math.SQRT2, 12) as number,
      lowest: 0.3,
      highest: 0.34,
      seeds: 2,
    });
  });

  it("counts the seeds that reached a step when a run was interrupted", () => {
    const rows = summarize([
      smallCurve({ batchNorm: true, seed: 1, accuracies: { 10: 0.5, 20: 0.75 } }),
      smallCurve({ batchNorm: true, seed: 2, accuracies: { 10: 0.25 } }),
    ]);

    expect(rows).toMatchObject([
      { step: 10, seeds: 2, mean: 0.375 },
      { step: 20, seeds: 1, mean: 0.75, sd: null },
    ]);
  });

  it("is empty without curves", () => {
    expect(summarize([])).toEqual([]);
  });
});

describe("milestones", () => {
  it("keeps all steps where they are few, sorted and once", () => {
    expect(milestones([20, 10, 10, 0], 3)).toEqual([0, 10, 20]);
  });

  it("prefers 1, 2, 5, 10, 20, 50 and so on, with the first and the last", () => {
    const everyHundred = Array.from({ length: 34 }, (_, index) => 100 * index);
    expect(milestones(everyHundred, 10)).toEqual([0, 100, 200, 500, 1000, 2000, 3300]);
  });

  it("takes what is nearest where no step is round", () => {
    const everySeven = Array.from({ length: 30 }, (_, index) => 7 * (index + 1));
    expect(milestones(everySeven, 12)).toEqual([7, 21, 49, 98, 203, 210]);
  });

  it("never exceeds the limit", () => {
    const steps = Array.from({ length: 1001 }, (_, index) => index);
    expect(milestones(steps, 4)).toEqual([0, 200, 500, 1000]);
  });
});
