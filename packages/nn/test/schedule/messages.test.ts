import { zeros } from "@tapegrad/autograd";
import { Parameter, PlateauScheduler, Scheduler, SGD, schedules } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

// The messages of schedules: see ../messages.test.ts.

const optimizer = new SGD([new Parameter(zeros([3]))], { learningRate: 1 });
const asMode = (text: string) => text as "min";

describe("the messages of schedules", () => {
  it("refuse a number of steps that is none", () => {
    expect(messageOf(() => schedules.cosine({ steps: 0.5 }))).toMatchInlineSnapshot(
      `"ValueError: cosine: steps is 0.5. Use an integer above 0."`,
    );
  });

  it("refuse a negative rate", () => {
    expect(messageOf(() => schedules.cyclic({ max: -1 }))).toMatchInlineSnapshot(
      `"ValueError: cyclic: max is -1. Use a number from 0 up."`,
    );
  });

  it("refuse a part of the cycle above 1", () => {
    expect(
      messageOf(() => schedules.oneCycle({ max: 1, steps: 9, rising: 2 })),
    ).toMatchInlineSnapshot(`"ValueError: oneCycle: rising is 2. Use a number from 0 to 1."`);
  });

  it("refuse a divisor of 0", () => {
    expect(
      messageOf(() => schedules.oneCycle({ max: 1, steps: 9, divisor: 0 })),
    ).toMatchInlineSnapshot(`"ValueError: oneCycle: divisor is 0. Use a positive number."`);
  });

  it("refuse milestones that do not fit", () => {
    const warm = schedules.linear();
    expect(
      messageOf(() => schedules.sequential({ schedules: [warm, warm], milestones: [4, 2] })),
    ).toMatchInlineSnapshot(
      `"ValueError: sequential: got 2 schedules and milestones [4, 2]. Use ascending milestones above 0, one less than there are schedules."`,
    );
  });
});

describe("the messages of Scheduler", () => {
  it("refuses another number of schedules", () => {
    expect(messageOf(() => new Scheduler(optimizer, []))).toMatchInlineSnapshot(
      `"ValueError: Scheduler: got 0 schedules for 1 groups of parameters. Pass one for each group, or one for all."`,
    );
  });

  it("refuses to schedule a momentum that there is not", () => {
    expect(
      messageOf(() => new Scheduler(optimizer, schedules.cyclic({ max: 2 }))),
    ).toMatchInlineSnapshot(
      `"ValueError: Scheduler: the schedule has a momentum, but group 0 has none. Make the optimiser with a momentum above 0, or the schedule with \`momentum: null\`."`,
    );
  });

  it("refuses a rate that is no rate", () => {
    expect(messageOf(() => new Scheduler(optimizer, (_, base) => base / 0))).toMatchInlineSnapshot(
      `"ValueError: Scheduler: the schedule gives Infinity as the learningRate of step 0. Give a number from 0 up."`,
    );
  });
});

describe("the messages of PlateauScheduler", () => {
  it("refuses a factor of 1", () => {
    expect(messageOf(() => new PlateauScheduler(optimizer, { factor: 1 }))).toMatchInlineSnapshot(
      `"ValueError: PlateauScheduler: factor is 1. Use a number from 0 to below 1."`,
    );
  });

  it("refuses a patience that is no count", () => {
    expect(
      messageOf(() => new PlateauScheduler(optimizer, { patience: -1 })),
    ).toMatchInlineSnapshot(
      `"ValueError: PlateauScheduler: patience is -1. Use an integer from 0 up."`,
    );
  });

  it("refuses a mode that it does not know", () => {
    expect(
      messageOf(() => new PlateauScheduler(optimizer, { mode: asMode("least") })),
    ).toMatchInlineSnapshot(`"ValueError: PlateauScheduler: mode is "least". Use "min" or "max"."`);
  });

  it("refuses another number of least rates", () => {
    expect(messageOf(() => new PlateauScheduler(optimizer, { min: [0, 1] }))).toMatchInlineSnapshot(
      `"ValueError: PlateauScheduler: got 2 least rates for 1 groups of parameters. Pass one for each group, or one for all."`,
    );
  });
});
