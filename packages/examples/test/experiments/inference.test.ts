import { describe, expect, it } from "vitest";
import { inference } from "../../src/experiments/inference.ts";
import { runSmall } from "./run-small.ts";

interface Part {
  readonly independent: Record<string, number>;
  readonly points: readonly {
    readonly scores: Record<string, { loss: number }>;
    readonly variances: Record<string, number>;
  }[];
}
type Found = Record<"draws" | "runs", readonly (readonly Part[])[]>;

describe("inference", () => {
  it("finds the factor of 1/m variances, and moving averages that lag", async () => {
    const settings = { steps: 8, sizes: [4, 16], images: 64, draws: 400 };
    const { verdict, result } = await runSmall(inference, settings);
    const { draws, runs } = result as unknown as Found;
    const judge = (changed: Partial<Found>): string => {
      return inference.judge({ draws, runs, ...changed } as never, inference.settings).held;
    };
    const each = (parts: Found["runs"], change: (part: Part) => object): Found["runs"] =>
      parts.map((row) => row.map((part) => ({ ...part, ...change(part) })));
    const wrongDraws = each(draws, ({ independent }) => ({
      independent: { ...independent, "mean of 1/m variances": 1 },
    }));
    const changedRuns = (change: (point: Part["points"][number]) => object): Found["runs"] =>
      each(runs, ({ points }) => ({ points: points.map((p) => ({ ...p, ...change(p) })) }));
    const sameVariances = changedRuns(() => ({ variances: {} }));
    const sameScores = changedRuns(({ scores }) => ({
      scores: Object.fromEntries(Object.keys(scores).map((name) => [name, { loss: 1 }])),
    }));

    expect(verdict.held).toBe("yes");
    expect(judge({ draws: wrongDraws })).toBe("in part");
    expect(judge({ runs: sameVariances })).toBe("in part");
    expect(judge({ runs: sameScores })).toBe("in part");
    const allWrong = each(sameScores, ({ points }) => ({
      points: points.map((p) => ({ ...p, variances: {} })),
    }));
    expect(judge({ draws: wrongDraws, runs: allWrong })).toBe("no");
  });
});
