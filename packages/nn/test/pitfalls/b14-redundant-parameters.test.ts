/** B14. A bias before batch norm learns nothing; folding has to keep it all the same, and ε too. */
import {
  add,
  div,
  mul,
  normal,
  randomKey,
  record,
  sqrt,
  sub,
  type Tensor,
} from "@tapegrad/autograd";
import {
  BatchNorm,
  type DecayGroup,
  foldBatchNorm,
  type Layer,
  Linear,
  parameterGroups,
  Sequential,
} from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray, largestOf } from "../oracles/close-to-array.ts";
import { itAvoids } from "./pitfall.ts";

const x = normal(randomKey(14), [8, 3], { dtype: "float64" });

/** A layer with a bias and a norm with statistics, γ and β of their own; ε is large enough to be seen. */
function trained(): { readonly linear: Linear; readonly norm: BatchNorm; readonly model: Layer } {
  const dtype = "float64";
  const linear = new Linear(3, 2, { key: randomKey(1), dtype });
  const norm = new BatchNorm(2, { dtype, epsilon: 0.25 });
  linear.bias?.assign(normal(randomKey(2), [2], { dtype }));
  norm.weight.assign(normal(randomKey(3), [2], { dtype }));
  norm.bias.assign(normal(randomKey(4), [2], { dtype }));
  const model = new Sequential(linear, norm);
  model.forward(x, { mode: "train" });
  return { linear, norm, model };
}

/** Folding by a formula: the layer's weight and bias become scale · weight and `shift`. */
type Fold = (of: ReturnType<typeof trained>) => (u: Tensor) => Tensor;

const foldedBy =
  (parts: { readonly epsilon: boolean; readonly bias: boolean }): Fold =>
  ({ linear, norm }) => {
    const variance = add(norm.runningVariance.value, parts.epsilon ? norm.epsilon : 0);
    const scale = div(norm.weight.value, sqrt(variance));
    const bias = parts.bias && linear.bias !== null ? linear.bias.value : 0;
    const shift = add(norm.bias.value, mul(scale, sub(bias, norm.runningMean.value)));
    const weight = mul(linear.weight.value, scale.reshape([2, 1]));
    return (u) => add(u.matMul(weight.transpose()), shift);
  };

const library: Fold = ({ model }) => {
  const folded = foldBatchNorm(model);
  return (u) => folded.forward(u);
};

const computesTheSame = (fold: Fold): void => {
  const of = trained();
  const folded = fold(of);
  expectCloseToArray(folded(x), of.model.forward(x, { mode: "eval" }), { absolute: 1e-12 });
};

describe("B14: redundant parameters and folding", () => {
  itAvoids<Fold>({
    mistake: "folds without the bias of the layer",
    naive: foldedBy({ epsilon: true, bias: false }),
    library,
    check: computesTheSame,
  });

  itAvoids<Fold>({
    mistake: "folds without ε",
    naive: foldedBy({ epsilon: false, bias: true }),
    library,
    check: computesTheSame,
  });

  itAvoids<(model: Layer) => readonly DecayGroup[]>({
    mistake: "lets weight decay shrink γ and β",
    naive: (model) => [{ parameters: model.parameters(), weightDecay: 0.1 }],
    library: (model) => parameterGroups(model, { weightDecay: 0.1 }),
    check: (groupsOf) => {
      const { model, norm, linear } = trained();
      const decaying = groupsOf(model).flatMap(({ weightDecay, parameters }) =>
        weightDecay > 0 ? parameters : [],
      );
      expect(decaying).toContain(linear.weight);
      expect(decaying).not.toContain(norm.weight);
      expect(decaying).not.toContain(norm.bias);
    },
  });

  itAvoids<boolean>({
    mistake: "has a bias before batch norm: its gradient is zero",
    naive: true,
    library: false,
    check: (bias) => {
      const model = new Sequential(
        new Linear(3, 2, { bias, key: randomKey(5), dtype: "float64" }),
        new BatchNorm(2, { dtype: "float64" }),
      );
      const tape = record(() => model.forward(x, { mode: "train" }).exp().sum());
      const sizes = tape.gradient(model.parameters()).map(largestOf);
      expect(Math.min(...sizes)).toBeGreaterThan(1e-9);
    },
  });
});
