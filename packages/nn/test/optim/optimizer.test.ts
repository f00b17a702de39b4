import { compile, record, sum, type Tensor, tensor, transaction } from "@tapegrad/autograd";
import { Adam, type GroupOptions, Parameter, RMSprop, SGD, type SGDOptions } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { refusalOf } from "../oracles/refusal.ts";

const parameterOf = (values: number[]): Parameter => new Parameter(float64(values), { name: "p" });
const scalar = (value: number): Tensor => tensor(value, { dtype: "float64" });

describe("parameter groups", () => {
  it("have options of their own beside the common ones, and an order of gradients", () => {
    const [a, b, c] = [parameterOf([1]), parameterOf([1]), parameterOf([1])];
    const groups = [
      { parameters: [c] },
      { parameters: [a, b], learningRate: 0.25, weightDecay: 1 },
    ];

    const optimizer = new SGD(groups, { learningRate: 0.5 });
    optimizer.step([float64([1]), float64([1]), float64([0])]);

    expect(optimizer.parameters).toEqual([c, a, b]);
    expect([c, a, b].map((p) => p.value.item())).toEqual([0.5, 0.5, 0.75]);
  });

  it("may be empty, but not all of them", () => {
    const p = parameterOf([1]);
    const none: GroupOptions<Required<SGDOptions>> = { parameters: [] };

    expect(new SGD([none, { parameters: [p] }], { learningRate: 1 }).parameters).toEqual([p]);
    expect(refusalOf(() => new SGD([none], { learningRate: 1 })).name).toBe("ValueError");
  });

  it("refuse a parameter twice, before any step", () => {
    const p = parameterOf([1]);

    const error = refusalOf(() => new Adam([{ parameters: [p] }, { parameters: [p] }]));

    expect(error.details).toEqual({ position: 1, name: "p" });
  });
});

describe("a gradient that is null", () => {
  it("leaves the parameter, its slots and its count of steps as they are", () => {
    const [a, b] = [parameterOf([1]), parameterOf([1])];
    const optimizer = new Adam([a, b], { learningRate: 0.1, weightDecay: 0.5 });
    optimizer.step([float64([1]), float64([1])]);
    const before = optimizer.stateDict();
    const value = b.value;

    optimizer.step([float64([1]), null]);

    expect(b.value).toBe(value);
    const after = optimizer.stateDict();
    for (const slot of ["step", "expAvg", "expAvgSq"]) {
      expect(after[`1.${slot}`], slot).toBe(before[`1.${slot}`]);
    }
    expect([after["0.step"], after["1.step"]].map((step) => step.item())).toEqual([2, 1]);
  });

  it("is allowed in a compiled step, which then is another program", () => {
    const [a, b] = [parameterOf([1]), parameterOf([1])];
    const optimizer = new SGD([a, b], { learningRate: 0.5, momentum: 0.5 });
    const step = compile((gradients: readonly (Tensor | null)[]) => optimizer.step(gradients));

    step([float64([1]), float64([1])]);
    step([null, float64([0])]);
    step([float64([0]), null]);

    // 1 - 0.5 · 1 - 0.5 · 0.5, once each
    expect([a, b].map((p) => p.value.item())).toEqual([0.25, 0.25]);
  });
});

it("`maximize` negates gradients before the decay is added", () => {
  const [down, up] = [parameterOf([3, -2]), parameterOf([3, -2])];
  const options = { learningRate: 0.1, weightDecay: 0.5 };
  const [descent, ascent] = [
    new Adam([down], options),
    new Adam([up], { ...options, maximize: true }),
  ];

  for (const gradient of [float64([1, -2]), float64([0.5, 3])]) {
    descent.step([gradient]);
    ascent.step([gradient.neg()]);
  }

  expectCloseToArray(up.value, down.value, { relativeToLargest: 1e-14 });
});

