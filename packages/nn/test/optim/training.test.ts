import { normal, randomKey, record, splitKey, type Tensor, tensor } from "@tapegrad/autograd";
import { BatchNorm, crossEntropy, Linear, Sequential, SGD, Sigmoid } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import {
  pytorchCases,
  type StoredState,
  type StoredTensor,
  stored,
  storedState,
} from "../oracles/pytorch.ts";

/** Two classes in four dimensions, by the sign of the first plus the second coordinate. */
function data(): { readonly x: Tensor; readonly labels: Tensor } {
  const x = normal(randomKey(4), [40, 4]);
  const labels = (x.toArray() as number[][]).map(([a, b]) => (a + b > 0 ? 1 : 0));
  return { x, labels: tensor(labels, { dtype: "int32" }) };
}

function train(steps: number): { readonly losses: readonly number[]; readonly model: Sequential } {
  const [first, second] = splitKey(randomKey(1));
  const model = new Sequential(
    new Linear(4, 8, { bias: false, key: first }),
    new BatchNorm(8),
    new Sigmoid(),
    new Linear(8, 2, { key: second }),
  );
  const optimizer = new SGD(model.parameters(), { learningRate: 0.5, momentum: 0.5 });
  const { x, labels } = data();
  const losses = Array.from({ length: steps }, () => {
    const tape = record(() => crossEntropy(model.forward(x, { mode: "train" }), labels));
    optimizer.step(tape.gradient(model.parameters()));
    return tape.output.item();
  });
  return { losses, model };
}

describe("a small training run", () => {
  it("brings the loss down, to a fifth in 60 steps", () => {
    const { losses } = train(60);

    expect(losses[0]).toBeGreaterThan(0.5);
    expect(losses[59]).toBeLessThan(losses[0] / 5);
  });

  it("repeats itself bit for bit", () => {
    const [a, b] = [train(5), train(5)];

    expect(a.losses).toEqual(b.losses);
    for (const [name, value] of Object.entries(a.model.stateDict())) {
      expect(b.model.stateDict()[name].toTypedArray(), name).toEqual(value.toTypedArray());
    }
  });

  it("classifies its data in evaluation, where batch statistics are no longer seen", () => {
    const { model } = train(60);
    const { x, labels } = data();

    const logits = model.forward(x, { mode: "eval" });

    const wrong = logits.argMax({ axis: 1 }).notEqual(labels).sum().item();
    expect(wrong).toBeLessThanOrEqual(1);
  });
});

interface Case {
  readonly id: string;
  readonly config: { readonly bn: boolean; readonly lr: number };
  readonly state0: StoredState;
  readonly steps: readonly {
    readonly x: StoredTensor;
    readonly y: StoredTensor;
    readonly logits: StoredTensor;
    readonly loss: number;
    readonly grads: StoredState;
    readonly grad_x: StoredTensor;
    readonly state_after: StoredState;
  }[];
  readonly eval: { readonly x: StoredTensor; readonly logits: StoredTensor };
}

/** 12-8-8-8-4: three times linear, (batch norm,) sigmoid; then linear. */
function networkOf(bn: boolean): {
  readonly model: Sequential;
  readonly rename: (path: string) => string;
} {
  const dtype = "float64";
  const hidden = [12, 8, 8].flatMap((inputs) => {
    const linear = new Linear(inputs, 8, { bias: !bn, dtype });
    return bn ? [linear, new BatchNorm(8, { dtype }), new Sigmoid()] : [linear, new Sigmoid()];
  });
  const each = bn ? 3 : 2;
  const rename = (path: string): string => {
    const [kind, i] = path.split(".");
    return String(kind === "out" ? 3 * each : Number(i) * each + (kind === "bn" ? 1 : 0));
  };
  return { model: new Sequential(...hidden, new Linear(8, 4, { dtype })), rename };
}

const cases = pytorchCases<Case>("mlp_bn_sigmoid");

describe.skipIf(cases === null)("training beside PyTorch", () => {
  it.for(cases ?? [])("$id: every loss, gradient and state", (example) => {
    const { config, state0, steps } = example;
    const { model, rename } = networkOf(config.bn);
    model.loadStateDict(storedState(state0, rename));
    const optimizer = new SGD(model.parameters(), { learningRate: config.lr });
    const state = Object.fromEntries(model.state());
    const closeness = { relativeToLargest: 1e-9 };

    steps.forEach((step, i) => {
      const labels = stored(step.y);
      let logits = labels;
      const tape = record((x: Tensor) => {
        logits = model.forward(x, { mode: "train" });
        return crossEntropy(logits, labels);
      }, stored(step.x));
      const gradients: Readonly<Record<string, Tensor>> = tape.gradient(
        { ...state, x: tape.inputs[0] },
        { retain: true },
      );
      optimizer.step(tape.gradient(model.parameters()));

      expectCloseToArray(logits, stored(step.logits), { ...closeness, what: `logits ${i}` });
      expect(Math.abs(tape.output.item() - step.loss)).toBeLessThan(1e-9);
      expectCloseToArray(gradients["x"], stored(step.grad_x), { ...closeness, what: `x ${i}` });
      for (const [name, expected] of Object.entries(storedState(step.grads, rename))) {
        expectCloseToArray(gradients[name], expected, { ...closeness, what: `${name} ${i}` });
      }
      for (const [name, expected] of Object.entries(storedState(step.state_after, rename))) {
        expectCloseToArray(state[name].value, expected, {
          ...closeness,
          what: `${name} after ${i}`,
        });
      }
    });
    const logits = model.forward(stored(example.eval.x), { mode: "eval" });
    expectCloseToArray(logits, stored(example.eval.logits), { ...closeness, what: "evaluation" });
  });
});
