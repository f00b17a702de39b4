import { record, sum, type Tensor, tensor, transaction } from "@tapegrad/autograd";
import { Parameter, SGD } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { refusalOf } from "../oracles/refusal.ts";

const parameterOf = (values: number[]): Parameter => new Parameter(float64(values), { name: "p" });

const velocityOf = (optimizer: SGD, position: number) => {
  return optimizer.stateDict()[`${position}.momentumBuffer`].toArray();
};

describe("SGD", () => {
  it("moves against the gradient by the learning rate", () => {
    const [first, second] = [parameterOf([1, 2]), parameterOf([3])];
    const optimizer = new SGD([first, second], { learningRate: 0.5 });

    optimizer.step([float64([4, -8]), float64([0])]);

    expect(first.value.toArray()).toEqual([-1, 6]);
    expect(second.value.toArray()).toEqual([3]);
    expect([...optimizer.variables().keys()]).toEqual(["groups.0.learningRate"]);
  });

  it("adds the decayed velocity: v = 1, then 0.5 · 1 + 2", () => {
    const p = parameterOf([10]);
    const optimizer = new SGD([p], { learningRate: 1, momentum: 0.5 });

    optimizer.step([float64([1])]);
    optimizer.step([float64([2])]);

    expect(p.value.item()).toBe(10 - 1 - 2.5);
    expect(velocityOf(optimizer, 0)).toEqual([2.5]);
  });

  it("follows a plain loop with any momentum", () => {
    const runs = fc.record({
      start: vectors(3, 5),
      gradients: fc.array(vectors(3, 2), { minLength: 1, maxLength: 6 }),
      learningRate: fc.double({ min: 1e-4, max: 2, noNaN: true }),
      momentum: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(runs, ({ start, gradients, learningRate, momentum }) => {
        const p = new Parameter(tensor(start));
        const optimizer = new SGD([p], { learningRate, momentum });
        const [expected, velocity] = [Float64Array.from(start), new Float64Array(3)];

        for (const gradient of gradients) optimizer.step([tensor(gradient)]);

        for (const gradient of gradients) {
          gradient.forEach((g, i) => {
            velocity[i] = momentum * velocity[i] + g;
            expected[i] -= learningRate * velocity[i];
          });
        }
        expectCloseToArray(p.value, expected, { relativeToLargest: 1e-14, absolute: 1e-14 });
      }),
      { numRuns: 100 },
    );
  });

  it("computes in the dtype of the parameter", () => {
    const p = new Parameter(tensor([1]));

    new SGD([p], { learningRate: 0.1 }).step([tensor([1])]);

    expect(p.value.dtype).toBe("float32");
    expect(p.value.item()).toBe(Math.fround(1 - Math.fround(0.1)));
  });

  it("leaves tensors that were read before a step as they were", () => {
    const p = parameterOf([1]);
    const before = p.value;

    new SGD([p], { learningRate: 1 }).step([float64([1])]);

    expect(before.item()).toBe(1);
  });

  it("takes its steps inside a recording, each on the values of the one before", () => {
    const p = parameterOf([8]);
    const optimizer = new SGD([p], { learningRate: 0.25, momentum: 0.5 });

    record(() => {
      for (let i = 0; i < 2; i++) {
        const tape = record(() => sum(p.value.mul(p.value)));
        optimizer.step(tape.gradient([p]));
      }
      return p.value;
    });

    // v = 16, p = 4; v = 8 + 8, p = 0.
    expect(p.value.item()).toBe(0);
    expect(velocityOf(optimizer, 0)).toEqual([16]);
  });

  it("is rolled back with the transaction around it, velocity included", () => {
    const p = parameterOf([1]);
    const optimizer = new SGD([p], { learningRate: 1, momentum: 0.9 });

    const act = () =>
      transaction(() => {
        optimizer.step([float64([1])]);
        throw new Error("rejected");
      });

    expect(act).toThrow("rejected");
    expect([p.value.item(), velocityOf(optimizer, 0)]).toEqual([1, [0]]);
  });

  const wrong: Record<string, (good: Tensor) => readonly unknown[]> = {
    "one is missing": (good) => [good],
    "a shape differs": (good) => [good, tensor([[1, 1]], { dtype: "float64" })],
    "a shape would broadcast": (good) => [good, float64([1])],
    "a dtype differs": (good) => [good, tensor([1, 1])],
    "one is no tensor": (good) => [good, undefined],
  };
  for (const [reason, gradientsWith] of Object.entries(wrong)) {
    it(`moves no parameter where ${reason}`, () => {
      const parameters = [parameterOf([1, 2]), parameterOf([3, 4])];
      const optimizer = new SGD(parameters, { learningRate: 1, momentum: 0.5 });
      const gradients = gradientsWith(float64([1, 1])) as readonly Tensor[];

      const error = refusalOf(() => optimizer.step(gradients));

      expect(error.name).toBe("GradientError");
      expect(parameters.map((p) => p.value.toArray())).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect([velocityOf(optimizer, 0), velocityOf(optimizer, 1)]).toEqual([
        [0, 0],
        [0, 0],
      ]);
    });
  }
});
