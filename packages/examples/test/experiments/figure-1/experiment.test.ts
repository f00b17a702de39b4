import { describe, expect, it } from "vitest";
import type { Curve } from "../../../src/experiments/figure-1/curve.ts";
import { figure1 } from "../../../src/experiments/figure-1/experiment.ts";

import { accuracySection, statisticsSection } from "../../../src/experiments/figure-1/sections.ts";
import { measuredSteps } from "../../../src/experiments/figure-1/train.ts";
import type { PlotOptions } from "../../../src/experiments/shared/plot.ts";
import { fewDigits, runSmall } from "../run-small.ts";
import { smallCurve, smallCurves } from "./small-curves.ts";

const heldBy = (curves: readonly Curve[]) => figure1.judge(curves as never, figure1.settings).held;

describe("figure-1", () => {
  it("measures both networks of a seed, which start from the same weights", async () => {
    const small = { steps: 3, batch: 20, seeds: 1 };
    const { result, settings } = await runSmall(figure1, small);
    const [without, withBatchNorm] = result as unknown as Curve[];

    expect([without.batchNorm, withBatchNorm.batchNorm]).toEqual([false, true]);
    expect(without.points.map(({ step }) => step)).toEqual([0, 3]);
    // not of the same loss: with running statistics of 0 and 1 the inputs are divided by √(1 + ε)
    expect(withBatchNorm.points[0].testAccuracy).toBe(without.points[0].testAccuracy);
    expect(withBatchNorm.points[0].testLoss).toBeCloseTo(without.points[0].testLoss ?? 0, 4);
    expect(withBatchNorm.points[1]).not.toEqual(without.points[1]);
    expect(without.finalAccuracy.population).toBeNull();
    expect(withBatchNorm.finalAccuracy.population).not.toBeNull();
    expect(figure1.report(result, settings)).toHaveLength(3);
  });

  it("trains on binary pixels where it is told", async () => {
    const losses: unknown[] = [];
    for (const binary of [false, true]) {
      const context = {
        settings: { ...figure1.settings, steps: 1, seeds: 1, binary },
        images: fewDigits,
        unit: async (name: string, compute: (step: () => Promise<void>) => Promise<Curve>) => {
          const curve = name.startsWith("without") ? await compute(() => Promise.resolve()) : null;
          if (curve !== null) losses.push(curve.points[0].testLoss);
          return curve;
        },
      };
      await figure1.run(context as never);
    }

    expect(losses).toHaveLength(2);
    expect(losses[1]).not.toBe(losses[0]);
  });

  it.each([1, 601])("refuses batches of %d images of 600", async (batch) => {
    await expect(runSmall(figure1, { batch })).rejects.toThrow(
      `figure-1: \`--batch\` is ${batch}. Batch normalisation needs at least 2 images, and there are 600 to train on.`,
    );
  });

  it("is measured at steps 500, 1000, 2000, 5000 and the last of any run that is long enough", () => {
    expect([...measuredSteps(5000)]).toEqual(expect.arrayContaining([500, 1000, 2000, 5000]));
    expect([...measuredSteps(123)].at(-1)).toBe(123);
    expect([...measuredSteps(50_000)]).toContain(50_000);
  });

  it("shows mean and spread by step, and a lead that is none with a minus", () => {
    const curves = [
      smallCurve({ batchNorm: false, seed: 1, accuracies: { 100: 0.5, 200: 0.9 } }),
      smallCurve({ batchNorm: false, seed: 2, accuracies: { 100: 0.7 } }),
      smallCurve({ batchNorm: true, seed: 1, accuracies: { 100: 0.4 } }),
    ];

    expect(accuracySection(curves, 60).table).toEqual({
      caption: "Test accuracy in percent, mean ± sd of up to 2 seeds",
      head: ["step", "with batch normalisation", "without", "lead"],
      rows: [
        ["100", "40.00", "60.00 ± 14.14", "−20.00"],
        ["200", "–", "90.00", "–"],
      ],
    });
    expect(statisticsSection(curves).table?.rows).toEqual([
      ["with, moving averages", "40.00"],
      ["with, population statistics", "40.10"],
      ["with, pooled statistics", "40.20"],
      ["without", "80.00 ± 14.14"],
    ]);
  });

  it("cuts the linear axis to what the last nine tenths of the run need", () => {
    const [linear, logarithmic] = accuracySection(smallCurves, 60)
      .figures as readonly PlotOptions[];

    expect(linear.y).toMatchObject({ min: 30, max: 100 });
    expect(linear.notes).toEqual(["the axis begins at 30 %"]);
    expect(linear.lines[1].points.at(-1)).toEqual([1000, 91, 90, 92]);
    expect(logarithmic.y).toMatchObject({ min: 0, max: 100 });
    expect(logarithmic.notes).toHaveLength(1); // as many as the one beside it
  });

  it("judges how soon, how high and how stable", () => {
    const accuracies = (early: number, late: number) => ({ 0: 0.1, 100: early, 1000: late });
    const pair = (early: number, late: number) => [
      smallCurve({ batchNorm: false, seed: 1, accuracies: accuracies(0.3, 0.9) }),
      smallCurve({ batchNorm: true, seed: 1, accuracies: accuracies(early, late) }),
    ];
    const unstable = (curves: Curve[]): Curve[] =>
      curves.map((curve, i) => ({ ...curve, sigmoidInput: curves[1 - i].sigmoidInput }));

    expect(heldBy(smallCurves)).toBe("yes");
    expect(heldBy(pair(0.92, 0.9))).toBe("in part");
    expect(heldBy(unstable(pair(0.92, 0.95)))).toBe("in part");
    expect(heldBy(unstable(pair(0.2, 0.8)))).toBe("no");
  });
});
