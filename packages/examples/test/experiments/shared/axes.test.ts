import { describe, expect, it } from "vitest";
import { niceStep } from "../../../src/experiments/shared/axes.ts";
import { plot } from "../../../src/experiments/shared/plot.ts";

type Point = readonly [x: number, y: number, low?: number, high?: number];

const draw = (points: readonly Point[], x: object = {}, y: object = {}): string =>
  plot({
    id: "p",
    y: { title: "Value (no unit)", ...y },
    x: { title: "training steps", ...x },
    lines: [{ name: "line", points }],
  });

/** Labels of an axis, from the left or from below. */
function labels(svg: string, anchor: "middle" | "end"): string[] {
  const pattern = new RegExp(`<text[^>]*text-anchor="${anchor}"[^>]*>([^<]*)</text>`, "gu");
  return [...svg.matchAll(pattern)].map(([, text = ""]) => text).filter((text) => /\d/u.test(text));
}

describe("axes", () => {
  it("divide a span into at most six intervals of 1, 2 or 5", () => {
    expect([1, 6, 7, 45, 100, 0.03].map((span) => niceStep(span))).toEqual([
      0.2,
      1,
      2,
      10,
      20,
      expect.closeTo(0.005),
    ]);
  });

  it("begin and end at ticks, all of which are written apart", () => {
    const svg = draw([
      [0, 0.031],
      [10, 0.058],
    ]);

    expect(labels(svg, "end")).toEqual([
      "0.030",
      "0.035",
      "0.040",
      "0.045",
      "0.050",
      "0.055",
      "0.060",
    ]);
  });

  it("leave the end of a horizontal axis without a label that would crowd the last tick", () => {
    expect(
      labels(
        draw([
          [0, 1],
          [64, 2],
        ]),
        "middle",
      ),
    ).toEqual(["0", "10", "20", "30", "40", "50", "60"]);
    const logarithmic = draw(
      [
        [10, 1],
        [130, 2],
      ],
      { scale: "logarithmic" },
    );
    expect(labels(logarithmic, "middle")).toEqual(["10", "100"]);
  });

  it("have the ticks of a logarithmic axis where they are given", () => {
    const x = { scale: "logarithmic", ticks: [2, 32, 128] };
    const svg = draw(
      [
        [2, 1],
        [32, 2],
        [128, 3],
      ],
      x,
    );

    expect(labels(svg, "middle")).toEqual(["2", "32", "128"]);
  });

  it("have no ticks between whole numbers, and begin where they are told", () => {
    expect(
      labels(
        draw(
          [
            [1, 1],
            [3, 2],
          ],
          { min: 1 },
        ),
        "middle",
      ),
    ).toEqual(["1", "2", "3"]);
  });

  it("end intervals where values end", () => {
    const points = [
      [0, 90, 40, 140],
      [1, 95, 60, 130],
    ] as const;
    const free = labels(draw(points), "end");
    const bounded = labels(draw(points, {}, { bounds: [0, 100] }), "end");

    expect([free.at(-1), bounded.at(-1)]).toEqual(["140", "100"]);
  });
});
