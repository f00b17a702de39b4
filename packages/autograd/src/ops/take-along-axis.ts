/** @file takeAlongAxis: an index for every element of the result. */
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { less } from "../primitives/compare.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { broadcastTo } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { tensor } from "./create.ts";
import { countedIndices } from "./indexing/indices.ts";

/**
 * For every index the element of `x` with that index along `axis` (0 by default) and the result's own elsewhere.
 *
 * - shape: that of `indices` (int32, of x's rank), whose other axes are no longer than those of `x`; dtype: that of `x`
 * - negative indices count from the end
 * - derivative: the cotangents of an element add up
 *
 * @throws DTypeError if `indices` is not int32; ShapeError if the shapes do not fit; ValueError if an index is out of range.
 * @example
 * takeAlongAxis(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: "int32" }), { axis: 1 });   // [[2], [3]]
 */
export function takeAlongAxis(
  x: Tensor,
  indices: Tensor,
  options: { readonly axis?: number | undefined } = {},
): Tensor {
  const op = "takeAlongAxis";
  const axis = normalizeAxis(op, requireTensor(op, x).shape, options.axis ?? 0);
  const places = flatPlaces(op, x.shape, indices, axis);
  const found = gather(reshape(x, [-1]), reshape(places, [-1]));
  return reshape(found, indices.shape);
}

/**
 * Where in row-major order of `shape` the elements lie that `indices` name along `axis`: int32, in their shape.
 *
 * @throws as `takeAlongAxis`; an index out of range that is not known yet gives a place that does not exist.
 */
export function flatPlaces(op: string, shape: Shape, indices: Tensor, axis: number): Tensor {
  const fits =
    requireTensor(op, indices).rank === shape.length &&
    indices.shape.every((n, i) => i === axis || n <= shape[i] || sizeOf(indices.shape) === 0);
  if (!fits) {
    throw new ShapeError(op, { shape, indices: indices.shape, axis }, (d) => {
      return `indices of shape ${formatShape(d.indices)} do not fit shape ${formatShape(d.shape)} along axis ${d.axis}. Use as many axes, and lengths that are not larger outside of that axis.`;
    });
  }
  const length = shape[axis];
  const counted = countedIndices(op, indices, { length, axis });
  const step = sizeOf(shape.slice(axis + 1));
  // an index out of range along the axis must not fall into the next line
  const whole = sizeOf(shape);
  const isInside = where(less(counted, 0), false, less(counted, length));
  const along = where(isInside, mul(counted, step), whole);
  return add(along, broadcastTo(offsetsOf(shape, indices.shape, axis), indices.shape));
}

/** For each place outside of `axis` where its line begins; lines in the places of `like`. */
function offsetsOf(shape: Shape, like: Shape, axis: number): Tensor {
  const kept = like.map((n, i) => (i === axis ? 1 : n));
  const data = new Int32Array(sizeOf(kept));
  const index = kept.map(() => 0);
  for (let at = 0; at < data.length; at++) {
    data[at] = index.reduce((place, i, k) => place * shape[k] + i, 0);
    for (let k = kept.length - 1; k >= 0; k--) {
      if (++index[k] < kept[k]) break;
      index[k] = 0;
    }
  }
  return tensor(data, { shape: kept });
}
