import { describe, expect, it } from "vitest";
import { outsideTheGradientStep } from "../../src/experiments/outside-the-gradient-step.ts";
import { runSmall } from "./run-small.ts";

describe("outside-the-gradient-step", () => {
  it("finds a bias that grows by a constant while the loss stands still", async () => {
    const { verdict } = await runSmall(outsideTheGradientStep, { steps: 100 });

    expect(verdict.held).toBe("yes");
  });

  it("says no where the bias settles, or the loss moves", async () => {
    const { result } = await runSmall(outsideTheGradientStep, { seeds: 1, steps: 100 });
    const { ignored, followed } = result as unknown as {
      ignored: { step: number; bias: number; loss: number }[][];
      followed: never;
    };
    const judged = (change: (point: { bias: number; loss: number }, i: number) => object) => {
      const runs = ignored.map((points) => points.map((p, i) => ({ ...p, ...change(p, i) })));
      const changed = { ignored: runs, followed } as never;
      return outsideTheGradientStep.judge(changed, { seeds: 1, steps: 100 }).held;
    };

    expect(judged(() => ({}))).toBe("yes");
    expect(judged(({ bias }) => ({ bias: Math.min(bias, 3) }))).toBe("no");
    expect(judged(({ loss }, i) => ({ loss: loss + i }))).toBe("no");
  });
});