describe("learning rate and momentum", () => {
  it("are variables: a compiled step sees what is assigned, and is not compiled again", () => {
    const p = parameterOf([8]);
    const optimizer = new SGD([p], { learningRate: 1, momentum: 0.5 });
    let runs = 0;
    const step = compile((gradient: Tensor) => {
      runs++;
      optimizer.step([gradient]);
    });
    const [{ learningRate, momentum }] = optimizer.groups;

    step(float64([1]));
    learningRate.assign(scalar(0.5));
    momentum?.assign(scalar(0));
    step(float64([2]));

    expect(p.value.item()).toBe(8 - 1 - 0.5 * 2);
    expect(runs).toBe(1);
  });

  it("are not rounded to float32 on the way to float64 parameters", () => {
    const p = parameterOf([1]);

    new SGD([p], { learningRate: 0.1 }).step([float64([1])]);

    expect(p.value.item()).toBe(1 - 0.1);
  });

  it("have derivatives: that of the loss after a step by the rate of the step", () => {
    const p = parameterOf([3]);
    const optimizer = new SGD([p], { learningRate: 0.25 });
    const loss = () => p.value.square().sum();

    const tape = record(() => {
      optimizer.step(record(loss).gradient([p]));
      return loss();
    });

    // p = 3 - rate · 6, so the loss is 9 (1 - 2 rate)²
    const [{ learningRate }] = optimizer.groups;
    expect(tape.gradient([learningRate])[0].item()).toBe(-18);
  });

  it("gives β₁ of Adam as the momentum, and none where there is none", () => {
    const p = parameterOf([1]);

    expect(new Adam([p], { betas: [0.75, 0.9] }).groups[0].momentum?.value.item()).toBe(0.75);
    expect(new RMSprop([p]).groups[0].momentum).toBe(null);
  });
});

describe("the state of an optimiser", () => {
  const run = (): { readonly p: Parameter; readonly optimizer: Adam } => {
    const p = parameterOf([1, -2]);
    return { p, optimizer: new Adam([p], { learningRate: 0.1, amsgrad: true }) };
  };

  it("is named by group, by position and by slot", () => {
    const { optimizer } = run();

    expect([...optimizer.variables().keys()]).toEqual([
      "groups.0.learningRate",
      "groups.0.momentum",
      "0.step",
      "0.expAvg",
      "0.expAvgSq",
      "0.maxExpAvgSq",
    ]);
  });

  it("resumes a run to the same bits", () => {
    const [first, second] = [run(), run()];
    for (let i = 0; i < 3; i++) first.optimizer.step([float64([i, -1])]);
    second.p.assign(first.p.value);
    second.optimizer.loadStateDict(first.optimizer.stateDict());

    for (const { optimizer } of [first, second]) optimizer.step([float64([1, 1])]);

    expect(second.p.value.toArray()).toEqual(first.p.value.toArray());
  });

  it("is taken whole or not at all", () => {
    const { optimizer } = run();
    const { "0.step": _, ...others } = optimizer.stateDict();
    const changed = { ...others, "groups.0.learningRate": scalar(5) };

    const error = refusalOf(() => optimizer.loadStateDict(changed));

    expect(error.name).toBe("ValueError");
    expect(optimizer.groups[0].learningRate.value.item()).toBe(0.1);
  });

  it("is rolled back with a transaction, and so is the count of steps", () => {
    const { optimizer, p } = run();
    const before = { ...optimizer.stateDict(), p: p.value };

    expect(() =>
      transaction(() => {
        optimizer.step([float64([1, 1])]);
        throw new Error("rejected");
      }),
    ).toThrow("rejected");

    expect({ ...optimizer.stateDict(), p: p.value }).toEqual(before);
  });

  it("is committed once from inside a recording of two steps", () => {
    const { optimizer, p } = run();

    record(() => {
      for (let i = 0; i < 2; i++) {
        const tape = record(() => sum(p.value.mul(p.value)));
        optimizer.step(tape.gradient(optimizer.parameters));
      }
      return p.value;
    });

    expect(optimizer.stateDict()["0.step"].item()).toBe(2);
  });
});
