/** @file Lion. */
import { add, mul, sign, sub } from "@tapegrad/autograd";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { requireDecays } from "./ranges.ts";
import { averaged, type OptimizerOptions, scaled, type UpdateRule } from "./update-rule.ts";

export interface LionOptions extends OptimizerOptions {
  /** Weights of the average in the direction, and of the old average in the new; [0.9, 0.99] by default. */
  readonly betas?: readonly [number, number];
}

type Options = Required<LionOptions>;

/**
 * Steps of one size in every coordinate: p ← p - learningRate · (sign(β₁ · m + (1 - β₁) · g) + weightDecay · p), then
 * m ← β₂ · m + (1 - β₂) · g.
 *
 * - the decay is decoupled: no part of the gradient
 * - learningRate is 0.0001 by default: a third to a tenth of Adam's, with a decay as many times larger
 *
 * @throws ValueError if an option is out of range.
 * @see Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu & Le (2023), algorithm 2.
 */
export class Lion extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: LionOptions = {}) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "Lion",
  defaults: { learningRate: 1e-4, betas: [0.9, 0.99], weightDecay: 0, maximize: false },
  check: ({ betas }) => requireDecays("Lion", { "betas[0]": betas[0], "betas[1]": betas[1] }),
  momentum: ({ betas }) => betas[0],
  slots: () => ({ expAvg: 0 }),
  update({ value, gradient, slots, momentum, learningRate, options }) {
    const { betas, weightDecay } = options;
    const direction = sign(averaged(slots["expAvg"], gradient, momentum));
    const decayed = weightDecay === 0 ? direction : add(direction, mul(value, weightDecay));
    return {
      value: sub(value, scaled(decayed, learningRate)),
      slots: { expAvg: averaged(slots["expAvg"], gradient, betas[1]) },
    };
  },
};
