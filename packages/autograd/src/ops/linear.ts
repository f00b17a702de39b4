/** @file Affine maps of the last axis: linear, bilinear, and the attention made of them. */
import { formatShape, type Shape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { matMul } from "../primitives/mat-mul.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { sum } from "../primitives/sum-broadcast-to.ts";
import { transpose } from "../primitives/transpose.ts";
import { where } from "../primitives/where.ts";
import { lessEqual } from "../primitives/compare.ts";
import { softmax } from "./activations.ts";
import { arange } from "./create.ts";

/**
 * x Wᵀ + b along the last axis.
 *
 * - shapes: x [..., in], weight [out, in] (or [in] for one output without an axis), bias [out]; the result [..., out]
 *
 * @throws ShapeError if the sizes do not fit.
 * @example
 * linear(tensor([1, 2]), tensor([[3, 4]]));   // [11]
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const w = requireTensor("linear", weight);
  const product = matMul(x, w.rank === 1 ? w : transpose(w));
  return bias === undefined ? product : add(product, bias);
}

/**
 * x₁ᵀ W x₂ + b for each output.
 *
 * - shapes: x₁ [..., in₁], x₂ [..., in₂] with equal leading axes, weight [out, in₁, in₂], bias [out];
 *   the result [..., out]
 *
 * @throws ShapeError if the shapes do not fit.
 */
export function bilinear(x1: Tensor, x2: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [out, in1, in2] = requireTensor("bilinear", weight).shape;
  const leading = x1.shape.slice(0, -1);
  const fits = (x: Tensor, length: number): boolean =>
    x.rank === leading.length + 1 && x.shape.every((n, axis) => n === (leading[axis] ?? length));
  if (weight.rank !== 3 || !fits(x1, in1) || !fits(x2, in2)) {
    throw misfit(x1.shape, x2.shape, weight.shape);
  }
  const rows = leading.reduce((n, length) => n * length, 1);
  const flat = reshape(transpose(weight, [1, 0, 2]), [in1, out * in2]);
  const halves = reshape(matMul(reshape(x1, [rows, in1]), flat), [rows, out, in2]);
  const products = mul(halves, reshape(x2, [rows, 1, in2]));
  const result = reshape(sum(products, { axes: 2 }), [...leading, out]);
  return bias === undefined ? result : add(result, bias);
}

function misfit(x1: Shape, x2: Shape, weight: Shape): ShapeError {
  return new ShapeError("bilinear", { x1, x2, weight }, () => {
    return `shapes ${formatShape(x1)}, ${formatShape(x2)} and a weight of shape ${formatShape(weight)} do not fit. Use [..., in1], [..., in2] and [out, in1, in2].`;
  });
}

export interface AttentionOptions {
  /** Added to the scores, which it broadcasts to; or, of dtype bool, true where a key may be attended to. */
  readonly mask?: Tensor | undefined;
  /** Whether a query attends only to keys up to its own position; false by default. */
  readonly isCausal?: boolean | undefined;
  /** What the scores are multiplied by; 1 / √d by default. */
  readonly scale?: number | undefined;
}

/**
 * softmax(Q Kᵀ / √d + mask) V: attention of Vaswani et al. (2017), equation 1.
 *
 * - shapes: query [..., L, d], key [..., S, d], value [..., S, e], mask broadcasting to [..., L, S]; the result
 *   [..., L, e]
 * - a query whose keys are all masked attends to nothing: its weights, 0/0, are NaN
 *
 * @throws ShapeError if the shapes do not fit.
 * @example
 * const x = zeros([2, 5, 8]);   // batch, time, features
 * scaledDotProductAttention(x, x, x);   // float32[2,5,8]
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const { mask, isCausal = false, scale } = options;
  const order = key.shape.map((_, axis) => axis);
  const turned = transpose(key, [...order.slice(0, -2), key.rank - 1, key.rank - 2]);
  const width = query.shape[query.rank - 1];
  let scores = mul(matMul(query, turned), scale ?? 1 / Math.sqrt(width));
  if (mask !== undefined) scores = masked(scores, mask);
  if (isCausal) {
    const [queries, keys] = scores.shape.slice(-2);
    scores = masked(scores, lessEqual(arange(keys), reshape(arange(queries), [queries, 1])));
  }
  return matMul(softmax(scores, { axis: -1 }), value);
}

function masked(scores: Tensor, mask: Tensor): Tensor {
  return mask.dtype === "bool" ? where(mask, scores, Number.NEGATIVE_INFINITY) : add(scores, mask);
}
