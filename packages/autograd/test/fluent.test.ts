import * as autograd from "@tapegrad/autograd";
import { Tensor, tensor } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import * as methods from "../src/ops/methods.ts";

const x = tensor([[0.25, -0.5], [1, 2]]); // biome-ignore format: rows
const y = tensor([[2, 1], [0.5, 4]]); // biome-ignore format: rows

/** The arguments after the first, for the operations that need some. */
const REST: Readonly<Record<string, readonly unknown[]>> = {
  ...Object.fromEntries(
    "add sub mul div pow maximum minimum matMul equal notEqual less lessEqual greater greaterEqual"
      .split(" ")
      .map((name) => [name, [y]]),
  ),
  cast: ["int32"],
  reshape: [[4]],
  expandDims: [1],
  broadcastTo: [[3, 2, 2]],
  slice: [{ starts: [0, 1], sizes: [2, 1] }],
  pad: [{ before: [1, 0], after: [0, 0] }],
  gather: [tensor([1, 1], { dtype: "int32" }), { axis: 1 }],
  sum: [{ axes: 0 }],
  conv2d: [y.reshape([1, 1, 2, 2])],
  convTranspose2d: [y.reshape([1, 1, 2, 2])],
  maxPool2d: [{ kernelSize: 2 }],
  avgPool2d: [{ kernelSize: [1, 2] }],
  ...Object.fromEntries(
    "neg sqrt exp log abs sign sin cos tanh sigmoid erf floor square relu stopGradient mean variance std max min softmax logSoftmax logSumExp argMax flatten squeeze transpose view isnan cumsum sort var"
      .split(" ")
      .map((name) => [name, []]),
  ),
  view: [[4]],
  cumsum: [{ axis: 0 }],
};

/** The tensor itself, for the operations that need one of another shape. */
const SELF: Readonly<Record<string, Tensor>> = {
  conv2d: x.reshape([1, 2, 2]),
  convTranspose2d: x.reshape([1, 2, 2]),
};

const print = (result: unknown): string =>
  JSON.stringify(result, (_, value: unknown) => (value instanceof Tensor ? String(value) : value));

describe("the methods of a tensor", () => {
  it.each(Object.keys(methods))("have public functions of the same name: %s", (name) => {
    expect(Reflect.get(Tensor.prototype, name)).toBeTypeOf("function");
    expect(Reflect.get(autograd, name)).toBe(Reflect.get(methods, name));
  });

  it.each(Object.keys(REST))("are these functions, applied to the tensor: %s", (name) => {
    type Operation = (x: Tensor, ...rest: readonly unknown[]) => unknown;
    const operation = Reflect.get(autograd, name) as Operation;
    const self = SELF[name] ?? x;
    const method = Reflect.get(self, name) as (...rest: readonly unknown[]) => unknown;

    const result = method.apply(self, [...REST[name]]);

    expect(print(result)).toBe(print(operation(self, ...REST[name])));
  });

  it("give both transposes as fields", () => {
    expect(x.T.toArray()).toEqual(x.transpose().toArray());
    expect(x.mT.toArray()).toEqual(x.transpose(-2, -1).toArray());
  });

  it("are many, and chain", () => {
    expect(Object.keys(methods).length).toBeGreaterThan(230);
    expect(x.mul(y).sum({ axes: 1 }).max().item()).toBe(8.5);
  });

  it("do not show up in a loop over a tensor's properties", () => {
    const names: string[] = [];
    for (const name in x) names.push(name);

    expect(names).toEqual(["aval", "array", "tape", "index", "below"]);
  });
});
