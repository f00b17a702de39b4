import { describe, expect, it } from "vitest";
import { renderTable } from "../../../src/experiments/figure-1/table.ts";
import { smallCurve, smallCurves, smallResults } from "../small-results.ts";

describe("renderTable", () => {
  it("shows mean and spread by step and by kind of statistics", () => {
    expect(renderTable(smallResults())).toMatchInlineSnapshot(`
      "Test accuracy in percent, mean ± sd of 2 seeds

         step   with batch norm        without     lead
            0      11.00 ± 1.41   11.00 ± 1.41     0.00
          100      91.00 ± 1.41   32.00 ± 2.83   +59.00
        1,000      95.00 ± 1.41   91.00 ± 1.41    +4.00

      After the last step, mean ± sd of 2 seeds

        with, moving averages         95.00 ± 1.41
        with, population statistics   95.10 ± 1.41
        with, pooled statistics       95.20 ± 1.41
        without                       91.00 ± 1.41
      "
    `);
  });

  it("shows no spread for a single seed", () => {
    const curves = smallCurves.filter(({ seed }) => seed === 1);
    expect(renderTable(smallResults({ curves }))).toMatchInlineSnapshot(`
      "Test accuracy in percent, one seed

         step   with batch norm   without     lead
            0             10.00     10.00     0.00
          100             92.00     30.00   +62.00
        1,000             96.00     90.00    +6.00

      After the last step, one seed

        with, moving averages         96.00
        with, population statistics   96.10
        with, pooled statistics       96.20
        without                       90.00
      "
    `);
  });

  it("shows dashes for what an interrupted run did not measure, and a lead that is none with a minus", () => {
    const curves = [
      smallCurve({ batchNorm: false, seed: 1, accuracies: { 100: 0.5, 200: 0.9 } }),
      smallCurve({ batchNorm: false, seed: 2, accuracies: { 100: 0.7 } }),
      smallCurve({ batchNorm: true, seed: 1, accuracies: { 100: 0.4 } }),
    ];
    expect(renderTable(smallResults({ curves }))).toMatchInlineSnapshot(`
      "Test accuracy in percent, mean ± sd of up to 2 seeds

        step   with batch norm         without     lead
         100             40.00   60.00 ± 14.14   −20.00
         200                 –           90.00        –

      After the last step, mean ± sd of up to 2 seeds

        with, moving averages                 40.00
        with, population statistics           40.10
        with, pooled statistics               40.20
        without                       80.00 ± 14.14
      "
    `);
  });

  it("chooses round steps where there are many and says so", () => {
    const accuracies = Object.fromEntries(
      Array.from({ length: 101 }, (_, index) => [50 * index, index / 101]),
    );
    const curves = [smallCurve({ batchNorm: true, seed: 1, accuracies })];
    const table = renderTable(smallResults({ curves }));
    expect(table).toContain("(8 of 101 measured steps; results.json has all)");
  });
});
