import { describe, expect, it } from "vitest";
import {
  accuracyFigure,
  percentileFigure,
  percentileRange,
  statisticsFigure,
} from "../../../src/experiments/shared/figures.ts";
import { type SigmoidInputPoint, summarize } from "../../../src/experiments/shared/results.ts";
import { FIGURE_COLORS, themed } from "../../../src/experiments/shared/theme.ts";
import { smallCurve, smallCurves } from "../small-results.ts";

const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text\b[^>]*>([^<]*)<\/text>/gu)].map(([, text]) => text ?? "");

const shapesOf = (svg: string, color: string): string[] =>
  [...svg.matchAll(/<(?:path|polygon)\b[^>]*>/gu)]
    .map(([shape]) => shape)
    .filter((shape) => shape.includes(color));

const point = (step: number, p15: number | null, p85: number | null): SigmoidInputPoint => ({
  step,
  p15,
  p50: 0,
  p85,
  meanWidth: 1,
  meanAbsMedian: 1,
});

describe("accuracyFigure", () => {
  const summary = summarize(smallCurves);
  const linear = accuracyFigure(summary, { scale: "linear", batchSize: 60 });

  it("names its axes with units, both networks and what the band is", () => {
    expect(textsOf(linear)).toEqual(
      expect.arrayContaining([
        "(a) Test accuracy (%)",
        "mean of 2 seeds, band from lowest to highest",
        "with batch normalization",
        "without",
        "training steps of 60 examples",
        "1,000",
      ]),
    );
  });

  it("draws a line and a band for each network", () => {
    for (const color of [FIGURE_COLORS.withBatchNorm, FIGURE_COLORS.withoutBatchNorm]) {
      const shapes = shapesOf(linear, color);
      expect(shapes.some((shape) => shape.includes('fill-opacity="0.2"'))).toBe(true);
      expect(shapes.some((shape) => shape.includes(`stroke="${color}"`))).toBe(true);
    }
  });

  it("cuts the axis to the later nine tenths of the run and says where it begins", () => {
    expect(textsOf(linear)).toContain("the axis begins at 30 %");
  });

  it("shows the whole run except step 0 where steps are logarithmic", () => {
    const curves = [
      smallCurve({ batchNorm: true, seed: 1, accuracies: { 0: 0.1, 10: 0.2, 900: 0.9 } }),
    ];
    const draw = (scale: "linear" | "logarithmic"): string[] =>
      textsOf(accuracyFigure(summarize(curves), { scale, batchSize: 60 }));
    expect(draw("logarithmic")).toEqual(
      expect.arrayContaining([
        "training steps of 60 examples (logarithmic)",
        "logarithmic steps show the beginning; the axis begins at 20 %",
      ]),
    );
    expect(draw("linear")).toContain("the axis begins at 90 %");
  });

  it("begins its axis at zero where a network is no better than chance", () => {
    const curves = [smallCurve({ batchNorm: false, seed: 1, accuracies: { 0: 0.1, 10: 0.11 } })];
    const texts = textsOf(accuracyFigure(summarize(curves), { scale: "linear", batchSize: 60 }));
    expect(texts.some((text) => text.startsWith("the axis begins"))).toBe(false);
    expect(texts).toContain("20");
  });

  it("promises no band for a single seed", () => {
    const single = summarize([
      smallCurve({ batchNorm: true, seed: 1, accuracies: { 0: 0.1, 9: 1 } }),
    ]);
    const texts = textsOf(accuracyFigure(single, { scale: "linear", batchSize: 60 }));
    expect(texts).toContain("a single seed, so no band");
    expect(texts).not.toContain("without");
  });

  it.each(["linear", "logarithmic"] as const)(
    "draws empty %s axes when nothing was measured",
    (scale) => {
      expect(accuracyFigure([], { scale, batchSize: 60 })).toContain("<svg ");
    },
  );

  it("is the same picture every time, without script, style or handler", () => {
    expect(accuracyFigure(summary, { scale: "linear", batchSize: 60 })).toBe(linear);
    expect(linear).not.toMatch(/<style|<script|class=|ecmeta|\son[a-z]+=|NaN|undefined/u);
    expect(linear).toMatch(/^<svg role="img" aria-label="Test accuracy in percent/u);
  });
});

describe("percentileFigure", () => {
  const options = { batchNorm: true, range: [-2, 3], batchSize: 60 } as const;

  it("names the three percentiles and the network", () => {
    const texts = textsOf(percentileFigure([point(0, -1, 1), point(10, -2, 2)], options));
    expect(texts).toEqual(
      expect.arrayContaining([
        "(c) Sigmoid input, with batch normalization",
        "85th",
        "50th (median)",
        "15th",
        "−2",
        "3",
      ]),
    );
  });

  it("leaves out steps whose percentiles are not finite", () => {
    const complete = [point(0, -1, 1), point(20, -2, 2)];
    const withGap = [point(0, -1, 1), point(10, null, null), point(20, -2, 2)];
    expect(percentileFigure(withGap, options)).toBe(percentileFigure(complete, options));
  });
});

describe("percentileRange", () => {
  it("is one range of whole numbers for all curves", () => {
    expect(percentileRange([[point(0, -1.2, 0.3)], [point(0, -0.5, 2.01)]])).toEqual([-2, 3]);
  });

  it("always holds zero and is never empty", () => {
    expect(percentileRange([[point(0, 1.5, 2)]])).toEqual([0, 2]);
    expect(percentileRange([[point(0, null, null)], []])).toEqual([0, 1]);
  });
});

describe("themed", () => {
  it("lets CSS variables replace every colour, and keeps the neutral one for pages without them", () => {
    const svg = themed(accuracyFigure(summarize(smallCurves), { scale: "linear", batchSize: 60 }));
    expect(svg).toContain(`"var(--figure-with, ${FIGURE_COLORS.withBatchNorm})"`);
    expect(svg).not.toMatch(/="#(?!000")/u);
  });
});

describe("statisticsFigure", () => {
  it("shows every seed and the mean for each kind of statistics, and says where its axis begins", () => {
    const svg = statisticsFigure([
      { movingAverage: 0.91, population: 0.925, pooled: 0.92 },
      { movingAverage: 0.93, population: 0.935, pooled: null },
    ]);

    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(["moving", "population", "pooled", "statistics used"]),
    );
    expect(textsOf(svg).join(" ")).toContain("the axis begins at 91 %");
    // two seeds, two seeds, one seed, and three means
    expect(shapesOf(svg, FIGURE_COLORS.withBatchNorm)).toHaveLength(8);
  });
});
