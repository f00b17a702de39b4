import { EarlyStopping, SpikeDetector } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

const told = (detector: SpikeDetector, losses: readonly number[]) => {
  for (const loss of losses) detector.accept(loss);
  return detector;
};

describe("SpikeDetector", () => {
  it("has no limit before it knows enough losses", () => {
    const detector = told(new SpikeDetector({ warmup: 3 }), [1, 2]);
    expect(detector.limit).toBe(Number.POSITIVE_INFINITY);
  });

  it("is the median plus the threshold in robust standard deviations", () => {
    const detector = told(new SpikeDetector({ warmup: 3, threshold: 2 }), [1, 2, 3, 5, 100]);
    // median 3; deviations 2, 1, 0, 2, 97, of which the median is 2
    expect(detector.limit).toBe(3 + 2 * 1.4826 * 2);
  });

  it("takes the mean of the two in the middle of an even number", () => {
    const detector = told(new SpikeDetector({ warmup: 1, threshold: 1 }), [1, 2, 4, 8]);
    // median 3; deviations 2, 1, 1, 5
    expect(detector.limit).toBe(3 + 1.4826 * 1.5);
  });

  it("allows a thousandth of losses that do not differ", () => {
    const detector = told(new SpikeDetector({ warmup: 1, threshold: 2 }), [5, 5, 5]);
    expect(detector.limit).toBe(5 + 2 * 0.005);
  });

  it("remembers a window of losses, which is all that a run has to save", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 9, noNaN: true })), (losses) => {
        const detector = told(new SpikeDetector({ window: 5, warmup: 2 }), losses);
        const other = new SpikeDetector({ window: 5, warmup: 2 });
        other.restore(detector.losses);
        expect(detector.losses).toEqual(losses.slice(-5));
        expect(other.limit).toBe(detector.limit);
      }),
    );
  });

  it("finds a spike of ten deviations, and none in normal noise", () => {
    // a pseudo-random walk through the quantiles of a normal distribution
    const noise = Array.from({ length: 400 }, (_, i) => 2 + 0.1 * Math.sin(i * 12.9898) * 1.7);
    const detector = new SpikeDetector();
    const spikes = noise.filter((loss) => {
      const isSpike = loss > detector.limit;
      detector.accept(loss);
      return isSpike;
    });
    expect(spikes).toEqual([]);
    expect(detector.limit).toBeLessThan(2 + 20 * 0.1);
  });
});

describe("EarlyStopping", () => {
  const follow = (
    values: readonly number[],
    options: { goal: "min" | "max"; minDelta?: number },
  ) => {
    const stopping = new EarlyStopping({ monitor: "x", patience: 2, ...options });
    const ends = values.findIndex((x, i) => {
      stopping.update({ x }, 10 * (i + 1), i + 1);
      return stopping.isOver;
    });
    return { ends, ...stopping.state };
  };

  it("ends after so many values that are no better", () => {
    expect(follow([3, 2, 2, 1, 1, 1.5, 0], { goal: "min" })).toEqual({
      ends: 5,
      best: { value: 1, step: 40, epoch: 4 },
      waited: 2,
    });
    expect(follow([1, 2, 3], { goal: "max" }).ends).toBe(-1);
  });

  it("does not count a gain up to minDelta", () => {
    expect(follow([1, 1.5, 2, 3], { goal: "max", minDelta: 1 }).ends).toBe(2);
  });

  it("takes NaN for no better than anything", () => {
    expect(follow([Number.NaN, Number.NaN], { goal: "min" })).toEqual({
      ends: 1,
      best: null,
      waited: 2,
    });
    expect(follow([Number.NaN, 5], { goal: "min" }).best?.value).toBe(5);
  });
});

describe("the messages of both", () => {
  it("say what may be given", () => {
    const stopping = { monitor: "x", goal: "min", patience: 1 } as const;
    expect([
      messageOf(() => new SpikeDetector({ threshold: 0 })),
      messageOf(() => new SpikeDetector({ window: 0.5 })),
      messageOf(() => new SpikeDetector({ window: 5, warmup: 6 })),
      messageOf(() => new EarlyStopping({ ...stopping, patience: 0 })),
      messageOf(() => new EarlyStopping({ ...stopping, goal: "low" as "min" })),
      messageOf(() => new EarlyStopping({ ...stopping, minDelta: -1 })),
      messageOf(() => new EarlyStopping(stopping).update({ loss: 1, accuracy: 0 }, 1, 1)),
    ]).toMatchInlineSnapshot(`
      [
        "ValueError: SpikeDetector: threshold is 0. Use a number above 0.",
        "ValueError: SpikeDetector: window is 0.5. Use an integer above 0.",
        "ValueError: SpikeDetector: warmup is 6, but only 5 losses are kept. Use at most the window.",
        "ValueError: EarlyStopping: patience is 0. Use an integer above 0.",
        "ValueError: EarlyStopping: goal is "low". Use "min" for losses and "max" for accuracies.",
        "ValueError: EarlyStopping: minDelta is -1. Use a number of at least 0.",
        "ValueError: EarlyStopping: there is no value "x" among loss, accuracy. Monitor one of them, or return it from \`evaluate\`.",
      ]
    `);
  });
});
