import { describe, expect, it } from "vitest";
import { scaleIndependence } from "../../src/experiments/scale-independence.ts";
import { runSmall } from "./run-small.ts";

describe("scale-independence", () => {
  it("finds the identities, and a loss that follows at a² times the rate only", async () => {
    const { verdict, result } = await runSmall(scaleIndependence, { steps: 12, scales: [3] });
    const judge = (change: (run: Record<string, never>) => object) => {
      const runs = (result as unknown as Record<string, never>[]).map((run) => ({
        ...run,
        ...change(run),
      }));
      return scaleIndependence.judge(runs as never, scaleIndependence.settings).held;
    };

    expect(verdict.held).toBe("yes");
    expect(judge(() => ({}))).toBe("yes");
    expect(judge(({ plain }) => ({ decayed: plain }))).toBe("in part");
    expect(judge(({ plain }) => ({ scaled: [{ scale: 3, matched: plain, same: plain }] }))).toBe(
      "in part",
    );
    const wrong = { scale: 3, output: 0, input: 0, weight: 0.1 };
    expect(judge(() => ({ identities: [wrong] }))).toBe("no");
  });
});
