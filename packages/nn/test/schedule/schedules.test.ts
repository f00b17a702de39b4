import type { Schedule } from "@tapegrad/nn";
import { schedules } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

/** The values of steps 0 to `count` - 1, of a base of 1 unless another is given. */
const values = (schedule: Schedule | undefined, count: number, base = 1): number[] => {
  return Array.from({ length: count }, (_, step) => schedule?.(step, base) ?? Number.NaN);
};

const close = { absolute: 1e-15 };

describe("schedules that fall or rise once", () => {
  it("constant: a part of the base, then the base", () => {
    expect(values(schedules.constant({ factor: 0.5, steps: 2 }), 4, 8)).toEqual([4, 4, 8, 8]);
  });

  it("linear: in equal steps, then level", () => {
    const schedule = schedules.linear({ start: 0.25, end: 0.75, steps: 2 });

    expect(values(schedule, 4)).toEqual([0.25, 0.5, 0.75, 0.75]);
  });

  it("polynomial: to 0", () => {
    expect(values(schedules.polynomial({ steps: 4, power: 2 }), 6, 16)).toEqual([
      16, 9, 4, 1, 0, 0,
    ]);
  });

  it("step: every so many steps", () => {
    expect(values(schedules.step({ every: 2, gamma: 0.5 }), 5)).toEqual([1, 1, 0.5, 0.5, 0.25]);
  });

  it("multiStep: at milestones, twice at one that is named twice", () => {
    const schedule = schedules.multiStep({ milestones: [3, 1, 3], gamma: 0.5 });

    expect(values(schedule, 5)).toEqual([1, 0.5, 0.5, 0.125, 0.125]);
  });

  it("exponential: a power", () => {
    expect(values(schedules.exponential({ gamma: 0.5 }), 3)).toEqual([1, 0.5, 0.25]);
  });

  it("cosine: to the least rate, and up again", () => {
    const schedule = schedules.cosine({ steps: 2, min: 0.5 });

    expectCloseToArray(values(schedule, 6), [1, 0.75, 0.5, 0.75, 1, 0.75], close);
  });
});

describe("schedules in cycles", () => {
  it("warmRestarts: each period longer than the one before", () => {
    const schedule = schedules.warmRestarts({ steps: 2, growth: 2 });
    const half = Math.SQRT1_2 / 2;

    const period = [1, 0.5 + half, 0.5, 0.5 - half];
    expectCloseToArray(values(schedule, 7), [1, 0.5, ...period, 1], close);
    expectCloseToArray(values(schedules.warmRestarts({ steps: 2 }), 4), [1, 0.5, 1, 0.5], close);
  });

  it("cyclic: triangles, and the momentum against them", () => {
    const { learningRate, momentum } = schedules.cyclic({ min: 1, max: 5, up: 2, down: 4 });

    expectCloseToArray(values(learningRate, 9), [1, 3, 5, 4, 3, 2, 1, 3, 5], close);
    expectCloseToArray(values(momentum, 4), [0.9, 0.85, 0.8, 0.825], close);
  });

  it("cyclic: lower each time, by one of three rules, above the base where no least rate is given", () => {
    const tops = (options: Partial<schedules.CyclicOptions>): readonly number[] => {
      const { learningRate } = schedules.cyclic({ max: 5, up: 1, momentum: null, ...options });
      return values(learningRate, 6).filter((_, step) => step % 2 === 1);
    };

    expectCloseToArray(tops({ shape: "triangular2" }), [5, 3, 2], close);
    expectCloseToArray(tops({ shape: "exponential", gamma: 0.5 }), [3, 1.5, 1.125], close);
    expectCloseToArray(tops({ shape: (cycle) => 1 / cycle }), [5, 3, 1 + 4 / 3], close);
  });

  it("oneCycle: up by a third of the way, down far below, then level", () => {
    const { learningRate, momentum } = schedules.oneCycle({
      max: 4,
      steps: 7,
      rising: 3 / 7,
      divisor: 4,
      finalDivisor: 10,
      anneal: "linear",
    });

    const fall = [4 - 3.9 / 4, 4 - 3.9 / 2, 4 - (3.9 * 3) / 4, 0.1, 0.1];
    expectCloseToArray(values(learningRate, 8), [1, 2.5, 4, ...fall], { absolute: 1e-14 });
    expectCloseToArray(values(momentum, 8), [0.95, 0.9, 0.85, 0.875, 0.9, 0.925, 0.95, 0.95], {
      absolute: 1e-14,
    });
  });

  it("oneCycle: with cosines and in three phases passes the same knots", () => {
    const { learningRate, momentum } = schedules.oneCycle({
      max: 4,
      steps: 9,
      rising: 1 / 3,
      divisor: 4,
      threePhases: true,
      momentum: null,
    });

    const knots = [learningRate?.(0, 9), learningRate?.(2, 9), learningRate?.(4, 9)];
    expectCloseToArray(knots.map(Number), [1, 4, 1], { absolute: 1e-14 });
    expectCloseToArray([learningRate?.(3, 9) ?? 0], [2.5], { absolute: 1e-14 });
    expect(learningRate?.(8, 9)).toBe(1e-4);
    expect(momentum).toBe(undefined);
  });

  it("oneCycle: may begin at its top", () => {
    const { learningRate } = schedules.oneCycle({ max: 2, steps: 4, rising: 0.25 });

    expect(learningRate?.(0, 1)).toBe(2);
  });
});

