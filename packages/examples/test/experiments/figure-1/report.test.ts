import { describe, expect, it } from "vitest";
import { renderReport } from "../../../src/experiments/figure-1/report.ts";
import { smallCurve, smallCurves, smallResults } from "../small-results.ts";

const visibleText = (report: string): string =>
  report
    .replace(/<style\b.*?<\/style>|<svg\b.*?<\/svg>/gsu, " ")
    .replace(/<[^>]*>/gu, " ")
    .replace(/\s+/gu, " ");

describe("renderReport", () => {
  const report = renderReport(smallResults());

  it("loads nothing and runs nothing", () => {
    expect(report).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\son[a-z]+=/u);
    const addresses = [...report.matchAll(/(?:href|src)="([^"]*)"/gu)].map(
      ([, address]) => address,
    );
    expect(addresses).toEqual(["https://arxiv.org/abs/1502.03167"]);
  });

  it("is made for phones and for dark rooms", () => {
    expect(report).toContain(
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
    );
    expect(report).toContain("@media (prefers-color-scheme: dark)");
  });

  it("names the claim and its source, and what this run says about it", () => {
    const text = visibleText(report);
    expect(text).toContain("In section 4.1 and figure 1 the authors train");
    expect(text).toContain("S. Ioffe and C. Szegedy");
    expect(text).toContain("at every one of the 2 measured steps after step 0 (mean of 2 seeds)");
  });

  it("can say that the claim did not hold", () => {
    const curves = smallCurves.map((curve) => ({ ...curve, batchNorm: !curve.batchNorm }));
    expect(visibleText(renderReport(smallResults({ curves })))).toContain("was not ahead at any");
  });

  it("holds the five panels, each with identifiers of its own", () => {
    expect(report.match(/<svg /gu)).toHaveLength(5);
    const identifiers = [...report.matchAll(/\sid="([^"]*)"/gu)].map(([, id]) => id);
    expect(new Set(identifiers).size).toBe(identifiers.length);
  });

  it("holds the tables, the settings, the seeds and the machine", () => {
    const text = visibleText(report);
    expect(text).toContain("100 91.00 ± 1.41 32.00 ± 2.83 +59.00");
    expect(text).toContain("seed 2 94.00 94.10 94.20");
    expect(text).toContain("learning rate 0.5");
    expect(text).toContain("seeds 1, 2");
    expect(text).toContain("time per step, with 2.00 ms");
    expect(text).toContain("2026-01-02 03:04 UTC");
  });

  it("escapes what comes from the machine", () => {
    expect(report).toContain("A &lt;fast&gt; processor, 4 threads");
  });

  it("says plainly that the built-in digits are not MNIST", () => {
    const data = { ...smallResults().data, kind: "built-in digits" } as const;
    expect(visibleText(renderReport(smallResults({ data })))).toContain(
      "These data are not MNIST.",
    );
    expect(visibleText(report)).not.toContain("not MNIST");
  });

  it("folds a long table and keeps all of it", () => {
    const accuracies = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [20 * index, index / 50]),
    );
    const curves = [smallCurve({ batchNorm: true, seed: 1, accuracies })];
    const long = renderReport(smallResults({ curves }));
    expect(long).toContain("<summary>All 50 measured steps</summary>");
    expect(long).toContain('<th scope="row">980</th>');
  });

  it("can be made of one network only, or of none", () => {
    const plain = smallCurves.filter(({ batchNorm }) => !batchNorm);
    for (const curves of [plain, []]) {
      const partial = renderReport(smallResults({ curves }));
      expect(partial).toContain("Nothing can be compared");
      expect(partial).not.toMatch(/NaN|undefined|Infinity/u);
    }
  });
});
