import { normal, randomKey } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { jacobiansAndDepth } from "../../src/experiments/jacobians-and-depth.ts";
import { deepLayer } from "../../src/experiments/shared/deep-layer.ts";
import { TrainedLayer } from "../../src/experiments/shared/trained-layer.ts";
import { fewDigits, runSmall } from "./run-small.ts";

type Net = {
  activation: string;
  batchNorm: boolean;
  runs: { gradient: number[]; split: object[]; singular: number[] }[];
};

type Trained = { runs: { before: number[]; after: number[] }[] };

describe("jacobians-and-depth", () => {
  it("finds sigmoid gradients that vanish without batch norm only", async () => {
    const settings = { seeds: 1, depths: [1, 8], width: 8, batch: 16, trainSteps: 0 };
    const { result } = await runSmall(jacobiansAndDepth, settings);
    const { nets, trained } = result as unknown as { nets: Net[]; trained: Trained[] };
    const change = (activation: string, batchNorm: boolean): number => {
      const net = nets.find((n) => n.activation === activation && n.batchNorm === batchNorm);
      const [first, last] = net?.runs[0].gradient ?? [];
      return last - first;
    };

    // seven layers, each of which multiplies by 0.25 at most times the size of a random matrix
    expect(change("sigmoid", false)).toBeLessThan(-2);
    expect(change("sigmoid", true)).toBeGreaterThan(-1);
    expect(nets.map(({ runs }) => runs[0].split.length)).toEqual([0, 8, 0, 8, 0, 8]);
    expect(nets.map(({ runs }) => runs[0].singular.length)).toEqual(new Array(6).fill(8));
    expect(trained.map(({ runs }) => runs[0].before.length)).toEqual([8, 8, 8, 8]);
    // without a step nothing changes, and the same seed starts alike
    for (const { runs } of trained) expect(runs[0].after).toEqual(runs[0].before);
    expect(jacobiansAndDepth.report(result, settings)).toHaveLength(4);
  });

  it("finds other singular values after training", async () => {
    const options = { width: 4, batch: 8, trainSteps: 2 };
    const { before, after } = await new TrainedLayer("relu", true, options).singularValues(
      fewDigits(),
      1,
      () => Promise.resolve(),
    );

    expect(before).toHaveLength(4);
    expect(after).not.toEqual(before);
  });

  it("splits the gradient into parts that are orthogonal, so that mean terms can only take away", () => {
    const [h, weight, g] = [
      [16, 8],
      [8, 8],
      [16, 8],
    ].map((shape, i) => normal(randomKey(i), shape, { dtype: "float64" }));
    const { split } = deepLayer("relu", true).backward(h, weight, g);

    expect(split).not.toBeNull();
    const { full = 0, scaled = 0, center = 0, spread = 0 } = split ?? {};
    expect(full ** 2).toBeCloseTo(scaled ** 2 - center ** 2 - spread ** 2, 3);
  });

  it("says no where nothing explodes or nothing vanishes, and in part where only some explode", () => {
    const settings = { seeds: 1, depths: [1, 2], width: 8, batch: 16 };
    const judged = (factors: Record<string, number>): string => {
      const nets = ["linear", "relu", "sigmoid"].flatMap((activation) =>
        [false, true].map((batchNorm) => {
          const factor = factors[`${activation}${batchNorm ? " BN" : ""}`] ?? 1;
          const run = { gradient: [0, Math.log10(factor)], split: [], singular: [1] };
          return { activation, batchNorm, runs: [run, run] };
        }),
      );
      return jacobiansAndDepth.judge({ nets, trained: [] } as never, settings as never).held;
    };

    expect(judged({ sigmoid: 0.2, "relu BN": 1.2, "sigmoid BN": 1.1 })).toBe("yes");
    expect(judged({ sigmoid: 0.2, "relu BN": 1.2, "sigmoid BN": 0.9 })).toBe("in part");
    expect(judged({ sigmoid: 0.2, "relu BN": 1.2, "sigmoid BN": 1.1, "linear BN": 2 })).toBe(
      "in part",
    );
    expect(judged({ sigmoid: 1, "relu BN": 1.2, "sigmoid BN": 1.1 })).toBe("no");
    expect(judged({ sigmoid: 0.2 })).toBe("no");
  });
});