describe("schedules of schedules", () => {
  it("sequential: each from its own step 0", () => {
    const schedule = schedules.sequential({
      schedules: [schedules.linear({ start: 0, steps: 2 }), schedules.exponential({ gamma: 0.5 })],
      milestones: [2],
    });

    expect(values(schedule, 5, 4)).toEqual([0, 2, 4, 2, 1]);
  });

  it("chained: factors are multiplied", () => {
    const halves = schedules.exponential({ gamma: 0.5 });

    expect(
      values(schedules.chained(halves, schedules.constant({ factor: 0.5, steps: 2 })), 4),
    ).toEqual([0.5, 0.25, 0.25, 0.125]);
  });

  it("warmUp: rises, then follows another", () => {
    const after = schedules.exponential({ gamma: 0.5 });

    const found = values(schedules.warmUp({ steps: 3, after }), 6);
    expectCloseToArray(found, [0.25, 0.5, 0.75, 1, 0.5, 0.25], close);
    expectCloseToArray(values(schedules.warmUp({ steps: 2, start: 0 }), 4), [0, 0.5, 1, 1], close);
  });
});

/** One step of PyTorch's chainable forms, which multiply the rate of the step before. */
type Recursion = (rate: number, step: number, base: number) => number;

const recursions = fc.integer({ min: 2, max: 12 }).chain((steps) => {
  const numbers = fc.record({
    start: fc.double({ min: 0.05, max: 1, noNaN: true }),
    min: fc.double({ min: 0, max: 0.5, noNaN: true }),
    base: fc.double({ min: 0.6, max: 2, noNaN: true }),
  });
  return numbers.map(({ start, min, base }) => ({ steps, start, min, base }));
});

const cosineRecursion =
  (steps: number, min: number): Recursion =>
  (rate, step, base) => {
    const top = (step - 1 - steps) % (2 * steps) === 0;
    if (top) return rate + ((base - min) * (1 - Math.cos(Math.PI / steps))) / 2;
    const ratio =
      (1 + Math.cos((Math.PI * step) / steps)) / (1 + Math.cos((Math.PI * (step - 1)) / steps));
    return ratio * (rate - min) + min;
  };

const linearRecursion =
  (steps: number, start: number): Recursion =>
  (rate, step) => {
    if (step > steps) return rate;
    return rate * (1 + (1 - start) / (steps * start + (step - 1) * (1 - start)));
  };

it("cosine and linear have the sequences of PyTorch's recursions", () => {
  fc.assert(
    fc.property(recursions, ({ steps, start, min, base }) => {
      const pairs: readonly [Schedule, number, Recursion][] = [
        [schedules.cosine({ steps, min }), base, cosineRecursion(steps, min)],
        [schedules.linear({ start, steps }), base * start, linearRecursion(steps, start)],
      ];
      for (const [schedule, first, next] of pairs) {
        const expected = [first];
        for (let step = 1; step < 30; step++) {
          expected.push(next(expected[step - 1], step, base));
        }
        expectCloseToArray(values(schedule, 30, base), expected, { relativeToLargest: 1e-11 });
      }
    }),
  );
});
