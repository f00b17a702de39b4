import { describe, expect, it } from "vitest";
import { whitening } from "../../src/experiments/whitening.ts";
import { runSmall } from "./run-small.ts";

interface Network {
  readonly operations: number;
  readonly runs: readonly (readonly { readonly trainLoss: number }[])[];
}
interface Descents {
  readonly raw: { readonly losses: readonly number[] };
}
interface Found {
  readonly points: readonly Descents[];
  readonly networks: readonly Network[];
}

describe("whitening", () => {
  it("finds descent that whitening hastens, and judges networks by loss and cost", async () => {
    const settings = { descent: 5, steps: 2, every: 1, rates: [0.1], iterations: [2], groups: 16 };
    const { verdict, result } = await runSmall(whitening, settings);
    const { points, networks, ...others } = result as unknown as Found;
    const judge = (changed: Partial<Found>): string =>
      whitening.judge({ ...others, points, networks, ...changed } as never, {
        ...whitening.settings,
        descent: 5,
      }).held;
    const withNumbers = (numbers: readonly (readonly [number, number])[]): Network[] =>
      numbers.map(([trainLoss, operations], i) => ({
        ...networks[i],
        operations,
        runs: networks[i].runs.map((run) => run.map((point) => ({ ...point, trainLoss }))),
      }));
    const asClaimed = withNumbers([
      [3, 1],
      [2, 2],
      [1, 10],
      [1, 3],
    ]);
    const slower = withNumbers([
      [3, 1],
      [1, 2],
      [2, 10],
      [3, 12],
    ]);
    const unordered = points.map((run) => ({
      ...run,
      raw: { ...run.raw, losses: [0, 0, 0, 0, 0, 0] },
    }));

    expect(verdict.held).not.toBe("no");
    expect(judge({ networks: asClaimed })).toBe("yes");
    expect(judge({ networks: slower })).toBe("in part");
    expect(judge({ networks: asClaimed, points: unordered })).toBe("in part");
    expect(judge({ networks: slower, points: unordered })).toBe("no");
  });
});
