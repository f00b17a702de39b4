import { describe, expect, it } from "vitest";
import { figure1 } from "../../../src/experiments/figure-1/experiment.ts";
import type { Curve } from "../../../src/experiments/shared/results.ts";
import { fewDigits, runSmall } from "../run-small.ts";
import { smallCurve, smallCurves } from "../small-results.ts";

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
