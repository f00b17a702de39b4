/** @file attention: softmax(Q Kᵀ / √d) V with masks and weights, and the mask that hides what comes later. */
import {
  add,
  arange,
  cast,
  less,
  matMul,
  mul,
  reshape,
  softmax,
  type Tensor,
  transpose,
  where,
} from "@tapegrad/autograd";

export interface AttentionOptions {
  /** Each broadcasts to the scores [..., L, S]: of dtype bool, true where a query must not attend; else added. */
  readonly masks: readonly Tensor[];
  /** Applied to the weights before they are used, such as dropout. */
  readonly through: (weights: Tensor) => Tensor;
}

export interface Attended {
  readonly output: Tensor;
  /** How much of each key every query takes, [..., L, S]. */
  readonly weights: Tensor;
}

/**
 * softmax(Q Kᵀ / √d + mask) V.
 *
 * - shapes: query [..., L, d], key [..., S, d], value [..., S, e]; the output [..., L, e]
 * - a query whose keys are all masked attends to nothing: its weights, 0/0, are NaN, as in PyTorch
 *
 * @see Vaswani et al. (2017), equation 1.
 */
export function attention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { masks, through }: AttentionOptions,
): Attended {
  const { rank, shape } = query;
  const axes = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  // the query is scaled, not the scores: there are fewer of its numbers
  const scores = matMul(mul(query, 1 / Math.sqrt(shape[rank - 1])), transpose(key, axes));
  const weights = through(softmax(masks.reduce(masked, scores), { axis: -1 }));
  return { output: matMul(weights, value), weights };
}

function masked(scores: Tensor, mask: Tensor): Tensor {
  if (mask.dtype === "bool") return where(mask, Number.NEGATIVE_INFINITY, scores);
  return add(scores, cast(mask, scores.dtype));
}

/**
 * The mask of attention that hides later positions: bool[length, length], true above the diagonal.
 *
 * @throws ValueError if `length` is not an integer of 0 or more.
 * @example
 * causalMask(2);   // [[false, true], [false, false]]
 */
export function causalMask(length: number): Tensor {
  const positions = arange(length);
  return less(reshape(positions, [length, 1]), positions);
}
