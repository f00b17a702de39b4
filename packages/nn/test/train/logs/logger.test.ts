import { tensor } from "@tapegrad/autograd";
import { histogramOf, MemoryLogger } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../oracles/refusal.ts";

describe("MemoryLogger", () => {
  it("keeps what was logged, and forgets later steps where it is rewound", () => {
    const logger = new MemoryLogger();
    logger.log(1, { loss: 3 });
    logger.log(2, { loss: 2 });
    logger.log(2, { accuracy: 0.5 });
    logger.log(4, { loss: 1 });
    logger.rewind(2);
    logger.log(3, { loss: 1.5 });
    expect(logger.entries).toEqual([
      { step: 1, values: { loss: 3 } },
      { step: 2, values: { loss: 2 } },
      { step: 2, values: { accuracy: 0.5 } },
      { step: 3, values: { loss: 1.5 } },
    ]);
  });

  it("refuses to go back without being rewound", () => {
    const logger = new MemoryLogger();
    logger.log(4, {});
    expect(
      [3, 0.5, -1].map((step) => messageOf(() => logger.log(step, {}))),
    ).toMatchInlineSnapshot(`
      [
        "ValueError: MemoryLogger: step 3 was logged after step 4. Call \`rewind(2)\` first, if the run goes on from there.",
        "ValueError: MemoryLogger: the step is 0.5. Use an integer of at least 0.",
        "ValueError: MemoryLogger: the step is -1. Use an integer of at least 0.",
      ]
    `);
  });
});

describe("histogramOf", () => {
  it("counts by buckets of equal width", () => {
    const histogram = histogramOf(tensor([0, 1, 2, 3, 4, Number.NaN, 4]), { bins: 2 });
    expect(histogram).toEqual({
      min: 0,
      max: 4,
      count: 6,
      sum: 14,
      sumOfSquares: 46,
      limits: [2, 4],
      counts: [3, 3],
    });
  });

  it("has one bucket in use where all numbers are the same", () => {
    expect(histogramOf(tensor([2, 2]), { bins: 3 }).counts).toEqual([2, 0, 0]);
  });

  it("puts every number between the limits of its bucket", () => {
    const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 9 }), (values, bins) => {
        const { limits, counts } = histogramOf(tensor(values, { dtype: "float64" }), { bins });
        const expected = limits.map(
          (limit, i) => values.filter((x) => x <= limit && (i === 0 || x > limits[i - 1])).length,
        );
        expect(counts).toEqual(expected);
      }),
    );
  });

  it("refuses what has no finite number, and no bins", () => {
    expect([
      messageOf(() => histogramOf(tensor([Number.NaN]))),
      messageOf(() => histogramOf(tensor([1]), { bins: 0 })),
    ]).toMatchInlineSnapshot(`
      [
        "ValueError: histogramOf: none of the 1 elements is finite. Look where they come from with \`explainNonFinite\`.",
        "ValueError: histogramOf: bins is 0. Use an integer above 0.",
      ]
    `);
  });
});
