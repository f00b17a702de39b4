import { zeros } from "@tapegrad/autograd";
import {
  AdamW,
  BatchNorm,
  LayerNorm,
  Linear,
  Module,
  noDecay,
  Parameter,
  parameterGroups,
  Sequential,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";

class Attention extends Module {
  readonly query = new Linear(2, 2);
  readonly norm = new LayerNorm([2, 3]);
  readonly biasK = new Parameter(zeros([1, 1, 2]), { name: "biasK" });
}

const pathsOf = (model: Module, parameters: readonly Parameter[]): readonly string[] => {
  return [...model.state()].flatMap(([path, p]) => (parameters.includes(p as never) ? [path] : []));
};

describe("parameterGroups", () => {
  it("keeps norm parameters and biases out of the decay, of any rank", () => {
    const model = new Attention();

    const [decayed, others] = parameterGroups(model, { weightDecay: 0.1 });

    expect(decayed.weightDecay).toBe(0.1);
    expect(pathsOf(model, decayed.parameters)).toEqual(["query.weight"]);
    expect(others.weightDecay).toBe(0);
    expect(pathsOf(model, others.parameters)).toEqual([
      "biasK",
      "query.bias",
      "norm.weight",
      "norm.bias",
    ]);
  });

  it("holds every parameter once, a shared one too", () => {
    const linear = new Linear(2, 2, { bias: false });
    const model = new Sequential(linear, new BatchNorm(2), linear);

    const groups = parameterGroups(model, { weightDecay: 0.1 });

    expect(groups.map(({ parameters }) => pathsOf(model, parameters))).toEqual([
      ["0.weight"],
      ["1.weight", "1.bias"],
    ]);
  });

  it("takes another rule, which may be built on the default one", () => {
    const model = new Sequential(new Linear(2, 2), new Linear(2, 2));

    const [decayed] = parameterGroups(model, {
      weightDecay: 0.1,
      decays: (path, ...of) => path.startsWith("1") && !noDecay(path, ...of),
    });

    expect(pathsOf(model, decayed.parameters)).toEqual(["1.weight"]);
  });

  it("makes an optimiser decay matrices only", () => {
    const model = new Sequential(new Linear(2, 2), new BatchNorm(2));
    const optimizer = new AdamW(parameterGroups(model, { weightDecay: 0.5 }), {
      learningRate: 0.5,
    });
    const before = model.stateDict();

    optimizer.step(optimizer.parameters.map(({ value }) => zeros(value.shape)));

    const changed = Object.entries(model.stateDict()).filter(([path, value]) => {
      return String(value.toArray()) !== String(before[path].toArray());
    });
    expect(changed.map(([path]) => path)).toEqual(["0.weight"]);
    expect(model.stateDict()["0.weight"].toArray()).toEqual(before["0.weight"].mul(0.75).toArray());
  });
});
