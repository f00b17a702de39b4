/** @file RAdam. */
import { add, div, greater, mul, pow, sqrt, sub, type Tensor, where } from "@tapegrad/autograd";
import {
  ADAPTIVE_DEFAULTS,
  type AdaptiveOptions,
  checkAdaptive,
  MOMENT_SLOTS,
  moments,
} from "./adam.ts";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { biasCorrection, penalized, scaled, type UpdateRule } from "./update-rule.ts";

/** As `Adam`: rate, decays, ε. */
export type RAdamOptions = AdaptiveOptions;
type Options = Required<RAdamOptions>;

/**
 * Rectified Adam: while the average square has seen too few gradients to have a variance (ρₜ ≤ 5), a step along the
 * average gradient alone, p ← p - learningRate · m̂; then Adam's step times the rectification √(…).
 *
 * - weightDecay · p is part of the gradient; learningRate is 0.001 by default
 *
 * @throws ValueError if an option is out of range.
 * @see Liu, Jiang, He, Chen, Liu, Gao & Han (2020), algorithm 2; the threshold of 5 is that of the authors' program.
 */
export class RAdam extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: RAdamOptions = {}) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "RAdam",
  defaults: ADAPTIVE_DEFAULTS,
  check: (options) => checkAdaptive("RAdam", options),
  momentum: ({ betas }) => betas[0],
  slots: () => MOMENT_SLOTS,
  update(given) {
    const input = { ...given, gradient: penalized(given) };
    const { value, momentum, learningRate, options } = input;
    const { t, ...slots } = moments(input);
    const { isRectified, factor } = rectification(t, options.betas[1]);
    const size = add(sqrt(slots.expAvgSq), options.epsilon);
    const average = slots.expAvg;
    const direction = where(isRectified, scaled(div(average, size), factor), average);
    const rate = div(learningRate, biasCorrection(momentum, t));
    return { value: sub(value, scaled(direction, rate)), slots };
  },
};

/** Whether ρₜ > 5, and the factor of m / (√v + ε) then. */
function rectification(
  t: Tensor,
  beta: number,
): { readonly isRectified: Tensor; readonly factor: Tensor } {
  const limit = 2 / (1 - beta) - 1;
  const correction = biasCorrection(beta, t);
  const rho = sub(limit, div(mul(mul(t, 2), pow(beta, t)), correction));
  const isRectified = greater(rho, 5);
  // a harmless ρ where the root below has no value
  const safe = where(isRectified, rho, 5);
  const above = mul(sub(safe, 4), sub(safe, 2));
  const squared = div(mul(above, limit / ((limit - 4) * (limit - 2))), safe);
  return { isRectified, factor: sqrt(mul(squared, correction)) };
}
