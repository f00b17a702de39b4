/** @file float64: literal tensors in the precision of the reference. */
import { type Shape, type Tensor, tensor } from "@tapegrad/autograd";

/** A float64 tensor of nested numbers, or of flat ones divided by `shape`. */
export function float64(values: Parameters<typeof tensor>[0], shape?: Shape): Tensor {
  return tensor(values, { dtype: "float64", ...(shape === undefined ? {} : { shape }) });
}
