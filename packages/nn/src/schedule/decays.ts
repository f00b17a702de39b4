/** @file Schedules that fall, or rise, once: each in closed form, with PyTorch's values at every step. */
import { requireNotNegative, requireRange } from "../optim/ranges.ts";
import type { Schedule } from "./schedule.ts";

export interface ConstantOptions {
  /** 1/3 by default. */
  readonly factor?: number;
  /** 5 by default. */
  readonly steps?: number;
}

/**
 * base · factor for `steps` steps, then base.
 *
 * @throws ValueError if the factor is negative, or `steps` is no count.
 */
export function constant(options: ConstantOptions = {}): Schedule {
  const { factor = 1 / 3, steps = 5 } = options;
  requireNotNegative("constant", { factor });
  requireSteps("constant", { steps });
  return (step, base) => (step < steps ? base * factor : base);
}

export interface LinearOptions {
  /** The factor at step 0; 1/3 by default. */
  readonly start?: number;
  /** The factor from step `steps` on; 1 by default. */
  readonly end?: number;
  /** 5 by default. */
  readonly steps?: number;
}

/**
 * base times a factor that goes from `start` to `end` in equal steps.
 *
 * @throws ValueError if a factor is negative, or `steps` is no count.
 */
export function linear(options: LinearOptions = {}): Schedule {
  const { start = 1 / 3, end = 1, steps = 5 } = options;
  requireNotNegative("linear", { start, end });
  requireSteps("linear", { steps });
  return (step, base) => base * (start + (end - start) * (Math.min(step, steps) / steps));
}

export interface PolynomialOptions {
  /** The step from which the rate is 0; 5 by default. */
  readonly steps?: number;
  /** 1 by default. */
  readonly power?: number;
}

/**
 * base · (1 - step / steps)^power, 0 in the end.
 *
 * @throws ValueError if the power is negative, or `steps` is no count.
 */
export function polynomial(options: PolynomialOptions = {}): Schedule {
  const { steps = 5, power = 1 } = options;
  requireNotNegative("polynomial", { power });
  requireSteps("polynomial", { steps });
  return (step, base) => base * (1 - Math.min(step, steps) / steps) ** power;
}

export interface StepOptions {
  /** The number of steps between two falls. */
  readonly every: number;
  /** What each fall multiplies the rate by; 0.1 by default. */
  readonly gamma?: number;
}

/**
 * base · gamma^⌊step / every⌋.
 *
 * @throws ValueError if gamma is negative, or `every` is no count.
 * @example
 * const rate = schedules.step({ every: 30 });
 * [0, 29, 30].map((step) => rate(step, 1));   // [1, 1, 0.1]
 */
export function step(options: StepOptions): Schedule {
  const { every, gamma = 0.1 } = options;
  requireNotNegative("step", { gamma });
  requireSteps("step", { every });
  return (at, base) => base * gamma ** Math.floor(at / every);
}

export interface MultiStepOptions {
  /** The steps at which the rate falls, in any order; twice where one is named twice. */
  readonly milestones: readonly number[];
  /** What each fall multiplies the rate by; 0.1 by default. */
  readonly gamma?: number;
}

/**
 * base · gamma^n, where n milestones have been reached.
 *
 * @throws ValueError if gamma is negative.
 */
export function multiStep(options: MultiStepOptions): Schedule {
  const { milestones, gamma = 0.1 } = options;
  requireNotNegative("multiStep", { gamma });
  return (at, base) => base * gamma ** milestones.filter((milestone) => milestone <= at).length;
}

/**
 * base · gamma^step.
 *
 * @throws ValueError if gamma is negative.
 */
export function exponential({ gamma }: { readonly gamma: number }): Schedule {
  requireNotNegative("exponential", { gamma });
  return (at, base) => base * gamma ** at;
}

export interface CosineOptions {
  /** Half a period: the rate is least after so many steps, and rises again if there are more. */
  readonly steps: number;
  /** The least rate; 0 by default. */
  readonly min?: number;
}

/**
 * min + (base - min) · (1 + cos(π · step / steps)) / 2.
 *
 * @throws ValueError if `min` is negative, or `steps` is no count.
 * @example
 * const rate = schedules.cosine({ steps: 100 });
 * [0, 50, 100].map((step) => rate(step, 0.1));   // [0.1, 0.05, 0]
 * @see Loshchilov & Hutter (2017), equation 5, without restarts.
 */
export function cosine(options: CosineOptions): Schedule {
  const { steps, min = 0 } = options;
  requireNotNegative("cosine", { min });
  requireSteps("cosine", { steps });
  return (at, base) => betweenByCosine(base, min, at / steps);
}

/** From `start` at 0 to `end` at 1, level at both. */
export function betweenByCosine(start: number, end: number, at: number): number {
  return end + ((start - end) * (1 + Math.cos(Math.PI * at))) / 2;
}

/** @throws ValueError unless all are integers above 0. */
export function requireSteps(op: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    requireRange(op, name, value, Number.isSafeInteger(value) && value > 0, "an integer above 0");
  }
}
