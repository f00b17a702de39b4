/** @file LAMB. */
import {
  add,
  div,
  greater,
  logicalAnd,
  mul,
  sqrt,
  sub,
  type Tensor,
  vectorNorm,
  where,
} from "@tapegrad/autograd";
import {
  ADAPTIVE_DEFAULTS,
  type AdaptiveOptions,
  checkAdaptive,
  MOMENT_SLOTS,
  moments,
} from "./adam.ts";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { biasCorrection, scaled, type UpdateRule } from "./update-rule.ts";

/** As `Adam`: rate, decays, ε. */
export type LAMBOptions = AdaptiveOptions;
type Options = Required<LAMBOptions>;

/**
 * Adam's direction with decay, u = m̂ / (√v̂ + ε) + weightDecay · p, made as long for every parameter as the parameter
 * is: p ← p - learningRate · ‖p‖ / ‖u‖ · u. The ratio is 1 where either norm is 0.
 *
 * - learningRate is 0.001, epsilon 1e-6, weightDecay 0.01 by default
 *
 * @throws ValueError if an option is out of range.
 * @see You, Li, Reddi, Hseu, Kumar, Bhojanapalli, Song, Demmel, Keutzer & Hsieh (2020), algorithm 2, with φ(z) = z.
 */
export class LAMB extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: LAMBOptions = {}) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "LAMB",
  defaults: { ...ADAPTIVE_DEFAULTS, epsilon: 1e-6, weightDecay: 0.01 },
  check: (options) => checkAdaptive("LAMB", options),
  momentum: ({ betas }) => betas[0],
  slots: () => MOMENT_SLOTS,
  update(input) {
    const { value, momentum, learningRate, options } = input;
    const { epsilon, weightDecay, betas } = options;
    const { t, ...slots } = moments(input);
    const mean = scaled(slots.expAvg, div(1, biasCorrection(momentum, t)));
    const size = scaled(sqrt(slots.expAvgSq), div(1, sqrt(biasCorrection(betas[1], t))));
    const adaptive = div(mean, add(size, epsilon));
    const direction = weightDecay === 0 ? adaptive : add(adaptive, mul(value, weightDecay));
    const ratio = trustRatio(value, direction);
    return { value: sub(value, scaled(mul(direction, ratio), learningRate)), slots };
  },
};

function trustRatio(value: Tensor, direction: Tensor): Tensor {
  const [length, step] = [vectorNorm(value), vectorNorm(direction)];
  const isDefined = logicalAnd(greater(length, 0), greater(step, 0));
  return where(isDefined, div(length, where(isDefined, step, 1)), 1);
}
