/** @file Adamax. */
import { abs, add, div, maximum, mul, sub } from "@tapegrad/autograd";
import { ADAPTIVE_DEFAULTS, type AdaptiveOptions, checkAdaptive } from "./adam.ts";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import {
  averaged,
  biasCorrection,
  COUNT,
  counted,
  penalized,
  scaled,
  type UpdateRule,
} from "./update-rule.ts";

/** As `Adam`: rate, decays, ε. */
export type AdamaxOptions = AdaptiveOptions;
type Options = Required<AdamaxOptions>;

/**
 * Adam with the infinity norm: u ← max(β₂ · u, |g| + ε), p ← p - learningRate / (1 - β₁ᵗ) · m / u.
 *
 * - weightDecay · p is part of the gradient; learningRate is 0.002 by default
 *
 * @throws ValueError if an option is out of range.
 * @see Kingma & Ba (2015), algorithm 2; ε, which keeps u from being 0, is PyTorch's.
 */
export class Adamax extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: AdamaxOptions = {}) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "Adamax",
  defaults: { ...ADAPTIVE_DEFAULTS, learningRate: 0.002 },
  check: (options) => checkAdaptive("Adamax", options),
  momentum: ({ betas }) => betas[0],
  slots: () => ({ step: COUNT, expAvg: 0, expInf: 0 }),
  update(input) {
    const { value, slots, momentum, learningRate, options } = input;
    const gradient = penalized(input);
    const { step, t } = counted(slots["step"]);
    const expAvg = averaged(slots["expAvg"], gradient, momentum);
    const size = add(abs(gradient), options.epsilon);
    const expInf = maximum(mul(slots["expInf"], options.betas[1]), size);
    const rate = div(learningRate, biasCorrection(momentum, t));
    return {
      value: sub(value, scaled(div(expAvg, expInf), rate)),
      slots: { step, expAvg, expInf },
    };
  },
};
