/** @file oneHot. */
import type { DType } from "../array/dtype.ts";
import type { Tensor } from "../core/tensor.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { eye } from "./create.ts";

/**
 * For each label the row of the identity matrix with its number.
 *
 * - shape: [N, classes] for labels [N] of dtype int32; dtype: float32 unless `dtype` says otherwise
 *
 * @throws ValueError if a label is not from 0 to classes - 1; DTypeError or ShapeError if labels are not int32[N].
 * @example
 * oneHot(tensor([2, 0], { dtype: "int32" }), 3);   // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(
  labels: Tensor,
  classes: number,
  options: { readonly dtype?: DType } = {},
): Tensor {
  return gather(eye(classes, options), labels);
}
