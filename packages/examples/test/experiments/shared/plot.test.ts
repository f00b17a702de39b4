import { describe, expect, it } from "vitest";
import { plot } from "../../../src/experiments/shared/plot.ts";

const heightWith = (names: readonly string[]): number => {
  const lines = names.map((name) => ({ name, points: [[0, 0] as const, [1, 1] as const] }));
  const svg = plot({ id: "a", x: { title: "x" }, y: { title: "y" }, lines });
  return Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1]);
};

describe("plot", () => {
  it("gives a legend of many lines the rows it needs above the plot", () => {
    const oneRow = heightWith(["one", "two"]);
    const names = ["the first of six lines", "the second one", "the third one"];

    expect(oneRow).toBeGreaterThan(0);
    expect(heightWith(names) - oneRow).toBe(20);
    // two names in each row
    expect(heightWith([...names, ...names.map((name) => `${name} again`)]) - oneRow).toBe(40);
  });
});
