import { describe, expect, it } from "vitest";
import { plot } from "../../../src/experiments/shared/plot.ts";

const heightOf = (names: readonly string[]): number => {
  const points = [
    [0, 1],
    [1, 2],
  ] as const;
  const svg = plot({
    id: "p",
    y: { title: "y" },
    x: { title: "x" },
    lines: names.map((name) => ({ name, points })),
  });
  return Number(/viewBox="0 0 [\d.]+ ([\d.]+)"/.exec(svg)?.[1]);
};

describe("panel", () => {
  it("grows by a row where the names of its lines do not fit into one", () => {
    const name = "a name like this";
    const one = heightOf(["a", "b", "c"]);

    expect(one).toBeGreaterThan(200);
    expect(heightOf([name, `${name} 2`, `${name} 3`])).toBe(one + 22);
    expect(heightOf([1, 2, 3, 4, 5].map((i) => `${name} ${i}`))).toBe(one + 44);
  });
});
