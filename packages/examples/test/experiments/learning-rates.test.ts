import { describe, expect, it } from "vitest";
import { learningRates } from "../../src/experiments/learning-rates.ts";
import { runSmall } from "./run-small.ts";

type Net = { activation: string; place: string; byRate: number[][]; byScale: number[][] };

describe("learning-rates", () => {
  it("trains every network at every rate and scale", async () => {
    const settings = { seeds: 1, rates: [0.1], scales: [1], steps: 2, depth: 1, width: 4 };
    const small = { ...settings, batchSize: 8, trainSize: 16 };
    const { result } = await runSmall(learningRates, small);
    const nets = result as unknown as Net[];

    expect(nets.map(({ activation, place }) => `${activation} ${place}`)).toEqual([
      "relu none",
      "relu before",
      "relu after",
      "sigmoid none",
      "sigmoid before",
      "sigmoid after",
    ]);
    for (const { byRate, byScale } of nets) {
      expect(byRate.flat()).toHaveLength(1);
      // the same rate, scale and seed
      expect(byScale).toEqual(byRate);
    }
    expect(learningRates.report(result, { ...small, scaleRate: 0.1 } as never)).toHaveLength(2);
  });

  it("says no where batch norm widens nothing, and in part where only sigmoids need it", () => {
    const settings = { seeds: 1, rates: [0.1, 1], scales: [1, 10] };
    const judged = (learnt: Record<string, readonly [rates: boolean[], scales: boolean[]]>) => {
      const nets = ["relu", "sigmoid"].flatMap((activation) =>
        ["none", "before", "after"].map((place) => {
          const [rates, scales] = (learnt[`${activation} ${place}`] ?? [[], []]).map((all) =>
            [0, 1].map((i) => [all[i] === true ? 0.9 : 0.1]),
          );
          return { activation, place, byRate: rates, byScale: scales };
        }),
      );
      return learningRates.judge(nets as never, settings).held;
    };
    const [some, all] = [[true], [true, true]];

    expect(
      judged({
        "relu none": [some, some],
        "relu before": [all, all],
        "sigmoid before": [some, some],
      }),
    ).toBe("yes");
    expect(
      judged({
        "relu none": [all, all],
        "relu before": [all, all],
        "sigmoid before": [some, some],
      }),
    ).toBe("in part");
    expect(judged({ "relu none": [all, all], "relu before": [some, some] })).toBe("no");
  });
});
