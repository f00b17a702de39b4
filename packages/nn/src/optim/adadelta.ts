/** @file Adadelta. */
import { add, div, mul, sqrt, sub } from "@tapegrad/autograd";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { requireDecays, requireNotNegative } from "./ranges.ts";
import {
  averaged,
  type OptimizerOptions,
  penalized,
  scaled,
  type UpdateRule,
} from "./update-rule.ts";

export interface AdadeltaOptions extends OptimizerOptions {
  /** Weight of the old averages; 0.9 by default. */
  readonly rho?: number;
  /** Added inside both roots; 1e-6 by default. */
  readonly epsilon?: number;
}

type Options = Required<AdadeltaOptions>;

/**
 * Steps Δ = √(d + ε) / √(s + ε) · g, in the unit of the parameter: s and d are averages of g² and of Δ². Then
 * p ← p - learningRate · Δ.
 *
 * - weightDecay · p is part of the gradient; learningRate is 1 by default
 *
 * @throws ValueError if an option is out of range.
 * @see Zeiler (2012), algorithm 1.
 */
export class Adadelta extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: AdadeltaOptions = {}) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "Adadelta",
  defaults: { learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0, maximize: false },
  check({ rho, epsilon }) {
    requireDecays("Adadelta", { rho });
    requireNotNegative("Adadelta", { epsilon });
  },
  momentum: () => 0,
  slots: () => ({ squareAvg: 0, accDelta: 0 }),
  update(input) {
    const { value, slots, learningRate, options } = input;
    const { rho, epsilon } = options;
    const gradient = penalized(input);
    const squareAvg = averaged(slots["squareAvg"], mul(gradient, gradient), rho);
    const ratio = div(sqrt(add(slots["accDelta"], epsilon)), sqrt(add(squareAvg, epsilon)));
    const delta = mul(ratio, gradient);
    const accDelta = averaged(slots["accDelta"], mul(delta, delta), rho);
    return { value: sub(value, scaled(delta, learningRate)), slots: { squareAvg, accDelta } };
  },
};
