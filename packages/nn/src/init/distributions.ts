/** @file Initialisers whose distribution does not depend on the shape, and constants. */
import { full } from "@tapegrad/autograd";
import {
  drawnFrom,
  type Initializer,
  type RandomInitializer,
  requireDeviation,
} from "./initializer.ts";

/** Uniform from `min` (0) to `max` (1). */
export function uniform(
  options: { readonly min?: number; readonly max?: number } = {},
): RandomInitializer {
  const { min = 0, max = 1 } = options;
  return drawnFrom(() => ({ kind: "uniform", min, max }));
}

/** Normal with `mean` (0) and `standardDeviation` (1). @throws ValueError if that is not positive. */
export function normal(
  options: { readonly mean?: number; readonly standardDeviation?: number } = {},
): RandomInitializer {
  const { mean = 0, standardDeviation = 1 } = options;
  requireDeviation("standardDeviation", standardDeviation);
  return drawnFrom(() => ({ kind: "normal", mean, standardDeviation }));
}

export interface TruncatedNormalInitOptions {
  /** 0 by default. */
  readonly mean?: number;
  /** That of the distribution before it is truncated; 1 by default. */
  readonly standardDeviation?: number;
  /** -2 by default: in the units of the values, as PyTorch's `trunc_normal_`. */
  readonly min?: number;
  /** 2 by default. */
  readonly max?: number;
}

/** Normal, without what lies outside of `min` and `max`. */
export function truncatedNormal(options: TruncatedNormalInitOptions = {}): RandomInitializer {
  const { mean = 0, standardDeviation = 1, min = -2, max = 2 } = options;
  return drawnFrom(() => ({ kind: "truncatedNormal", mean, standardDeviation, min, max }));
}

/** `value` everywhere. */
export function constant(value: number): Initializer {
  return { draw: (_, shape, options = {}) => full(shape, value, options) };
}

/** 0 everywhere. */
export function zeros(): Initializer {
  return constant(0);
}

/** 1 everywhere. */
export function ones(): Initializer {
  return constant(1);
}
