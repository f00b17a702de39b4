/** @file SGD. */
import { add, equal, mul, sub, type Tensor, ValueError, where } from "@tapegrad/autograd";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { requireDecays, requireRange } from "./ranges.ts";
import {
  COUNT,
  type OptimizerOptions,
  penalized,
  scaled,
  type UpdateInput,
  type UpdateRule,
} from "./update-rule.ts";

export interface SGDOptions extends OptimizerOptions {
  readonly learningRate: number;
  /** Weight of the previous velocity; 0 (plain gradient descent) by default. */
  readonly momentum?: number;
  /** The velocity receives 1 - dampening of a gradient, but all of the first; 0 by default. */
  readonly dampening?: number;
  /** Whether to look ahead along the velocity; false by default. */
  readonly nesterov?: boolean;
}

type Options = Required<SGDOptions>;

/**
 * Stochastic gradient descent: v ← momentum · v + (1 - dampening) · g, p ← p - learningRate · v.
 *
 * - the first velocity is the first gradient, whatever the dampening
 * - with `nesterov` the parameter moves along g + momentum · v
 * - g includes weightDecay · p
 *
 * @throws ValueError if an option is out of range, or `nesterov` has no momentum, or dampening.
 * @example
 * const optimizer = new SGD(model.parameters(), { learningRate: 0.5 });
 * optimizer.step(tape.gradient(optimizer.parameters));
 * @see Sutskever, Martens, Dahl & Hinton (2013), for both forms of momentum.
 */
export class SGD extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: SGDOptions) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "SGD",
  // there is no learning rate that would do for most problems, so it must be given
  defaults: {
    learningRate: Number.NaN,
    momentum: 0,
    dampening: 0,
    nesterov: false,
    weightDecay: 0,
    maximize: false,
  },
  check({ momentum, dampening, nesterov }) {
    requireDecays("SGD", { momentum });
    const fits = dampening >= 0 && dampening <= 1;
    requireRange("SGD", "dampening", dampening, fits, "a number from 0 to 1");
    if (!nesterov || (momentum > 0 && dampening === 0)) return;
    throw new ValueError("SGD", { momentum, dampening }, (d) => {
      return `nesterov is set with momentum ${d.momentum} and dampening ${d.dampening}, but it needs momentum and no dampening. Use momentum 0.9 and dampening 0.`;
    });
  },
  momentum: ({ momentum }) => momentum,
  slots: ({ momentum, dampening }) => ({
    ...(momentum === 0 ? {} : { momentumBuffer: 0 }),
    // an undampened average that begins at 0 is the gradient after one step by itself
    ...(momentum === 0 || dampening === 0 ? {} : { step: COUNT }),
  }),
  update(input) {
    const gradient = penalized(input);
    const slots = velocityOf(input, gradient);
    const direction =
      slots === null ? gradient : directionOf(input, gradient, slots.momentumBuffer);
    const value = sub(input.value, scaled(direction, input.learningRate));
    return { value, slots: slots ?? {} };
  },
};

type Input = UpdateInput<Options>;

interface VelocitySlots {
  readonly [name: string]: Tensor;
  readonly momentumBuffer: Tensor;
}

function velocityOf({ slots, momentum, options }: Input, gradient: Tensor): VelocitySlots | null {
  const { momentumBuffer: velocity, step } = slots;
  if (options.momentum === 0) return null;
  const kept = scaled(velocity, momentum);
  if (options.dampening === 0) return { momentumBuffer: add(kept, gradient) };
  const damped = add(kept, mul(gradient, 1 - options.dampening));
  return { momentumBuffer: where(equal(step, 0), gradient, damped), step: add(step, 1) };
}

function directionOf({ momentum, options }: Input, gradient: Tensor, velocity: Tensor): Tensor {
  return options.nesterov ? add(gradient, scaled(velocity, momentum)) : velocity;
}
