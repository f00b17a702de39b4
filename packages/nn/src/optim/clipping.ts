/**
 * @file Clipping of gradients: functions of a list to a list, before `optimizer.step`. null, for a parameter without
 * a gradient, stays null.
 */
import {
  add,
  cast,
  clamp,
  div,
  minimum,
  stack,
  type Tensor,
  ValueError,
  vectorNorm,
} from "@tapegrad/autograd";
import { scalar } from "./optimizer.ts";
import { requireRange } from "./ranges.ts";
import { scaled } from "./update-rule.ts";

export interface ClipByNormOptions {
  readonly maxNorm: number;
  /** The order of the norm, Infinity too; 2 by default. */
  readonly normType?: number;
}

export interface ClippedByNorm<Gradient> {
  readonly gradients: readonly Gradient[];
  /** The norm before clipping; float64, shape []. */
  readonly norm: Tensor;
}

/**
 * All gradients times min(1, maxNorm / (norm + 1e-6)), where norm is that of all their numbers together.
 *
 * - shapes and dtypes stay; the norm is float64, and does not overflow before it is too large for its gradient's dtype
 * - where a gradient is NaN all become NaN; where one is infinite, it becomes NaN and the others 0
 *
 * @throws ValueError if maxNorm is negative or not finite, or normType is NaN.
 * @example
 * const { gradients, norm } = clipByNorm(tape.gradient(optimizer.parameters), { maxNorm: 1 });
 * optimizer.step(gradients);
 * @see Pascanu, Mikolov & Bengio (2013), algorithm 1; PyTorch's `clip_grad_norm_`, whose 1e-6 it has.
 */
export function clipByNorm<Gradient extends Tensor | null>(
  gradients: readonly Gradient[],
  options: ClipByNormOptions,
): ClippedByNorm<Gradient> {
  const { maxNorm, normType = 2 } = options;
  requireRange("clipByNorm", "maxNorm", maxNorm, maxNorm >= 0, "a number from 0 up");
  if (Number.isNaN(normType)) {
    throw new ValueError("clipByNorm", { normType }, () => {
      return "normType is NaN. Use an order such as 2, 1 or Infinity.";
    });
  }
  const norms = gradients
    .filter((gradient) => gradient !== null)
    .map((gradient) => {
      return cast(vectorNorm(gradient, { ord: normType }), "float64");
    });
  const norm = norms.length === 0 ? scalar(0) : vectorNorm(stack(norms), { ord: normType });
  const factor = minimum(1, div(maxNorm, add(norm, 1e-6)));
  return { gradients: each(gradients, (gradient) => scaled(gradient, factor)), norm };
}

/**
 * Every number of every gradient, brought into [-maxValue, maxValue].
 *
 * - shapes and dtypes stay, and so does NaN
 *
 * @throws ValueError if maxValue is negative or not finite.
 * @example
 * optimizer.step(clipByValue(tape.gradient(optimizer.parameters), 0.5));
 */
export function clipByValue<Gradient extends Tensor | null>(
  gradients: readonly Gradient[],
  maxValue: number,
): readonly Gradient[] {
  requireRange("clipByValue", "maxValue", maxValue, maxValue >= 0, "a number from 0 up");
  return each(gradients, (gradient) => clamp(gradient, { min: -maxValue, max: maxValue }));
}

/** `f` of every gradient but null. */
export function each<Gradient extends Tensor | null>(
  gradients: readonly Gradient[],
  f: (gradient: Tensor, position: number) => Tensor,
): readonly Gradient[] {
  return gradients.map((gradient, i) => {
    return (gradient === null ? null : f(gradient, i)) as Gradient;
  });
}
