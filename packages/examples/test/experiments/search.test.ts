import { describe, expect, it } from "vitest";
import { search } from "../../src/experiments/search.ts";
import { runSmall } from "./run-small.ts";

interface Trial {
  readonly rate: number;
  readonly examples: number;
}
type Run = Record<"grid" | "random" | "halving", readonly Trial[]>;

describe("search", () => {
  const settings = { examples: 144, batches: [8, 16], momenta: [0.5], rates: 5 };

  it("tries as much at random as in a grid, and halves what it goes on with", async () => {
    const { result, verdict } = await runSmall(search, settings);
    const [{ grid, random, halving }] = result as unknown as Run[];
    const judge = (test: Record<keyof Run, number>): string => {
      const run = { grid, random, halving };
      const changed = Object.entries(run).map(([name, trials]) => {
        return [name, trials.map((trial) => ({ ...trial, test: test[name as keyof Run] }))];
      });
      return search.judge([Object.fromEntries(changed)] as never, search.settings).held;
    };

    expect([grid.length, random.length]).toEqual([10, 10]);
    expect(new Set(random.map(({ rate }) => rate)).size).toBe(10);
    expect(halving.map(({ examples }) => examples)).toEqual([
      ...Array.from({ length: 10 }, () => 48),
      ...Array.from({ length: 4 }, () => 144),
    ]);
    expect(verdict.sentence).toContain("10 trials");
    expect(judge({ grid: 0.8, random: 0.8, halving: 0.8 })).toBe("yes");
    expect(judge({ grid: 0.8, random: 0.7, halving: 0.7 })).toBe("in part");
    expect(judge({ grid: 0.8, random: 0.7, halving: 0.6 })).toBe("no");
  });
});
