import { compile, normal, randomKey, record, splitKey, type Tensor } from "@tapegrad/autograd";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  LAMB,
  Lion,
  NAdam,
  type Optimizer,
  Parameter,
  RAdam,
  RMSprop,
  SGD,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import * as plain from "../oracles/optimizers.ts";

interface Rule {
  readonly make: (parameters: readonly Parameter[]) => Optimizer;
  readonly plain: () => plain.PlainStep;
  /** Of a decay that is part of the gradient. */
  readonly weightDecay?: number;
  /** 3 by default. */
  readonly steps?: number;
}

const adaptive = { learningRate: 0.1, betas: [0.8, 0.9], epsilon: 1e-3 } as const;
const numbers = { lr: 0.1, b1: 0.8, b2: 0.9, eps: 1e-3 };
const rectified: boolean[] = [];

const RULES: Readonly<Record<string, Rule>> = {
  "SGD with momentum and dampening": {
    make: (p) => new SGD(p, { learningRate: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.2 }),
    plain: () => plain.sgd(0.1, 0.9, 0.3, false),
    weightDecay: 0.2,
  },
  "SGD with Nesterov's momentum": {
    make: (p) => new SGD(p, { learningRate: 0.1, momentum: 0.9, nesterov: true }),
    plain: () => plain.sgd(0.1, 0.9, 0, true),
  },
  Adam: {
    make: (p) => new Adam(p, { ...adaptive, weightDecay: 0.1 }),
    plain: () => plain.adam(numbers),
    weightDecay: 0.1,
  },
  "Adam with amsgrad": {
    make: (p) => new Adam(p, { ...adaptive, amsgrad: true }),
    plain: () => plain.adam({ ...numbers, amsgrad: true }),
  },
  AdamW: {
    make: (p) => new AdamW(p, { ...adaptive, weightDecay: 0.1 }),
    plain: () => plain.adamW(numbers, 0.1),
  },
  Adamax: { make: (p) => new Adamax(p, adaptive), plain: () => plain.adamax(numbers) },
  NAdam: {
    make: (p) => new NAdam(p, { ...adaptive, momentumDecay: 0.05 }),
    plain: () => plain.nadam(numbers, 0.05),
  },
  RAdam: {
    make: (p) => new RAdam(p, adaptive),
    plain: () => plain.radam(numbers, rectified),
    // the first that are rectified are 6 and 7
    steps: 7,
  },
  RMSprop: {
    make: (p) => new RMSprop(p, { learningRate: 0.1, alpha: 0.8, epsilon: 1e-3 }),
    plain: () => {
      return plain.rmsprop(0.1, { alpha: 0.8, eps: 1e-3, centered: false, momentum: 0 });
    },
  },
  "RMSprop, centered, with momentum": {
    make: (p) => new RMSprop(p, { alpha: 0.8, epsilon: 1e-3, centered: true, momentum: 0.5 }),
    plain: () => {
      return plain.rmsprop(0.01, { alpha: 0.8, eps: 1e-3, centered: true, momentum: 0.5 });
    },
  },
  Adagrad: {
    make: (p) => {
      return new Adagrad(p, {
        learningRate: 0.1,
        learningRateDecay: 0.2,
        initialAccumulatorValue: 0.3,
      });
    },
    plain: () => plain.adagrad(0.1, 0.2, 0.3, 1e-10),
  },
  Adadelta: {
    make: (p) => new Adadelta(p, { rho: 0.8, epsilon: 1e-2 }),
    plain: () => plain.adadelta(1, 0.8, 1e-2),
  },
  Lion: {
    make: (p) => new Lion(p, { learningRate: 0.1, betas: [0.5, 0.8], weightDecay: 0.1 }),
    plain: () => plain.lion(0.1, 0.5, 0.8, 0.1),
  },
  LAMB: {
    make: (p) => new LAMB(p, { ...adaptive, weightDecay: 0.2 }),
    plain: () => plain.lamb(numbers, 0.2),
  },
};

interface Run {
  readonly parameter: Parameter;
  readonly gradients: readonly Tensor[];
}

function runOf(dtype: "float32" | "float64", { steps = 3 }: Rule): Run {
  const [first, ...others] = splitKey(randomKey(5), steps + 1).map((key) => {
    return normal(key, [2, 2], { dtype });
  });
  return { parameter: new Parameter(first), gradients: others };
}

const flat = (x: Tensor): number[] => Array.from(x.toTypedArray());

describe.for(Object.entries(RULES))("%s", ([name, rule]) => {
  it("computes what loops over numbers do", () => {
    const { parameter, gradients } = runOf("float64", rule);
    const { weightDecay = 0 } = rule;
    const step = rule.plain();
    let expected = flat(parameter.value);
    const optimizer = rule.make([parameter]);

    for (const gradient of gradients) {
      optimizer.step([gradient]);
      expected = step(
        expected,
        flat(gradient).map((x, i) => x + weightDecay * (expected[i] ?? 0)),
      );
    }

    // NAdam keeps one product in float32, as PyTorch
    const relativeToLargest = name === "NAdam" ? 1e-7 : 1e-12;
    expectCloseToArray(parameter.value, expected, { relativeToLargest });
  });

  it("takes the same steps in a recording and compiled, in the dtype of its parameters", () => {
    const [eager, recorded, compiled] = [1, 2, 3].map(() => {
      const run = runOf("float32", rule);
      return { ...run, optimizer: rule.make([run.parameter]) };
    });
    const program = compile((gradient: Tensor) => compiled.optimizer.step([gradient]));

    for (const gradient of eager.gradients) {
      eager.optimizer.step([gradient]);
      record(() => {
        recorded.optimizer.step([gradient]);
        return recorded.parameter.value;
      });
      program(gradient);
    }

    const { value } = eager.parameter;
    expect(value.dtype).toBe("float32");
    expectCloseToArray(recorded.parameter.value, value, {});
    expectCloseToArray(compiled.parameter.value, value, { relativeToLargest: 1e-5 });
    for (const [slot, variable] of eager.optimizer.variables()) {
      const found = compiled.optimizer.variables().get(slot)?.value ?? [];
      expectCloseToArray(found, variable.value, { relativeToLargest: 1e-5, what: slot });
    }
  });
});

it("RAdam takes steps of both forms there", () => {
  expect(rectified).toContain(true);
  expect(rectified).toContain(false);
});
