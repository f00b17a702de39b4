/** @file RMSprop. */
import { add, div, maximum, mul, sqrt, sub } from "@tapegrad/autograd";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { requireDecays, requireNotNegative } from "./ranges.ts";
import {
  averaged,
  type OptimizerOptions,
  penalized,
  scaled,
  type UpdateRule,
} from "./update-rule.ts";

export interface RMSpropOptions extends OptimizerOptions {
  /** Weight of the old averages; 0.99 by default. */
  readonly alpha?: number;
  /** Added to the root; 1e-8 by default. */
  readonly epsilon?: number;
  /** Whether to divide by the standard deviation of the gradients instead of their root mean square; false by default. */
  readonly centered?: boolean;
  /** Weight of the previous velocity; 0 by default. */
  readonly momentum?: number;
}

type Options = Required<RMSpropOptions>;

/**
 * Steps along gradients over their root mean square: s ← α · s + (1 - α) · g², p ← p - learningRate · g / (√s + ε).
 *
 * - `centered` subtracts the square of the average gradient from s; rounding does not take that below 0 here
 * - with momentum g / (√s + ε) is added to a velocity, along which the parameter moves
 * - weightDecay · p is part of the gradient; learningRate is 0.01 by default
 *
 * @throws ValueError if an option is out of range.
 * @example
 * new RMSprop(model.parameters(), { learningRate: 1e-3 });
 * @see Tieleman & Hinton (2012), lecture 6.5; Graves (2013), equations 38 to 45, for `centered` with momentum.
 */
export class RMSprop extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: RMSpropOptions = {}) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "RMSprop",
  defaults: {
    learningRate: 0.01,
    alpha: 0.99,
    epsilon: 1e-8,
    centered: false,
    momentum: 0,
    weightDecay: 0,
    maximize: false,
  },
  check({ alpha, epsilon, momentum }) {
    requireDecays("RMSprop", { alpha, momentum });
    requireNotNegative("RMSprop", { epsilon });
  },
  momentum: ({ momentum }) => momentum,
  slots: ({ centered, momentum }) => ({
    squareAvg: 0,
    ...(centered ? { gradAvg: 0 } : {}),
    ...(momentum === 0 ? {} : { momentumBuffer: 0 }),
  }),
  update(input) {
    const { value, slots, momentum, learningRate, options } = input;
    const { alpha, epsilon, centered } = options;
    const gradient = penalized(input);
    const squareAvg = averaged(slots["squareAvg"], mul(gradient, gradient), alpha);
    const gradAvg = centered ? averaged(slots["gradAvg"], gradient, alpha) : null;
    const square = gradAvg === null ? squareAvg : maximum(sub(squareAvg, mul(gradAvg, gradAvg)), 0);
    const direction = div(gradient, add(sqrt(square), epsilon));
    const averages = gradAvg === null ? { squareAvg } : { squareAvg, gradAvg };
    if (options.momentum === 0) {
      return { value: sub(value, scaled(direction, learningRate)), slots: averages };
    }
    const momentumBuffer = add(scaled(slots["momentumBuffer"], momentum), direction);
    return {
      value: sub(value, scaled(momentumBuffer, learningRate)),
      slots: { ...averages, momentumBuffer },
    };
  },
};
