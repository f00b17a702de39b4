import { describe, expect, it } from "vitest";
import { recipes, type S, trainer } from "../../src/experiments/figure-3/networks.ts";
import { figure3 } from "../../src/experiments/figure-3.ts";
import { fewDigits } from "./run-small.ts";

type Curve = { step: number; accuracy: number }[];
type Net = { name: string; modified: string[]; curves: Curve[] };
type Result = { rate: number; nets: Net[]; single: Net[] };

const NAMES = [
  "baseline",
  "BN-baseline",
  "BN-×5",
  "BN-×30",
  "BN-×5-sigmoid",
  "baseline ×5",
  "baseline sigmoid",
];

/** Two equal seeds of each network: accuracies after 10, 20 and 40 steps. */
function nets(changes: Record<string, number[]>): Net[] {
  const usual: Record<string, number[]> = {
    baseline: [0.3, 0.6, 0.9],
    "BN-baseline": [0.6, 0.9, 0.92],
    "BN-×5": [0.9, 0.93, 0.95],
    "BN-×30": [0.5, 0.9, 0.97],
    "BN-×5-sigmoid": [0.3, 0.5, 0.8],
    "baseline ×5": [0.3, 0.1, 0.1],
    "baseline sigmoid": [0.1, 0.1, 0.1],
  };
  return NAMES.map((name) => {
    const accuracies = changes[name] ?? usual[name];
    const curve = accuracies.map((accuracy, i) => ({ step: 10 * 2 ** i, accuracy }));
    return { name, modified: [], curves: [curve, curve] };
  });
}

const settings = { ...figure3.settings, steps: 40, seeds: 2 };
const judged = (changes: Record<string, number[]>) =>
  figure3.judge({ nets: nets(changes), single: [] } as never, settings);

describe("figure-3", () => {
  it("trains the networks of the table with the modifications that are asked for", async () => {
    const names: string[] = [];
    const context = {
      settings: { ...settings, noDropout: false, rates: [0.1, 0.2] },
      seeds: [1, 2],
      images: fewDigits,
      unit: (name: string) => {
        names.push(name);
        return Promise.resolve([{ step: 40, accuracy: name.includes("rate 0.1") ? 0.8 : 0.9 }]);
      },
    };
    const { rate, nets, single } = (await figure3.run(context as never)) as unknown as Result;

    expect(nets.map(({ name }) => name)).toEqual(NAMES);
    expect(nets[1].modified).toEqual([]);
    expect(nets[2].modified).toHaveLength(6);
    expect(nets[2].modified).not.toContain("noDropout");
    expect(single.map(({ modified }) => modified.length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(rate).toBe(0.2);
    expect(names.slice(0, 2)).toEqual([
      "baseline, rate 0.1 on held-out images, seed 0",
      "baseline, rate 0.2 on held-out images, seed 0",
    ]);
    expect(new Set(names).size).toBe(2 + 2 * (7 + 7));
  });

  it("measures a network on its way, the same at every time", async () => {
    const few = { ...settings, steps: 12, batchSize: 8, testSize: 40 } as unknown as S;
    const train = trainer({
      settings: few,
      images: fewDigits,
      unit: (_name, compute) => Promise.resolve(compute(() => Promise.resolve())),
    });
    const { curves } = await train(
      { ...recipes(few)[1], modified: ["noLrn"] },
      { rate: 0.1, seeds: [1, 1] },
    );

    expect(curves[0].map(({ step }) => step)).toEqual([10, 12]);
    expect(curves[1]).toEqual(curves[0]);
  });

  it("judges steps to the baseline's best accuracy, the best ones, and what trains", () => {
    const usual = judged({});

    expect(usual.held).toBe("yes");
    expect(usual.sentence).toContain(
      "took 2.0 (2.0 to 2.0) times fewer steps and BN-×5 2.0 (2.0 to 2.0) times fewer",
    );
    expect(judged({ "BN-baseline": [0.3, 0.6, 0.9] }).held).toBe("in part");
    expect(judged({ "baseline ×5": [0.3, 0.6, 0.8] }).held).toBe("in part");
    expect(judged({ "baseline sigmoid": [0.3, 0.6, 0.8] }).held).toBe("in part");
    const bad = [0.1, 0.1, 0.1];
    const normed = ["BN-baseline", "BN-×5", "BN-×30", "BN-×5-sigmoid"].map((name) => [name, bad]);
    const changes = { ...Object.fromEntries(normed), "baseline ×5": [0.3, 0.6, 0.8] };
    expect(judged(changes).held).toBe("no");
  });

  it("says of a network that it never arrived, and of how many seeds did", () => {
    const found = nets({ "BN-×30": [0.1, 0.1, 0.2] });
    found[3].curves[0][2].accuracy = 0.97;
    found[3].curves[1] = [{ step: 13, accuracy: 0.1 }];
    const single = [{ name: "no dropout", modified: ["noDropout"], curves: found[2].curves }];
    const [table, modifications] = figure3.report({ nets: found, single } as never, settings);
    const rows = table.table?.rows ?? [];

    expect(rows.map((row) => row[1])).toEqual([
      "40 ± 0",
      "20 ± 0",
      "10 ± 0",
      "40 (1 of 2)",
      "never",
      "never",
      "never",
    ]);
    expect(rows[3][3]).toBe("1 of 2");
    expect(modifications.table?.rows.map((row) => [row[0], row[3]])).toEqual([
      ["none", "0"],
      ["no dropout", "3.0 ± 0.0"],
      ["BN-×5", "3.0 ± 0.0"],
    ]);
  });
});
