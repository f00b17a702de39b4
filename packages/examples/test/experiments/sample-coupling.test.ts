import { describe, expect, it } from "vitest";
import { sampleCoupling } from "../../src/experiments/sample-coupling.ts";
import { runSmall } from "./run-small.ts";

type Points = { size: number; pair: number; others: number }[];
type Result = Record<"BN, training" | "BN, evaluation" | "LayerNorm", Points[]>;

const settings = { seeds: 1, sizes: [2, 8, 16] };

const judged = (result: Result): string => sampleCoupling.judge(result as never, settings).held;

describe("sample-coupling", () => {
  it("finds the coupling that the derivative of batch norm has, and none elsewhere", async () => {
    const { result, verdict } = await runSmall(sampleCoupling, settings);
    const { "BN, training": training, ...others } = result as unknown as Result;

    // with two samples x̂ is 1 and -1, so that both weigh the same
    expect(training[0][0].pair).toBeCloseTo(1, 6);
    // mean of |1 + x̂ᵢx̂ⱼ| / m is between 1/m and 2/m, and the own derivative 1 - 2/m
    expect(training[0][2].pair).toBeGreaterThan(1 / 16 / (1 - 2 / 16));
    expect(training[0][2].pair).toBeLessThan(2 / 16 / (1 - 2 / 16));
    expect(Object.values(others).flatMap(([points]) => points.map(({ pair }) => pair))).toEqual(
      new Array(6).fill(0),
    );
    expect(verdict.held).toBe("yes");
    expect(sampleCoupling.report(result, settings)[0].table?.rows).toHaveLength(3);
  });

  it("says no where another layer couples or batch norm does not, and in part where nothing falls", () => {
    const points = (pair: (size: number) => number): Points[] => [
      [4, 8, 16].map((size) => ({ size, pair: pair(size), others: pair(size) * (size - 1) })),
    ];
    const none = points(() => 0);
    const coupled = points((size) => 1 / size);

    const held = { "BN, training": coupled, "BN, evaluation": none, LayerNorm: none };
    expect(judged(held)).toBe("yes");
    expect(judged({ ...held, LayerNorm: coupled })).toBe("no");
    expect(judged({ ...held, "BN, evaluation": coupled })).toBe("no");
    expect(judged({ ...held, "BN, training": none })).toBe("no");
    expect(judged({ ...held, "BN, training": points(() => 0.5) })).toBe("in part");
  });
});
