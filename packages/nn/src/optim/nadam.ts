/** @file NAdam. */
import { add, cast, div, mul, pow, sqrt, sub, type Tensor } from "@tapegrad/autograd";
import {
  ADAPTIVE_DEFAULTS,
  type AdaptiveOptions,
  checkAdaptive,
  MOMENT_SLOTS,
  moments,
} from "./adam.ts";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { requireNotNegative } from "./ranges.ts";
import { biasCorrection, penalized, scaled, type UpdateRule } from "./update-rule.ts";

export interface NAdamOptions extends AdaptiveOptions {
  /** How fast the momentum grows to β₁; 0.004 by default. */
  readonly momentumDecay?: number;
}

type Options = Required<NAdamOptions>;

/**
 * Adam with Nesterov's momentum: p ← p - learningRate · ((1 - μₜ) / (1 - P) · g + μₜ₊₁ / (1 - P · μₜ · μₜ₊₁) · m)
 * / (√v̂ + ε), with μₜ = β₁ · (1 - ½ · 0.96^(t · momentumDecay)) and P the product of μ₁ to μₜ.
 *
 * - as in PyTorch 1.13: P is kept in float32, and the second denominator has μₜ twice; in the source it is 1 - P · μₜ₊₁
 * - weightDecay · p is part of the gradient; learningRate is 0.002 by default
 *
 * @throws ValueError if an option is out of range.
 * @see Dozat (2016), algorithm 2.
 */
export class NAdam extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: NAdamOptions = {}) {
    super(RULE, parameters, options);
  }
}

const RULE: UpdateRule<Options> = {
  name: "NAdam",
  defaults: { ...ADAPTIVE_DEFAULTS, learningRate: 0.002, momentumDecay: 0.004 },
  check(options) {
    checkAdaptive("NAdam", options);
    requireNotNegative("NAdam", { momentumDecay: options.momentumDecay });
  },
  momentum: ({ betas }) => betas[0],
  slots: () => ({ ...MOMENT_SLOTS, muProduct: { scalar: 1, dtype: "float32" } }),
  update(given) {
    const input = { ...given, gradient: penalized(given) };
    const { value, slots, momentum, learningRate, options, gradient } = input;
    const { t, ...kept } = moments(input);
    const mu = momentumAt(t, momentum, options);
    const next = momentumAt(add(t, 1), momentum, options);
    const muProduct = scaled(slots["muProduct"], mu);
    const ofGradient = div(sub(1, mu), weightOf(muProduct));
    const ofAverage = div(next, weightOf(scaled(scaled(muProduct, mu), next)));
    const correction = div(1, sqrt(biasCorrection(options.betas[1], t)));
    const size = add(scaled(sqrt(kept.expAvgSq), correction), options.epsilon);
    const direction = add(
      scaled(gradient, mul(learningRate, ofGradient)),
      scaled(kept.expAvg, mul(learningRate, ofAverage)),
    );
    return { value: sub(value, div(direction, size)), slots: { ...kept, muProduct } };
  },
};

/** μₜ, which grows from about β₁ / 2 to β₁. */
function momentumAt(t: Tensor, beta: Tensor, { momentumDecay }: Options): Tensor {
  return mul(beta, sub(1, mul(pow(0.96, mul(t, momentumDecay)), 0.5)));
}

/** 1 minus a product of momenta, in float64. */
function weightOf(product: Tensor): Tensor {
  return sub(1, cast(product, "float64"));
}
