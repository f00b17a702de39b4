/** @file Activations that take more than one number: glu, prelu; and the softmax of the smallest. */
import { formatShape, normalizeAxis } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { greater } from "../primitives/compare.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";
import { reshape } from "../primitives/reshape.ts";
import { sigmoid } from "../primitives/sigmoid.ts";
import { slice } from "../primitives/slice-pad.ts";
import { where } from "../primitives/where.ts";
import { type AxisOptions, softmax } from "./activations.ts";

/**
 * a · sigmoid(b), with a and b the halves of `x` along `axis` (the last by default). Dauphin et al. (2017).
 *
 * - shape: the axis half as long; dtype: that of `x`, which must be floating
 *
 * @throws ShapeError if the axis has an odd length; AxisError if it does not exist; DTypeError for int32 and bool.
 * @example
 * glu(tensor([2, 0]));   // [1]
 */
export function glu(x: Tensor, options: AxisOptions = {}): Tensor {
  const { shape } = requireTensor("glu", x);
  const axis = normalizeAxis("glu", shape, options.axis ?? -1);
  if (shape[axis] % 2 !== 0) {
    throw new ShapeError("glu", { shape, axis }, (d) => {
      return `axis ${d.axis} of shape ${formatShape(d.shape)} has an odd length, so it has no halves. Choose an axis of even length.`;
    });
  }
  const half = shape[axis] / 2;
  const sizes = shape.map((n, i) => (i === axis ? half : n));
  const at = (start: number): Tensor => {
    return slice(x, { starts: shape.map((_, i) => (i === axis ? start : 0)), sizes });
  };
  return mul(at(0), sigmoid(at(half)));
}

/**
 * x where it is positive, else weight · x. He et al. (2015), equation 1. At 0 the derivative is the weight.
 *
 * - shapes: weight with one element, or [C] for the channels in axis 1 of `x`; dtype: promoted
 *
 * @throws ShapeError if the weight does not fit.
 * @example
 * prelu(tensor([-2, 3]), tensor([0.5]));   // [-1, 3]
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const { shape } = requireTensor("prelu", x);
  const channels = shape.length < 2 ? 1 : shape[1];
  if (weight.rank > 1 || (weight.size !== 1 && weight.size !== channels)) {
    throw new ShapeError("prelu", { shape, weight: weight.shape }, (d) => {
      return `a weight of shape ${formatShape(d.weight)} does not fit shape ${formatShape(d.shape)}. Use one number, or one for each channel (axis 1).`;
    });
  }
  const slope = reshape(
    weight,
    weight.size === 1 ? [] : shape.map((n, axis) => (axis === 1 ? n : 1)),
  );
  return where(greater(x, 0), x, mul(slope, x));
}

/** softmax(-x) along `axis` (the last by default). @throws as `softmax`. */
export function softmin(x: Tensor, options: AxisOptions = {}): Tensor {
  return softmax(neg(x), options);
}
