/** @file Elements by masks, and by places in row-major order. */
import { formatShape, normalizeAxis } from "../../array/shape.ts";
import { broadcastShapes } from "../../array/broadcast.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { concatenate } from "../../primitives/concatenate.ts";
import { cast } from "../../primitives/cast.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { maximum } from "../../primitives/maximum.ts";
import { minimum } from "../../primitives/minimum.ts";
import { reshape } from "../../primitives/reshape.ts";
import { sub } from "../../primitives/sub.ts";
import { broadcastTo } from "../../primitives/sum-broadcast-to.ts";
import { where } from "../../primitives/where.ts";
import { cumsum } from "../cumulative.ts";
import { nonzero } from "../searching.ts";
import { narrow } from "../splitting.ts";
import { countedIndices } from "./indices.ts";
import { Part } from "./part.ts";
import { addAt, setAt } from "./write-at.ts";

/** `x` with `value` where the mask, which broadcasts, is true. @throws as `where`. */
export function maskedFill(x: Tensor, mask: Tensor, value: Tensor | number): Tensor {
  return where(mask, typeof value === "number" ? value : cast(value, x.dtype), x);
}

/** The elements where the mask is true, as a vector; both broadcast. It reads the mask, so it cannot be compiled. */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  const shape = broadcastShapes("maskedSelect", requireTensor("maskedSelect", x).shape, mask.shape);
  const flat = reshape(broadcastTo(mask, shape), [-1]);
  return gather(reshape(broadcastTo(x, shape), [-1]), reshape(nonzero(flat), [-1]));
}

/** `x` with the elements of `values`, in their order, where the mask is true. @throws ShapeError if the mask does not broadcast. */
export function maskedScatter(x: Tensor, mask: Tensor, values: Tensor): Tensor {
  const shape = broadcastShapes(
    "maskedScatter",
    requireTensor("maskedScatter", x).shape,
    mask.shape,
  );
  const isTaken = broadcastTo(mask, shape);
  const which = sub(cumsum(reshape(isTaken, [-1])), 1);
  const safe = minimum(maximum(which, 0), values.size - 1);
  const found = reshape(gather(reshape(values, [-1]), safe), shape);
  return where(isTaken, found, x);
}

/**
 * The elements at places in row-major order; negative ones count from the end.
 *
 * - shape: that of `places` (int32); dtype: that of `x`
 * - derivative: the cotangents of an element add up
 *
 * @throws DTypeError if `places` is not int32; ValueError if one is out of range.
 * @example
 * take(tensor([[1, 2], [3, 4]]), tensor([0, -1], { dtype: "int32" }));   // [1, 4]
 */
export function take(x: Tensor, places: Tensor): Tensor {
  const flat = reshape(requireTensor("take", x), [-1]);
  const counted = countedIndices("take", places, { length: flat.size, axis: null });
  return reshape(gather(flat, reshape(counted, [-1])), places.shape);
}

export interface PutOptions {
  /** Whether values are added rather than replacing what was there; false by default. */
  readonly accumulate?: boolean | undefined;
}

/**
 * `x` with values, one for each place in row-major order; negative places count from the end.
 *
 * @throws ShapeError if there are not as many values as places; DTypeError or ValueError as `take`.
 * @example
 * put(tensor([[1, 2], [3, 4]]), tensor([-1], { dtype: "int32" }), tensor([9]));   // [[1, 2], [3, 9]]
 */
export function put(x: Tensor, places: Tensor, values: Tensor, options: PutOptions = {}): Tensor {
  const { size } = requireTensor("put", x);
  const counted = countedIndices("put", places, { length: size, axis: null });
  if (values.size !== places.size) {
    throw new ShapeError("put", { values: values.shape, places: places.shape }, (d) => {
      return `values of shape ${formatShape(d.values)} are not as many as places of shape ${formatShape(d.places)}. Give one value for each place.`;
    });
  }
  const list = cast(values, x.dtype);
  return options.accumulate === true ? addAt(x, counted, list) : setAt("put", x, counted, list);
}

/** `x` with values at the places that a list of index tensors names, one for each leading axis. @throws as `getItem`. */
export function indexPut(
  x: Tensor,
  indices: readonly Tensor[],
  values: Tensor,
  options: PutOptions = {},
): Tensor {
  const part = new Part("indexPut", requireTensor("indexPut", x), indices);
  return options.accumulate === true ? part.add(values) : part.set(values);
}

/** `x` with the slice at `index` along `axis` (0 by default) replaced. @throws ShapeError if it does not fit. */
export function selectScatter(
  x: Tensor,
  values: Tensor,
  index: number,
  options: { readonly axis?: number | undefined } = {},
): Tensor {
  const op = "selectScatter";
  const { shape } = requireTensor(op, x);
  const axis = normalizeAxis(op, shape, options.axis ?? 0);
  const length = shape[axis];
  const at = index < 0 ? index + length : index;
  const expected = shape.filter((_, i) => i !== axis);
  const fits = values.rank === expected.length && values.shape.every((n, i) => n === expected[i]);
  if (!fits || !(at >= 0 && at < length)) {
    throw new ShapeError(op, { shape, axis, index, values: values.shape }, (d) => {
      return `values of shape ${formatShape(d.values)} cannot take the place of slice ${d.index} along axis ${d.axis} of shape ${formatShape(d.shape)}. Give the shape without that axis, and an index that exists.`;
    });
  }
  const one = reshape(
    cast(values, x.dtype),
    shape.map((n, i) => (i === axis ? 1 : n)),
  );
  const before = narrow(x, { axis, start: 0, length: at });
  const after = narrow(x, { axis, start: at + 1, length: length - at - 1 });
  return concatenate([before, one, after], { axis });
}
