import {
  compile,
  normal,
  randomKey,
  type Tensor,
  tensor,
  transaction,
  Variable,
} from "@tapegrad/autograd";
import {
  BatchNorm,
  Buffer,
  Linear,
  Module,
  Parameter,
  RandomState,
  Sequential,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../oracles/refusal.ts";

/** State of every kind: parameters, a buffer, a plain variable, modules, arrays, and things that are none. */
class Model extends Module {
  readonly scale = new Parameter(tensor([1, 2]), { name: "scale" });
  readonly counter = new Buffer(tensor(0, { dtype: "int32" }), { name: "counter" });
  readonly plain = new Variable(tensor(5));
  readonly blocks = [new Linear(2, 2, { bias: false }), new Linear(2, 1)];
  readonly gains = [new Parameter(tensor(3)), new Parameter(tensor(4))];
  readonly head = new Sequential(new Linear(1, 1, { bias: false }));
  readonly absent = null;
  readonly width = 2;

  forward(x: Tensor): Tensor {
    return x.mul(this.scale.value);
  }
}

const PATHS = [
  "scale",
  "counter",
  "plain",
  "gains.0",
  "gains.1",
  "blocks.0.weight",
  "blocks.1.weight",
  "blocks.1.bias",
  "head.0.weight",
];

const valuesOf = (module: Module) =>
  Object.fromEntries(Object.entries(module.stateDict()).map(([k, v]) => [k, v.toArray()]));

describe("Module", () => {
  it("finds its state in its properties, arrays and modules: its own first", () => {
    expect([...new Model().state().keys()]).toEqual(PATHS);
  });

  it("has as parameters only what is trained", () => {
    const model = new Model();

    const names = [...model.state()]
      .filter(([, variable]) => model.parameters().includes(variable))
      .map(([path]) => path);

    expect(names).toEqual(PATHS.filter((path) => path !== "counter" && path !== "plain"));
  });

  it("gives snapshots as its state dict", () => {
    const model = new Model();
    const before = model.stateDict();

    model.scale.assign(tensor([7, 8]));

    expect(before["scale"].toArray()).toEqual([1, 2]);
    expect(model.stateDict()["scale"].toArray()).toEqual([7, 8]);
  });

  it("has a shared module once, under its first name", () => {
    const shared = new Linear(2, 2);
    const model = new Sequential(shared, new BatchNorm(2), shared);

    expect([...model.modules().keys()]).toEqual(["", "0", "1"]);
    expect(model.parameters()).toHaveLength(4);
    expect(Object.keys(model.stateDict()).filter((path) => path.startsWith("2"))).toEqual([]);
  });

  it("has a shared variable once, under its first name", () => {
    class Tied extends Module {
      readonly encoder = new Linear(2, 2, { bias: false });
      readonly decoder = this.encoder.weight;
      forward(x: Tensor): Tensor {
        return this.encoder.forward(x).matMul(this.decoder.value);
      }
    }

    expect(Object.keys(new Tied().stateDict())).toEqual(["decoder"]);
    expect(new Tied().parameters()).toHaveLength(1);
  });

  it("survives modules that refer to one another", () => {
    class Node extends Module {
      readonly value = new Parameter(tensor(1));
      other: Node | null = null;
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const [a, b] = [new Node(), new Node()];
    a.other = b;
    b.other = a;

    expect([...a.state().keys()]).toEqual(["value", "other.value"]);
  });
});

class Noise extends Module {
  readonly random = new RandomState(randomKey(1), { name: "random" });
  forward(x: Tensor): Tensor {
    return x.add(normal(this.random.next(), x.shape, { dtype: x.dtype }));
  }
}

describe("RandomState", () => {
  it("is a variable, but no part of the state dict", () => {
    const model = new Sequential(new Noise());

    expect([...model.variables().keys()]).toEqual(["0.random"]);
    expect(model.stateDict()).toEqual({});
  });

  it("never gives the same key twice, and in a program those of eager execution", () => {
    const x = tensor([0, 0, 0]);
    const [eager, compiled] = [new Noise(), new Noise()];
    const program = compile((input: Tensor) => compiled.forward(input));

    const drawn = [eager.forward(x), eager.forward(x)].map(String);

    expect(drawn[0]).not.toBe(drawn[1]);
    expect([program(x), program(x)].map(String)).toEqual(drawn);
  });

  it("draws again what a rejected step drew", () => {
    const [model, x] = [new Noise(), tensor([0, 0])];
    let rejected = "";

    expect(() =>
      transaction(() => {
        rejected = String(model.forward(x));
        throw new Error("rejected");
      }),
    ).toThrow("rejected");

    expect(String(model.forward(x))).toBe(rejected);
  });
});

describe("loadStateDict", () => {
  it("restores what stateDict gave, in a model of the same kind", () => {
    const [model, other] = [new Model(), new Model()];
    model.scale.assign(tensor([9, 10]));
    model.counter.assign(tensor(3, { dtype: "int32" }));

    other.loadStateDict(model.stateDict());

    expect(valuesOf(other)).toEqual(valuesOf(model));
  });

  it("does not depend on the order of the names", () => {
    const model = new Model();
    const reversed = Object.fromEntries(Object.entries(model.stateDict()).toReversed());

    expect(() => model.loadStateDict(reversed)).not.toThrow();
  });

  it("keeps copies apart: training one model does not change the other", () => {
    const [model, other] = [new Model(), new Model()];
    other.loadStateDict(model.stateDict());

    model.scale.assign(tensor([0, 0]));

    expect(other.scale.value.toArray()).toEqual([1, 2]);
  });

  const wrong: Record<string, (values: Record<string, Tensor>) => Record<string, unknown>> = {
    "a name is missing": ({ scale: _, ...rest }) => rest,
    "a name is unknown": (values) => ({ ...values, other: tensor(1) }),
    "a shape differs": (values) => ({ ...values, "head.0.weight": tensor([[1, 2]]) }),
    "a rank differs": (values) => ({ ...values, "head.0.weight": tensor([1]) }),
    "a dtype differs": (values) => ({
      ...values,
      "head.0.weight": tensor([[1]], { dtype: "float64" }),
    }),
    "a value is no tensor": (values) => ({ ...values, "head.0.weight": [[1]] }),
    "a name comes from the prototype": ({ scale: _, ...rest }) =>
      Object.create({ ...rest, scale: tensor([1, 2]) }),
  };
  for (const [reason, change] of Object.entries(wrong)) {
    it(`assigns nothing where ${reason}`, () => {
      const model = new Model();
      const before = valuesOf(model);
      const others = Object.entries(model.stateDict()).map(
        ([path, v]) => [path, v.mul(0)] as const,
      );
      const values = change(Object.fromEntries(others)) as Record<string, Tensor>;

      refusalOf(() => model.loadStateDict(values));

      expect(valuesOf(model)).toEqual(before);
    });
  }

  it("is dropped with the transaction around it", () => {
    const model = new Model();
    const values = { ...model.stateDict(), scale: tensor([0, 0]) };

    const act = () =>
      transaction(() => {
        model.loadStateDict(values);
        throw new Error("rejected");
      });

    expect(act).toThrow("rejected");
    expect(model.scale.value.toArray()).toEqual([1, 2]);
  });
});
