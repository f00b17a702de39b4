import { randomKey, splitKey, type Tensor, tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  type ForwardOptions,
  Linear,
  Module,
  Parameter,
  ReLU,
  Sequential,
  Sigmoid,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { float64 } from "../oracles/float64.ts";

/** Notes the options it is called with, and adds `step`. */
class Probe extends Module {
  readonly seen: ForwardOptions[] = [];
  readonly step: number;

  constructor(step: number) {
    super();
    this.step = step;
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    this.seen.push(options);
    return x.mul(2).add(this.step);
  }
}

describe("Sequential", () => {
  it("applies its layers in order", () => {
    const model = new Sequential(new Probe(1), new Probe(10));

    expect(model.forward(tensor(3)).item()).toBe((3 * 2 + 1) * 2 + 10);
  });

  it("is the identity without layers", () => {
    const x = tensor([1, 2]);

    expect(new Sequential().forward(x)).toBe(x);
  });

  it("hands its options to every layer, nested ones too", () => {
    const [outer, inner] = [new Probe(0), new Probe(0)];
    const options = { mode: "eval" } as const;

    new Sequential(outer, new Sequential(inner)).forward(tensor(1), options);

    expect([outer.seen, inner.seen]).toEqual([[options], [options]]);
  });

  it("needs no mode as long as no layer depends on it", () => {
    const model = new Sequential(new Linear(2, 2), new ReLU(), new Sigmoid());

    expect(model.forward(tensor([[1, 2]])).shape).toEqual([1, 2]);
  });

  it("needs a mode as soon as one does", () => {
    const model = new Sequential(new Linear(2, 2), new BatchNorm(2));

    expect(() => model.forward(tensor([[1, 2]]))).toThrow("the mode is missing");
  });

  it("names state by position, and counts layers without state", () => {
    const model = new Sequential(
      new Linear(3, 2, { bias: false }),
      new BatchNorm(2),
      new Sigmoid(),
      new Sequential(new Linear(2, 1)),
    );

    expect([...model.state().keys()]).toEqual([
      "0.weight",
      "1.weight",
      "1.bias",
      "1.runningMean",
      "1.runningVariance",
      "1.numBatchesTracked",
      "3.0.weight",
      "3.0.bias",
    ]);
  });

  it("has the modules under their paths, itself first", () => {
    const inner = new Sequential(new Sigmoid());
    const model = new Sequential(new ReLU(), inner);

    expect([...model.modules().keys()]).toEqual(["", "0", "1", "1.0"]);
    expect(model.modules().get("1")).toBe(inner);
  });

  it("keeps state that a subclass adds, beside that of its layers", () => {
    class Scaled extends Sequential {
      readonly scale = new Parameter(tensor(2), { name: "scale" });
      readonly head = new Linear(1, 1);

      override forward(x: Tensor, options: ForwardOptions = {}): Tensor {
        return this.head.forward(super.forward(x, options)).mul(this.scale.value);
      }
    }

    const model = new Scaled(new Linear(2, 1));

    expect(Object.keys(model.stateDict())).toEqual([
      "scale",
      "0.weight",
      "0.bias",
      "head.weight",
      "head.bias",
    ]);
  });

  it("computes the same from the same keys", () => {
    const build = (): Sequential => {
      const [first, second] = splitKey(randomKey(11));
      return new Sequential(
        new Linear(3, 4, { key: first, dtype: "float64" }),
        new BatchNorm(4, { dtype: "float64" }),
        new Sigmoid(),
        new Linear(4, 2, { key: second, dtype: "float64" }),
      );
    };
    const x = float64([1, 2, 3, -1, 0, 4], [2, 3]);

    const [a, b] = [build(), build()].map((model) => model.forward(x, { mode: "train" }));

    expect(a.toTypedArray()).toEqual(b.toTypedArray());
  });
});
