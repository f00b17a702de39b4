import { describe, expect, it } from "vitest";
import { batchSize } from "../../src/experiments/batch-size.ts";
import { runSmall } from "./run-small.ts";

type Outcome = { train: number; test: number };
type Result = {
  sweep: Record<"BN" | "Ghost BN" | "Batch Renorm" | "GroupNorm", Outcome[][]>;
  short: Record<string, number[]>;
  descent: { size: number; curves: { images: number }[][] }[];
};

describe("batch-size", () => {
  it("shows every size the same number of images", async () => {
    const settings = { sizes: [4], middle: 4, images: 16, trainSize: 16, testSize: 16, seeds: 1 };
    const { result } = await runSmall(batchSize, settings);
    const { sweep, short, descent } = result as unknown as Result;

    for (const outcomes of Object.values(sweep)) expect(outcomes.map((o) => o.length)).toEqual([1]);
    // too small for ghost batches of 16
    expect(sweep["Ghost BN"]).toEqual(sweep.BN);
    expect(Object.keys(short)).toEqual(["drop", "merge", "keep"]);
    expect(descent.map(({ size }) => size)).toEqual([1, 4, 16]);
    expect(descent.map(({ curves }) => curves[0].at(-1)?.images)).toEqual([16, 16, 16]);
    expect(batchSize.report(result, { ...settings, rates: [0.1] } as never)).toHaveLength(3);
  });

  it("judges each norm by what it has ahead of batch norm, and the gap by that of group norm", () => {
    const settings = { seeds: 2, sizes: [2, 32, 128], middle: 32 };
    const judged = (tests: Record<string, number[]>, gaps: Record<string, number[]>): string => {
      const names = ["BN", "Ghost BN", "Batch Renorm", "GroupNorm"];
      const sweep = Object.fromEntries(
        names.map((name) => [
          name,
          [0, 1, 2].map((i) => {
            const test = tests[name]?.[i] ?? 0.8;
            const outcome = { test, train: test + (gaps[name]?.[i] ?? 0.1) };
            return [outcome, outcome];
          }),
        ]),
      );
      const short = { drop: [0.8, 0.8], merge: [0.8, 0.8], keep: [0.8, 0.8] };
      return batchSize.judge({ sweep, short, descent: [] } as never, settings).held;
    };
    const weakBatches = { BN: [0.5, 0.8, 0.7] };

    expect(judged(weakBatches, { BN: [0, 0.1, 0.2] })).toBe("yes");
    expect(judged(weakBatches, {})).toBe("in part");
    expect(judged({}, {})).toBe("no");
    // what group norm loses too is no fault of batch norm
    const [BN, GroupNorm, renorm] = [0, 0, 0].map(() => [0.5, 0.8, 0.8]);
    expect(judged({ BN, GroupNorm, "Batch Renorm": renorm }, {})).toBe("no");
  });
});
