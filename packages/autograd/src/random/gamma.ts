/** @file Draws from gamma distributions, and what is made of them: beta and Dirichlet. */
import { type DType, isFloating } from "../array/dtype.ts";
import { normalizeAxes, type Shape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import { splat, Tensor } from "../core/tensor.ts";
import { softmax } from "../ops/activations.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { greater, less } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { exp } from "../primitives/exp.ts";
import { log } from "../primitives/log.ts";
import { requireElements } from "../primitives/max.ts";
import { mul } from "../primitives/mul.ts";
import { sigmoid } from "../primitives/sigmoid.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { sub } from "../primitives/sub.ts";
import { broadcastTo } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { customGradient } from "../transforms/custom-gradient.ts";
import {
  checkDraw,
  type DrawOptions,
  innerKeys,
  requireBatch,
  requirePositive,
  standardNormals,
} from "./draw.ts";
import { standardExponentials } from "./exponential.ts";
import { logGammaSlope } from "./gamma-slope.ts";

export interface GammaOptions extends DrawOptions {
  /** α > 0, also called the shape of the distribution; a tensor must broadcast to the shape that is drawn. */
  readonly concentration: number | Tensor;
  /** One over the scale; 1 by default. */
  readonly rate?: number;
  /** By default that of the concentration, if it is a floating tensor, else float32. */
  readonly dtype?: DType;
}

/**
 * Independent draws with density rateᵅ xᵅ⁻¹ exp(-rate · x) / Γ(α), α the concentration.
 *
 * - dtype: float32 or float64; computed in float64 and rounded once. Of small α many draws round to 0
 * - derivative by a tensor of concentrations: that of the draw with its place in the distribution held, to every order
 *   (implicit reparametrisation, Figurnov, Mohamed & Mnih, 2018), so that gradients of means are unbiased
 * - NaN where a concentration in a tensor is not positive
 *
 * @throws DTypeError if `key` is not a key or the dtype not floating; ShapeError if the concentration does not broadcast to
 *   `shape`; ValueError for numbers that are not positive and finite.
 * @example
 * gamma(randomKey(1), [3], { concentration: 2 });   // mean 2, variance 2
 * @see Marsaglia & Tsang (2000), "A simple method for generating gamma variables".
 */
export function gamma(key: Tensor, shape: Shape, options: GammaOptions): Tensor {
  const op = "gamma";
  const { concentration, rate = 1 } = options;
  const dtype = options.dtype ?? dtypeOf(concentration);
  const drawn = checkDraw(op, key, shape, dtype);
  requirePositive(op, "rate", rate);
  const alpha = concentrationOf(op, "concentration", concentration, drawn);
  return cast(mul(exp(logGammas(key, alpha)), 1 / rate), dtype);
}

export interface BetaOptions extends DrawOptions {
  /** Both positive; tensors must broadcast to the shape that is drawn. */
  readonly alpha: number | Tensor;
  readonly beta: number | Tensor;
  /** By default that of `alpha`, if it is a floating tensor, else float32. */
  readonly dtype?: DType;
}

/**
 * Independent draws from [0, 1] with a density proportional to xᵅ⁻¹ (1 - x)ᵝ⁻¹: X / (X + Y) for gamma draws X and Y.
 *
 * - dtype and derivative: as for `gamma`; it is computed from logarithms, so small α and β are no danger
 *
 * @throws as `gamma`.
 */
export function beta(key: Tensor, shape: Shape, options: BetaOptions): Tensor {
  const op = "beta";
  const dtype = options.dtype ?? dtypeOf(options.alpha);
  const drawn = checkDraw(op, key, shape, dtype);
  const [first, second] = innerKeys(key, 2);
  const x = logGammas(first, concentrationOf(op, "alpha", options.alpha, drawn));
  const y = logGammas(second, concentrationOf(op, "beta", options.beta, drawn));
  return cast(sigmoid(sub(x, y)), dtype);
}

export interface DirichletOptions extends DrawOptions {
  /** The shape before the last axis; by default that of the concentration, which must broadcast to it. */
  readonly shape?: Shape;
  /** By default that of the concentration. */
  readonly dtype?: DType;
}

/**
 * Independent probabilities of n events, with a density proportional to Π xᵢ^(αᵢ - 1): gamma draws over their sum.
 *
 * - shape: `shape` and the last axis of the concentration α, along which the probabilities add up to 1
 * - dtype and derivative: as for `gamma`; it is computed from logarithms, so small α are no danger
 *
 * @throws DTypeError if `key` is not a key or a dtype not floating; AxisError if the concentration has no axis; ShapeError
 *   if its last axis has size 0, or it does not broadcast to `shape`.
 * @example
 * dirichlet(randomKey(1), tensor([1, 1, 1]), { shape: [5] });   // five points of a triangle, uniform
 */
export function dirichlet(
  key: Tensor,
  concentration: Tensor,
  options: DirichletOptions = {},
): Tensor {
  const op = "dirichlet";
  const own = requireTensor(op, concentration);
  requireFloating(op, own.dtype);
  requireElements(op, own.shape, normalizeAxes(op, own.shape, -1));
  const batch = own.shape.slice(0, -1);
  const { dtype = own.dtype } = options;
  const drawn = checkDraw(op, key, options.shape ?? batch, dtype);
  requireBatch(op, batch, drawn);
  const alpha = concentrationOf(op, "concentration", own, [...drawn, ...own.shape.slice(-1)]);
  return cast(softmax(logGammas(key, alpha)), dtype);
}

function dtypeOf(concentration: number | Tensor): DType {
  const isTensor = concentration instanceof Tensor && isFloating(concentration.dtype);
  return isTensor ? concentration.dtype : "float32";
}

/** In float64 and the shape to draw; NaN where it is not positive. */
function concentrationOf(op: string, name: string, value: number | Tensor, shape: Shape): Tensor {
  if (typeof value === "number") {
    requirePositive(op, name, value);
    return splat({ shape, dtype: "float64" }, value);
  }
  requireBatch(op, requireTensor(op, value).shape, shape);
  const alpha = broadcastTo(cast(value, "float64"), shape);
  return where(greater(alpha, 0), alpha, Number.NaN);
}

/** Logarithms of gamma draws, differentiable by α. */
const logGammas: (key: Tensor, alpha: Tensor) => Tensor = customGradient(drawLogGammas, {
  residuals: [1, "output"],
  vjp: (cotangent, { primals: [, alpha], output }) => [
    null,
    mul(cotangent, logGammaSlope(alpha, output)),
  ],
  jvp: ([, tangent], { primals: [, alpha], output }) => mul(tangent, logGammaSlope(alpha, output)),
});

/**
 * Rounds of proposals, of which at least 95 % are accepted (fewest where α is near 0). That all are rejected happens once
 * in 10¹⁵ draws; then the value stands for the most likely proposal.
 */
const ROUNDS = 12;

/**
 * One draw of α + 1 is (α + ⅔) t³ for t = 1 + c · normal, if it is accepted; times u^(1 / α), u
 * uniform, it is one of α, whatever α is (Marsaglia & Tsang, sections 2 and 6).
 */
function drawLogGammas(key: Tensor, alpha: Tensor): Tensor {
  const d = add(alpha, 2 / 3);
  const c = div(1 / 3, sqrt(d));
  const [last, ...keys] = innerKeys(key, 1 + 2 * ROUNDS);
  let accepted: Tensor = splat({ shape: alpha.shape, dtype: "bool" }, 0);
  let logCubes: Tensor = splat(alpha.aval, 0);
  for (let round = 0; round < ROUNDS && !isKnownToHold(accepted); round++) {
    const z = standardNormals(keys[2 * round], alpha.shape);
    const t = add(mul(c, z), 1);
    const isPositive = greater(t, 0);
    const logCube = mul(log(where(isPositive, t, 1)), 3);
    // log u < z² / 2 - d (t³ - 1 - log t³)
    const bound = sub(mul(d, sub(sub(mul(t, mul(t, t)), 1), logCube)), mul(mul(z, z), 0.5));
    const isUnder = less(bound, standardExponentials(keys[2 * round + 1], alpha.shape));
    // a proposal that is wanted no more, or not accepted, leaves what there is
    const isTaken = where(accepted, false, where(isPositive, isUnder, false));
    logCubes = where(isTaken, logCube, logCubes);
    accepted = where(isTaken, true, accepted);
  }
  return sub(add(log(d), logCubes), div(standardExponentials(last, alpha.shape), alpha));
}

/** Whether all of `mask` is true and that can be seen: further rounds would change nothing. On a tape it never is. */
function isKnownToHold(mask: Tensor): boolean {
  return mask.tape === null && mask.array !== null && !mask.toTypedArray().includes(0);
}
