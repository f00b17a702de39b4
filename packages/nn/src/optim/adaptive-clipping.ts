/** @file Adaptive clipping: the gradient of each unit in proportion to its weights. */
import {
  div,
  GradientError,
  greater,
  maximum,
  mul,
  type Tensor,
  vectorNorm,
  where,
} from "@tapegrad/autograd";
import type { Parameter } from "../module.ts";
import { each } from "./clipping.ts";
import { requireRange } from "./ranges.ts";

export interface ClipAdaptivelyOptions {
  /** λ, the largest ratio of the norms of a gradient and of its weights; 0.01 by default. */
  readonly clipping?: number;
  /** The least norm of weights, so that those which are 0 can move; 1e-3 by default. */
  readonly epsilon?: number;
}

/**
 * The gradient of every unit with at most λ · max(‖w‖, ε) as its norm, where w are the unit's weights.
 *
 * - a unit is a row of a matrix and a filter of a convolution (all but the first axis), and the whole of a vector
 * - shapes and dtypes stay; the last layer is usually left out: pass null, and put its gradient back
 *
 * @throws GradientError if there is not one gradient for each parameter; ValueError if an option is out of range.
 * @example
 * const gradients = tape.gradient(optimizer.parameters);
 * optimizer.step(clipAdaptively(gradients, optimizer.parameters, { clipping: 0.02 }));
 * @see Brock, De, Smith & Simonyan (2021), equation 3.
 */
export function clipAdaptively<Gradient extends Tensor | null>(
  gradients: readonly Gradient[],
  parameters: readonly Parameter[],
  options: ClipAdaptivelyOptions = {},
): readonly Gradient[] {
  const { clipping = 0.01, epsilon = 1e-3 } = options;
  const op = "clipAdaptively";
  requireRange(op, "clipping", clipping, clipping > 0, "a positive number");
  requireRange(op, "epsilon", epsilon, epsilon > 0, "a positive number");
  if (gradients.length !== parameters.length) {
    const details = { found: gradients.length, expected: parameters.length };
    throw new GradientError(op, details, (d) => {
      return `got ${d.found} gradients for ${d.expected} parameters. Pass one for each parameter, or null.`;
    });
  }
  return each(gradients, (gradient, i) => {
    const largest = mul(maximum(unitNorms(parameters[i].value), epsilon), clipping);
    const norms = unitNorms(gradient);
    const isLarge = greater(norms, largest);
    return mul(gradient, where(isLarge, div(largest, where(isLarge, norms, 1)), 1));
  });
}

function unitNorms(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return vectorNorm(x, { axes: x.rank > 1 ? axes.slice(1) : axes, keepDims: true });
}
