import { compile, tensor, transaction } from "@tapegrad/autograd";
import { Adam, Parameter, PlateauScheduler, Scheduler, SGD, schedules } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { refusalOf } from "../oracles/refusal.ts";

const parameterOf = (): Parameter => new Parameter(float64([0]));
const rates = (optimizer: SGD | Adam): readonly number[] => {
  return optimizer.groups.map(({ learningRate }) => learningRate.value.item());
};

describe("Scheduler", () => {
  it("gives the value of step 0 at once, and the next with every step", () => {
    const optimizer = new SGD([parameterOf()], { learningRate: 8 });
    const scheduler = new Scheduler(optimizer, schedules.exponential({ gamma: 0.5 }));

    const found = Array.from({ length: 3 }, () => {
      scheduler.step();
      return rates(optimizer)[0];
    });

    expect(found).toEqual([4, 2, 1]);
    expect(scheduler.stepCount).toBe(3);
  });

  it("starts each group from its own rate, or follows a schedule for each", () => {
    const groups = [
      { parameters: [parameterOf()] },
      { parameters: [parameterOf()], learningRate: 4 },
    ];
    const [one, each] = [
      new SGD(groups, { learningRate: 8 }),
      new SGD(groups, { learningRate: 8 }),
    ];
    const half = schedules.constant({ factor: 0.5 });

    new Scheduler(one, half);
    new Scheduler(each, [half, {}]);

    expect(rates(one)).toEqual([4, 2]);
    expect(rates(each)).toEqual([4, 4]);
  });

  it("cycles the momentum of SGD, and β₁ of Adam", () => {
    const optimizers = [
      new SGD([parameterOf()], { learningRate: 1, momentum: 0.5 }),
      new Adam([parameterOf()]),
    ];

    for (const optimizer of optimizers) {
      const scheduler = new Scheduler(optimizer, schedules.cyclic({ min: 1, max: 2, up: 2 }));
      scheduler.step();

      expect(optimizer.groups[0].momentum?.value.item()).toBeCloseTo(0.85, 14);
      expect(rates(optimizer)).toEqual([1.5]);
    }
  });

  it("changes the rate of a compiled step without compiling it again", () => {
    const p = parameterOf();
    const optimizer = new SGD([p], { learningRate: 1 });
    const scheduler = new Scheduler(optimizer, schedules.exponential({ gamma: 0.5 }));
    let runs = 0;
    const step = compile(() => {
      runs++;
      optimizer.step([float64([1])]);
    });

    for (let i = 0; i < 4; i++) {
      step();
      scheduler.step();
    }

    expect(p.value.item()).toBe(-(1 + 0.5 + 0.25 + 0.125));
    expect(runs).toBe(1);
  });

  it("resumes where its state was saved, from the base rate and not from the present one", () => {
    const schedule = schedules.cosine({ steps: 10 });
    const first = new SGD([parameterOf()], { learningRate: 0.1 });
    const scheduler = new Scheduler(first, schedule);
    for (let i = 0; i < 4; i++) scheduler.step();
    const second = new SGD([parameterOf()], { learningRate: 7 });
    const resumed = new Scheduler(second, schedule);

    resumed.loadStateDict(scheduler.stateDict());
    expect(rates(second)).toEqual(rates(first));
    scheduler.step();
    resumed.step();

    expect(rates(second)).toEqual(rates(first));
  });

  it("refuses to be compiled: its schedule is no part of a program", () => {
    const optimizer = new SGD([parameterOf()], { learningRate: 1 });
    const scheduler = new Scheduler(optimizer, schedules.exponential({ gamma: 0.5 }));

    const error = refusalOf(() => compile(() => scheduler.step())());

    expect(error.name).toBe("ValueError");
    expect([scheduler.stepCount, ...rates(optimizer)]).toEqual([0, 1]);
  });

  it("is rolled back with a transaction", () => {
    const optimizer = new SGD([parameterOf()], { learningRate: 1 });
    const scheduler = new Scheduler(optimizer, schedules.exponential({ gamma: 0.5 }));

    expect(() =>
      transaction(() => {
        scheduler.step();
        throw new Error("rejected");
      }),
    ).toThrow("rejected");

    expect([scheduler.stepCount, ...rates(optimizer)]).toEqual([0, 1]);
  });
});

describe("PlateauScheduler", () => {
  const run = (
    metrics: readonly number[],
    options: ConstructorParameters<typeof PlateauScheduler>[1],
  ): readonly number[] => {
    const optimizer = new SGD([parameterOf()], { learningRate: 1 });
    const scheduler = new PlateauScheduler(optimizer, options);
    return metrics.map((metric) => {
      scheduler.step(metric);
      return rates(optimizer)[0];
    });
  };

  it("lowers the rate after more than `patience` steps without a better metric", () => {
    const found = run([5, 5, 5, 4, 4, 4, 4], { factor: 0.5, patience: 1 });

    expect(found).toEqual([1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]);
  });

  it("takes only what is better by the threshold, of its own kind and direction", () => {
    const options = { factor: 0.5, patience: 0, threshold: 0.5 };

    expect(run([8, 5], options)).toEqual([1, 0.5]);
    expect(run([8, 3.9], options)).toEqual([1, 1]);
    expect(run([8, 7.4], { ...options, thresholdMode: "absolute" })).toEqual([1, 1]);
    expect(run([8, 11], { ...options, mode: "max" })).toEqual([1, 0.5]);
    expect(run([8, 13], { ...options, mode: "max" })).toEqual([1, 1]);
  });

  it("waits out a cooldown, stops at the least rate, and leaves out changes that are too small", () => {
    const bad = Array.from({ length: 6 }, () => 1);

    expect(run(bad, { factor: 0.5, patience: 0, cooldown: 2 })).toEqual([
      1, 0.5, 0.5, 0.5, 0.25, 0.25,
    ]);
    expect(run(bad, { factor: 0.5, patience: 0, min: 0.2 })).toEqual([1, 0.5, 0.25, 0.2, 0.2, 0.2]);
    expect(run(bad, { factor: 0.5, patience: 0, epsilon: 0.3 })).toEqual([
      1, 0.5, 0.5, 0.5, 0.5, 0.5,
    ]);
  });

  it("counts NaN as not better, and takes a tensor", () => {
    expect(run([1, Number.NaN, Number.NaN], { factor: 0.5, patience: 1 })).toEqual([1, 1, 0.5]);
    const optimizer = new SGD([parameterOf()], { learningRate: 1 });
    const scheduler = new PlateauScheduler(optimizer, { patience: 0 });

    for (let i = 0; i < 2; i++) scheduler.step(tensor(3));

    expectCloseToArray(rates(optimizer), [0.1], { relativeToLargest: 1e-15 });
  });

  it("resumes with its best metric and its counts", () => {
    const [a, b] = [1, 2].map(() => new SGD([parameterOf()], { learningRate: 1 }));
    const [first, second] = [a, b].map((o) => new PlateauScheduler(o, { patience: 1 }));
    for (const metric of [2, 3]) first.step(metric);

    second.loadStateDict(first.stateDict());
    second.step(2.5);

    expectCloseToArray(rates(b), [0.1], { relativeToLargest: 1e-15 });
  });
});
