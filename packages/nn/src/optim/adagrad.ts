/** @file Adagrad. */
import { add, div, mul, sqrt, sub } from "@tapegrad/autograd";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { requireNotNegative } from "./ranges.ts";
import {
  COUNT,
  counted,
  type OptimizerOptions,
  penalized,
  scaled,
  type UpdateRule,
} from "./update-rule.ts";

export interface AdagradOptions extends OptimizerOptions {
  /** The rate of step t is learningRate / (1 + (t - 1) · learningRateDecay); 0 by default. */
  readonly learningRateDecay?: number;
  /** Where the sums of squares begin; 0 by default. */
  readonly initialAccumulatorValue?: number;
  /** Added to the root; 1e-10 by default. */
  readonly epsilon?: number;
}

type Options = Required<AdagradOptions>;

/**
 * Steps along gradients over the root of the sum of their squares: s ← s + g², p ← p - learningRate · g / (√s + ε).
 *
 * - weightDecay · p is part of the gradient; learningRate is 0.01 by default
 *
 * @throws ValueError if an option is out of range.
 * @see Duchi, Hazan & Singer (2011), figure 1, with diagonal matrices.
 */
export class Adagrad extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: AdagradOptions = {}) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "Adagrad",
  defaults: {
    learningRate: 0.01,
    learningRateDecay: 0,
    initialAccumulatorValue: 0,
    epsilon: 1e-10,
    weightDecay: 0,
    maximize: false,
  },
  check({ learningRateDecay, initialAccumulatorValue, epsilon }) {
    requireNotNegative("Adagrad", { learningRateDecay, initialAccumulatorValue, epsilon });
  },
  momentum: () => 0,
  slots: ({ initialAccumulatorValue }) => ({ step: COUNT, sum: initialAccumulatorValue }),
  update(input) {
    const { value, slots, learningRate, options } = input;
    const gradient = penalized(input);
    const { step, t } = counted(slots["step"]);
    const sum = add(slots["sum"], mul(gradient, gradient));
    const rate = div(learningRate, add(mul(sub(t, 1), options.learningRateDecay), 1));
    const direction = div(gradient, add(sqrt(sum), options.epsilon));
    return { value: sub(value, scaled(direction, rate)), slots: { step, sum } };
  },
};
