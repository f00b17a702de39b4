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

const STEPS = 3;
const SHAPES = [[2, 2], []] as const;

interface Run {
  readonly parameters: readonly Parameter[];
  readonly gradients: readonly (readonly Tensor[])[];
}

function runOf(dtype: "float32" | "float64", { steps = STEPS }: Rule): Run {
  const keys = splitKey(randomKey(5), (steps + 1) * SHAPES.length);
  const draw = (i: number): Tensor[] => {
    return SHAPES.map((shape, k) => normal(keys[i * SHAPES.length + k], shape, { dtype }));
  };
  const gradients = Array.from({ length: steps }, (_, i) => draw(i + 1));
  return { parameters: draw(0).map((value) => new Parameter(value)), gradients };
}

const flat = (x: Tensor): number[] => Array.from(x.toTypedArray());

describe.for(Object.entries(RULES))("%s", ([name, rule]) => {
  it("computes what loops over numbers do", () => {
    const { parameters, gradients } = runOf("float64", rule);
    const expected = parameters.map((p) => ({ step: rule.plain(), values: flat(p.value) }));
    const optimizer = rule.make(parameters);

    for (const step of gradients) {
      optimizer.step(step);
      expected.forEach((one, k) => {
        const decay = rule.weightDecay ?? 0;
        const g = flat(step[k]).map((x, i) => x + decay * (one.values[i] ?? 0));
        one.values = one.step(one.values, g);
      });
    }

    parameters.forEach((p, k) => {
      // NAdam keeps one product in float32, as PyTorch
      const relativeToLargest = name === "NAdam" ? 1e-7 : 1e-12;
      expectCloseToArray(p.value, expected[k]?.values ?? [], { relativeToLargest });
    });
  });

  it("takes the same steps in a recording and compiled, in the dtype of its parameters", () => {
    const [eager, recorded, compiled] = [1, 2, 3].map(() => runOf("float32", rule));
    const optimizers = [eager, recorded, compiled].map((run) => rule.make(run.parameters));
    const program = compile((step: readonly Tensor[]) => optimizers[2].step(step));

    eager.gradients.forEach((step, i) => {
      optimizers[0].step(step);
      record(() => {
        optimizers[1].step(recorded.gradients[i]);
        return recorded.parameters[0].value;
      });
      program(compiled.gradients[i]);
    });

    eager.parameters.forEach(({ value }, k) => {
      expect(value.dtype).toBe("float32");
      expectCloseToArray(recorded.parameters[k].value, value, {});
      expectCloseToArray(compiled.parameters[k].value, value, { relativeToLargest: 1e-5 });
    });
    for (const [slot, { value }] of optimizers[0].variables()) {
      const found = optimizers[2].variables().get(slot)?.value ?? [];
      expectCloseToArray(found, value, { relativeToLargest: 1e-5, what: slot });
    }
  });
});

it("RAdam takes steps of both forms there", () => {
  expect(rectified).toContain(true);
  expect(rectified).toContain(false);
});
