/** @file categorical: one of n, with given probabilities. */
import { normalizeAxes, removedShape, type Shape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { argMax } from "../ops/arg-max.ts";
import { movedim } from "../ops/rearranging.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { requireFloating } from "../primitives/door.ts";
import { requireElements } from "../primitives/max.ts";
import { checkDraw, requireBatch } from "./draw.ts";
import { standardGumbels } from "./exponential.ts";

export interface CategoricalOptions {
  /** Along which axis of the logits a distribution lies; the last by default. */
  readonly axis?: number;
  /** The shape of the result; by default that of the logits without `axis`, which must broadcast to it. */
  readonly shape?: Shape;
}

/**
 * Independent indices along `axis` of `logits`, each i with probability softmax(logits)ᵢ: where the largest of logits and
 * draws of Gumbel's distribution is. It stays in logarithms, so probabilities may be as small as they like.
 *
 * - shape: that of `logits` without `axis`, or `shape`; dtype: int32; no derivative
 * - time and memory: one draw for each index and each logit
 * - logits of -Infinity are never drawn, unless all are: then 0; Infinity and NaN are drawn before all others
 *
 * @throws DTypeError if `key` is not a key or the logits are not floating; AxisError if the axis does not exist; ShapeError
 *   if it has size 0, or the logits do not broadcast to `shape`.
 * @example
 * categorical(randomKey(1), tensor([0, Math.log(3)]), { shape: [8] });   // about six times 1
 * @see Maddison, Tarlow & Minka (2014), "A* sampling", section 2.
 */
export function categorical(key: Tensor, logits: Tensor, options: CategoricalOptions = {}): Tensor {
  const op = "categorical";
  const own = requireTensor(op, logits).shape;
  requireFloating(op, logits.dtype);
  const [axis] = normalizeAxes(op, own, options.axis ?? -1);
  requireElements(op, own, [axis]);
  const batch = removedShape(own, [axis]);
  const drawn = checkDraw(op, key, options.shape ?? batch, "float64");
  requireBatch(op, batch, drawn);
  const noise = standardGumbels(key, [...drawn, own[axis]]);
  return argMax(add(cast(movedim(logits, axis, -1), "float64"), noise));
}
