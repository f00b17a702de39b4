import { type Tensor, tensor, vjp } from "@tapegrad/autograd";
import { ReLU, Sigmoid } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

describe("Sigmoid", () => {
  it("is 1 / (1 + exp(-x)), with derivative y (1 - y)", () => {
    const layer = new Sigmoid();
    const { output, pullback } = vjp((x: Tensor) => layer.forward(x), float64([0, Math.log(3)]));

    const [xBar] = pullback(float64([4, -16]));

    expectCloseToArray(output, [0.5, 0.75], { absolute: 1e-15 });
    expectCloseToArray(xBar, [1, -3], { absolute: 1e-14 });
  });

  it("is finite, derivative included, at both ends of float32", () => {
    const ends = tensor([-3e38, -1000, 100, 3e38]);
    const { output, pullback } = vjp((x: Tensor) => new Sigmoid().forward(x), ends);

    const [xBar] = pullback(tensor([1, 1, 1, 1]));

    expect(output.toArray()).toEqual([0, 0, 1, 1]);
    expect(xBar.toArray()).toEqual([0, 0, 0, 0]);
  });

  it("holds no state", () => {
    expect(new Sigmoid().stateDict()).toEqual({});
  });
});

describe("ReLU", () => {
  it("is max(x, 0), with derivative 0 at 0", () => {
    const { output, pullback } = vjp((x: Tensor) => new ReLU().forward(x), tensor([-2, -0, 0, 3]));

    const [xBar] = pullback(tensor([5, 6, 7, 8]));

    expectCloseToArray(output, [0, 0, 0, 3], {});
    expectCloseToArray(xBar, [0, 0, 0, 8], {});
  });

  it("lets NaN through", () => {
    expect(new ReLU().forward(tensor([Number.NaN])).item()).toBeNaN();
  });

  it("holds no state", () => {
    expect(new ReLU().stateDict()).toEqual({});
  });
});
