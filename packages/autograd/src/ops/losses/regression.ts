/**
 * @file Losses between numbers: squared, absolute, and between the two; and negative log-likelihoods.
 *
 * Operands broadcast. The constants of the likelihoods that do not depend on the prediction are left out
 * unless `full` is set.
 */
import type { Tensor } from "../../core/tensor.ts";
import { ValueError } from "../../errors.ts";
import { abs } from "../../primitives/abs.ts";
import { add } from "../../primitives/add.ts";
import { greater, less } from "../../primitives/compare.ts";
import { div } from "../../primitives/div.ts";
import { exp } from "../../primitives/exp.ts";
import { log } from "../../primitives/log.ts";
import { maximum } from "../../primitives/maximum.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { stopGradient } from "../../primitives/stop-gradient.ts";
import { sub } from "../../primitives/sub.ts";
import { where } from "../../primitives/where.ts";
import { square } from "../activations.ts";
import { type LossOptions, reduced } from "./reduced.ts";

/**
 * Squared error (input - target)².
 *
 * - shapes: broadcast; a scalar, or the broadcast shape under `reduction: "none"`
 *
 * @throws ShapeError if the shapes do not broadcast; ValueError if the reduction is not known.
 * @example
 * mseLoss(tensor([1, 2]), tensor([1, 4]));   // 2
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return reduced("mseLoss", square(sub(input, target)), options);
}

/**
 * Absolute error |input - target|; its derivative at equality is 0.
 *
 * @throws as `mseLoss`.
 * @example
 * l1Loss(tensor([1, 2]), tensor([0, 4]));   // 1.5
 */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return reduced("l1Loss", abs(sub(input, target)), options);
}

/** Where the loss changes from quadratic to linear. */
export interface HuberLossOptions extends LossOptions {
  /** Positive; 1 by default. */
  readonly delta?: number | undefined;
}

/**
 * Huber's loss of d = input - target: d² / 2 where |d| ≤ δ, else δ (|d| - δ / 2). Huber (1964), equation 2.2.
 *
 * @throws ValueError if `delta` is not positive; otherwise as `mseLoss`.
 * @example
 * huberLoss(tensor([0, 3]), tensor([0, 0]));   // 1.25
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  const delta = requireAtLeast("huberLoss", "delta", options.delta ?? 1, Number.MIN_VALUE);
  const distance = abs(sub(input, target));
  const linear = mul(delta, sub(distance, delta / 2));
  const losses = where(greater(distance, delta), linear, mul(0.5, square(distance)));
  return reduced("huberLoss", losses, options);
}

export interface SmoothL1LossOptions extends LossOptions {
  /** Where the loss becomes linear; 0 makes it `l1Loss`. 1 by default. */
  readonly beta?: number | undefined;
}

/**
 * d² / (2β) where |d| < β, else |d| - β / 2, for d = input - target: Huber's loss divided by its δ.
 * Girshick (2015), "Fast R-CNN", equation 3, for β = 1.
 *
 * @throws ValueError if `beta` is negative; otherwise as `mseLoss`.
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  options: SmoothL1LossOptions = {},
): Tensor {
  const beta = requireAtLeast("smoothL1Loss", "beta", options.beta ?? 1, 0);
  if (beta === 0) return reduced("smoothL1Loss", abs(sub(input, target)), options);
  const distance = abs(sub(input, target));
  const quadratic = div(square(distance), 2 * beta);
  const losses = where(less(distance, beta), quadratic, sub(distance, beta / 2));
  return reduced("smoothL1Loss", losses, options);
}

/** What of a likelihood is kept. */
export interface LikelihoodOptions extends LossOptions {
  /** Whether terms without the prediction are added; false by default. */
  readonly full?: boolean | undefined;
  /** Keeps a variance or the argument of a logarithm from 0. */
  readonly epsilon?: number | undefined;
}

/**
 * Negative log-likelihood of a normal distribution: (log v + (input - target)² / v) / 2, with v the variance
 * or, where that is smaller, ε (1e-6 by default). Nix & Weigend (1994).
 *
 * - shapes: broadcast; a variance [...] beside an input [..., n] counts for all n
 * - derivative: by the variance as if it had not been replaced by ε
 *
 * @throws ShapeError if the shapes do not broadcast; ValueError if the reduction is not known.
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  options: LikelihoodOptions = {},
): Tensor {
  const { full = false, epsilon = 1e-6 } = options;
  const raised = stopGradient(sub(maximum(variance, epsilon), variance));
  const v = perSample(add(variance, raised), input);
  const losses = mul(0.5, add(log(v), div(square(sub(input, target)), v)));
  const constant = full ? 0.5 * Math.log(2 * Math.PI) : 0;
  return reduced("gaussianNllLoss", full ? add(losses, constant) : losses, options);
}

/** A variance without the last axis of the input counts for all of that axis. */
function perSample(variance: Tensor, input: Tensor): Tensor {
  const { shape } = variance;
  const lacks =
    shape.length === input.rank - 1 && shape.every((n, axis) => n === input.shape[axis]);
  return lacks ? reshape(variance, [...shape, 1]) : variance;
}

export interface PoissonNllLossOptions extends LikelihoodOptions {
  /** Whether the input is the logarithm of the rate; true by default. */
  readonly logInput?: boolean | undefined;
}

/**
 * Negative log-likelihood of a Poisson distribution: rate - target · log rate, the rate being exp(input), or the
 * input itself (then ε, 1e-8 by default, is added to it inside the logarithm).
 *
 * - under `full` Stirling's approximation of log target! is added where the target is larger than 1
 *
 * @throws ShapeError if the shapes do not broadcast; ValueError if the reduction is not known.
 */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  options: PoissonNllLossOptions = {},
): Tensor {
  const { logInput = true, full = false, epsilon = 1e-8 } = options;
  const losses = logInput
    ? sub(exp(input), mul(target, input))
    : sub(input, mul(target, log(add(input, epsilon))));
  return reduced("poissonNllLoss", full ? add(losses, logFactorial(target)) : losses, options);
}

/** Stirling: t log t - t + log(2πt) / 2, for t > 1; 0 below. */
function logFactorial(target: Tensor): Tensor {
  const large = greater(target, 1);
  const t = where(large, target, 1);
  const stirling = add(sub(mul(t, log(t)), t), mul(0.5, log(mul(2 * Math.PI, t))));
  return where(large, stirling, 0);
}

function requireAtLeast(op: string, option: string, value: number, least: number): number {
  if (value >= least && Number.isFinite(value)) return value;
  throw new ValueError(op, { option, value }, () => {
    return `${option} is ${value}. Use a finite number that is ${least === 0 ? "0 or more" : "more than 0"}.`;
  });
}
