import { describe, expect, it } from "vitest";
import { dropoutAndLrn } from "../../src/experiments/dropout-and-lrn.ts";
import { runSmall } from "./run-small.ts";

type Run = { train: number; test: number; repaired: number; shift: number[] };
type Result = { nets: Record<string, Run[]>; orders: Record<string, number[]> };

describe("dropout-and-lrn", () => {
  it("measures every network, and the variance of what its batch norms are given", async () => {
    // as many images as there are to test on: one program evaluates both
    const settings = { seeds: 1, images: 16, batchSize: 8, trainSize: 200 };
    const { result } = await runSmall(dropoutAndLrn, settings);
    const { nets, orders } = result as unknown as Result;

    expect(Object.values(nets).map(([{ shift }]) => shift.length)).toEqual([0, 0, 0, 3, 3, 3, 3]);
    expect(Object.values(orders).map((found) => found.length)).toEqual([1, 1, 1]);
    const given = { ...dropoutAndLrn.settings, ...settings };
    expect(dropoutAndLrn.report(result, given)).toHaveLength(2);
  });

  it("judges each part of the claim by its difference", () => {
    const judged = (tests: Record<string, number>, inside: number, thorough: number): string => {
      const names = ["plain", "LRN", "BN", "BN and LRN"];
      const dropped = ["plain", "BN"].map((name) => `${name}, dropout at the end`);
      const nets = Object.fromEntries(
        [...names, ...dropped, "BN, dropout inside"].map((name) => {
          const shift = name === "BN, dropout inside" ? [1, inside, inside] : [1, 1, 1];
          const test = tests[name] ?? 0.8;
          const run = {
            test,
            train: 0.9,
            repaired: name === "BN, dropout inside" ? 0.8 : test,
            shift,
          };
          return [name, [run, run]];
        }),
      );
      const orders = {
        fixed: [0.8, 0.8],
        "within shards": [0.8, 0.8],
        thorough: [thorough, thorough],
      };
      return dropoutAndLrn.judge({ nets, orders } as never, dropoutAndLrn.settings).held;
    };
    const tests = { LRN: 0.7, plain: 0.7, "BN, dropout inside": 0.7 };

    expect(judged(tests, 1.4, 0.85)).toBe("yes");
    expect(judged(tests, 1.4, 0.8)).toBe("in part");
    expect(judged({}, 1, 0.85)).toBe("in part");
    expect(judged({}, 1, 0.8)).toBe("no");
    // dropout helps both networks alike
    const alike = { plain: 0.7, BN: 0.7, LRN: 0.7 };
    expect(judged(alike, 1, 0.8)).toBe("no");
  });
});
