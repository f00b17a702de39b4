import { describe, expect, it } from "vitest";
import type { Curve } from "../../../src/experiments/figure-1/curve.ts";
import { summarize } from "../../../src/experiments/figure-1/summary.ts";
import {
  compareAccuracy,
  medianRange,
  stabilityVerdict,
  verdict,
} from "../../../src/experiments/figure-1/verdict.ts";
import { smallCurve, smallCurves } from "./small-curves.ts";

const say = (curves: readonly Curve[]): string => verdict(summarize(curves), curves);

/** One seed of both networks with these accuracies at steps 10, 20, … */
function oneSeed(withBatchNorm: readonly number[], without: readonly number[]): Curve[] {
  const byStep = (values: readonly number[]) =>
    Object.fromEntries(values.map((value, index) => [10 * (index + 1), value]));
  return [
    smallCurve({ batchNorm: true, seed: 1, accuracies: byStep(withBatchNorm) }),
    smallCurve({ batchNorm: false, seed: 1, accuracies: byStep(without) }),
  ];
}

describe("compareAccuracy", () => {
  it("leaves step 0 out and counts seed by seed", () => {
    const comparison = compareAccuracy(summarize(smallCurves), smallCurves);
    expect(comparison?.leads.map(({ step }) => step)).toEqual([100, 1000]);
    expect(comparison?.pairs).toEqual({ ahead: 4, total: 4 });
    expect(comparison?.separated).toBe(true);
  });

  it("finds the first step that reaches the other network's end", () => {
    const comparison = compareAccuracy(summarize(smallCurves), smallCurves);
    expect(comparison?.catchUp).toEqual({ step: 100, accuracy: 0.91 });
  });

  it("counts the same accuracies in another order as level, in spite of rounding", () => {
    const values = [0.1, 0.2, 0.3];
    const curves = [true, false].flatMap((batchNorm) =>
      (batchNorm ? values : values.toReversed()).map((accuracy, index) =>
        smallCurve({ batchNorm, seed: index + 1, accuracies: { 10: accuracy } }),
      ),
    );
    expect(compareAccuracy(summarize(curves), curves)?.leads).toEqual([{ step: 10, lead: 0 }]);
  });

  it("compares nothing when only one network was measured", () => {
    const curves = smallCurves.filter(({ batchNorm }) => batchNorm);
    expect(compareAccuracy(summarize(curves), curves)).toBeNull();
  });
});

describe("verdict", () => {
  it("says that batch normalisation was ahead everywhere", () => {
    expect(say(smallCurves)).toMatchInlineSnapshot(
      `"The network with batch normalisation had the higher test accuracy at every one of the 2 measured steps after step 0 (mean of 2 seeds). Its lead was largest at step 100 (59.0 points); at the last step, 1,000, it led by 4.00 points, where every seed with it is above every seed without. Seed by seed it was ahead in 4 of 4 comparisons. It first reached the accuracy that the other network ended with (91.00 %) at step 100 of 1,000, 10 % of the way."`,
    );
  });

  it("says where it was not ahead, and counts being level as that", () => {
    expect(say(oneSeed([0.5, 0.7, 0.8, 0.9], [0.4, 0.7, 0.85, 0.88]))).toMatchInlineSnapshot(
      `"The network with batch normalisation had the higher test accuracy at 2 of the 4 measured steps after step 0 (one seed), but not at steps 20 and 30. Its lead was largest at step 10 (10.0 points); at the last step, 40, it led by 2.00 points. It first reached the accuracy that the other network ended with (88.00 %) at step 40 of 40."`,
    );
  });

  it("says that it was ahead nowhere", () => {
    expect(say(oneSeed([0.2, 0.3], [0.4, 0.5]))).toMatchInlineSnapshot(
      `"The network with batch normalisation was not ahead at any of the 2 measured steps after step 0 (one seed). At the last step, 20, it was behind by 20.00 points."`,
    );
  });

  it("says that it was behind at the end", () => {
    expect(say(oneSeed([0.6, 0.7], [0.4, 0.8]))).toMatchInlineSnapshot(
      `"The network with batch normalisation had the higher test accuracy at 1 of the 2 measured steps after step 0 (one seed), but not at step 20. Its lead was largest at step 10 (20.0 points); at the last step, 20, it was behind by 10.00 points."`,
    );
  });

  it("says that the seeds overlap", () => {
    const curves = [
      smallCurve({ batchNorm: true, seed: 1, accuracies: { 10: 0.8 } }),
      smallCurve({ batchNorm: true, seed: 2, accuracies: { 10: 0.6 } }),
      smallCurve({ batchNorm: false, seed: 1, accuracies: { 10: 0.5 } }),
      smallCurve({ batchNorm: false, seed: 2, accuracies: { 10: 0.7 } }),
    ];
    expect(say(curves)).toMatchInlineSnapshot(
      `"The network with batch normalisation had the higher test accuracy at the one step measured (mean of 2 seeds). At the last step, 10, it led by 10.00 points, but the seeds of the two overlap. Seed by seed it was ahead in 1 of 2 comparisons. It first reached the accuracy that the other network ended with (60.00 %) at step 10 of 10."`,
    );
  });

  it("shortens a long list of steps", () => {
    const falling = Array.from({ length: 10 }, (_, index) => (index === 0 ? 0.9 : 0.1));
    const level = Array.from({ length: 10 }, () => 0.5);
    expect(say(oneSeed(falling, level))).toContain(
      "at 1 of the 10 measured steps after step 0 (one seed), but not at steps 20, 30, 40, 50, 60 and 4 more.",
    );
  });

  it("says that nothing can be compared", () => {
    expect(say([])).toMatchInlineSnapshot(
      `"Nothing can be compared: there is no step after 0 at which both networks were measured."`,
    );
  });
});

describe("stabilityVerdict", () => {
  const [plain, , normalized] = smallCurves.map(({ sigmoidInput }) => sigmoidInput);

  it("measures how far the median moved after step 0", () => {
    expect(medianRange(plain ?? [])).toBeCloseTo(0.9, 12);
  });

  it("says that the distribution was more stable", () => {
    expect(stabilityVerdict(plain ?? [], normalized ?? [])).toMatchInlineSnapshot(
      `"After step 0 the median of this sigmoid's input moved over a range of 0.45 with batch normalisation and 0.90 without: less with it."`,
    );
  });

  it("says that it was not", () => {
    expect(stabilityVerdict(normalized ?? [], plain ?? [])).toMatchInlineSnapshot(
      `"After step 0 the median of this sigmoid's input moved over a range of 0.90 with batch normalisation and 0.45 without: no less with it."`,
    );
  });

  it("says that too little is known", () => {
    expect(stabilityVerdict(plain ?? [], [])).toMatchInlineSnapshot(
      `"Too few steps were measured to say how much the distribution moved."`,
    );
  });
});
