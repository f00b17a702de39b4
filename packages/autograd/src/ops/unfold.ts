/** @file unfold: windows of an axis, or patches of an image: the two meanings that PyTorch gives the name. */
import type { Tensor } from "../core/tensor.ts";
import { im2col, type PatchOptions } from "./convolution/im2col.ts";
import { type WindowOptions, windowsAlong } from "./overlapping.ts";

/**
 * All windows of `size` elements along `axis`, `step` apart, as a last axis; or, with `kernelSize`, all patches of an image
 * as columns (`im2col`).
 *
 * @throws as `im2col`; AxisError if the axis does not exist; ShapeError if no window fits.
 * @example
 * unfold(tensor([1, 2, 3]), { axis: 0, size: 2, step: 1 });   // [[1, 2], [2, 3]]
 */
export function unfold(x: Tensor, options: WindowOptions | PatchOptions): Tensor {
  return "kernelSize" in options ? im2col(x, options) : windowsAlong(x, options);
}
