/** @file Adam and AdamW: one rule, with the decay of weights in the gradient or beside it. */
import { add, div, maximum, mul, sqrt, sub, type Tensor } from "@tapegrad/autograd";
import { Optimizer, type ParametersOrGroups } from "./optimizer.ts";
import { requireDecays, requireNotNegative } from "./ranges.ts";
import {
  averaged,
  biasCorrection,
  COUNT,
  counted,
  type InitialSlot,
  type OptimizerOptions,
  penalized,
  scaled,
  type Updated,
  type UpdateInput,
  type UpdateRule,
} from "./update-rule.ts";

/** What Adam and its relatives take. */
export interface AdaptiveOptions extends OptimizerOptions {
  /** Weights of the old averages of gradients and of their squares; [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the average square; 1e-8 by default. */
  readonly epsilon?: number;
}

export interface AdamOptions extends AdaptiveOptions {
  /** Whether to divide by the largest average square so far; false by default. */
  readonly amsgrad?: boolean;
}

type Options = Required<AdamOptions>;

/**
 * Adam: p ← p - learningRate · m̂ / (√v̂ + ε), with averages m of gradients and v of their squares, both divided by
 * their weight 1 - βᵗ.
 *
 * - weightDecay · p is part of the gradient; `AdamW` decays the weights themselves
 * - learningRate is 0.001 by default
 *
 * @throws ValueError if an option is out of range.
 * @example
 * const optimizer = new Adam(model.parameters(), { learningRate: 3e-4 });
 * const tape = record(() => crossEntropy(model.forward(x, { mode: "train" }), labels));
 * optimizer.step(tape.gradient(model.parameters()));
 * @see Kingma & Ba (2015), algorithm 1; Reddi, Kale & Kumar (2018) for `amsgrad`.
 */
export class Adam extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: AdamOptions = {}) {
    super(adamRule("Adam"), parameters, options);
  }
}

/**
 * Adam with decoupled decay: p ← (1 - learningRate · weightDecay) · p first, and nothing of it in the gradient.
 *
 * - learningRate is 0.001, weightDecay 0.01 by default
 *
 * @throws ValueError if an option is out of range.
 * @example
 * new AdamW(model.parameters(), { learningRate: 1e-3, weightDecay: 0.01 });
 * @see Loshchilov & Hutter (2019), algorithm 2.
 */
export class AdamW extends Optimizer<Options> {
  constructor(parameters: ParametersOrGroups<Options>, options: AdamOptions = {}) {
    super(adamRule("AdamW"), parameters, options);
  }
}

function adamRule(name: "Adam" | "AdamW"): UpdateRule<Options> {
  const isDecoupled = name === "AdamW";
  return {
    name,
    defaults: { ...ADAPTIVE_DEFAULTS, amsgrad: false, weightDecay: isDecoupled ? 0.01 : 0 },
    check: (options) => checkAdaptive(name, options),
    momentum: ({ betas }) => betas[0],
    slots: ({ amsgrad }) => ({ ...MOMENT_SLOTS, ...(amsgrad ? { maxExpAvgSq: 0 } : {}) }),
    update(input) {
      const { value, options, learningRate } = input;
      if (!isDecoupled) return adam({ ...input, gradient: penalized(input) });
      if (options.weightDecay === 0) return adam(input);
      return adam({
        ...input,
        value: scaled(value, sub(1, mul(learningRate, options.weightDecay))),
      });
    },
  };
}

function adam(input: UpdateInput<Options>): Updated {
  const { value, slots, momentum, learningRate, options } = input;
  const { epsilon, betas } = options;
  const { step, t, expAvg, expAvgSq } = moments(input);
  const maxExpAvgSq = options.amsgrad ? maximum(slots["maxExpAvgSq"], expAvgSq) : null;
  const root = sqrt(maxExpAvgSq ?? expAvgSq);
  const size = scaled(root, div(1, sqrt(biasCorrection(betas[1], t))));
  const rate = div(learningRate, biasCorrection(momentum, t));
  return {
    value: sub(value, scaled(div(expAvg, add(size, epsilon)), rate)),
    slots: { step, expAvg, expAvgSq, ...(maxExpAvgSq === null ? {} : { maxExpAvgSq }) },
  };
}

export const ADAPTIVE_DEFAULTS: Required<AdaptiveOptions> = {
  learningRate: 0.001,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0,
  maximize: false,
};

/** @throws ValueError if an option that all adaptive rules have is out of range. */
export function checkAdaptive(op: string, { betas, epsilon }: Required<AdaptiveOptions>): void {
  requireDecays(op, { "betas[0]": betas[0], "betas[1]": betas[1] });
  requireNotNegative(op, { epsilon });
}

export const MOMENT_SLOTS: Readonly<Record<string, InitialSlot>> = {
  step: COUNT,
  expAvg: 0,
  expAvgSq: 0,
};

/** The number of this step, and the averages of gradients and of their squares with this one; not yet corrected. */
export interface Moments {
  readonly step: Tensor;
  /** `step` as float64. */
  readonly t: Tensor;
  readonly expAvg: Tensor;
  readonly expAvgSq: Tensor;
}

export function moments({
  gradient,
  slots,
  momentum,
  options,
}: UpdateInput<Required<AdaptiveOptions>>): Moments {
  return {
    ...counted(slots["step"]),
    expAvg: averaged(slots["expAvg"], gradient, momentum),
    expAvgSq: averaged(slots["expAvgSq"], mul(gradient, gradient), options.betas[1]),
  };
}
