/** @file A tensor in parts along an axis. */
import { formatShape, isLength, normalizeAxis, removedShape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { outOfRange } from "./indexing/indices.ts";

/** Along which axis; 0 by default. */
export interface SplitOptions {
  readonly axis?: number | undefined;
}

/**
 * `length` elements along `axis` (0 by default) from `start` on, which may count from the end; a view.
 *
 * - derivative: the cotangent in the place of the part, 0 elsewhere
 *
 * @throws ValueError if the part does not lie inside; AxisError if the axis does not exist.
 * @example
 * narrow(tensor([1, 2, 3]), { start: -2, length: 2 });   // [2, 3]
 */
export function narrow(
  x: Tensor,
  options: { readonly axis?: number | undefined; readonly start: number; readonly length: number },
): Tensor {
  const { shape } = requireTensor("narrow", x);
  const axis = normalizeAxis("narrow", shape, options.axis ?? 0);
  const { length } = options;
  const start = options.start < 0 ? options.start + shape[axis] : options.start;
  if (!isLength(start) || !isLength(length) || start + length > shape[axis]) {
    throw new ValueError("narrow", { shape, axis, start: options.start, length }, (d) => {
      return `axis ${d.axis} of shape ${formatShape(d.shape)} does not hold ${d.length} elements from ${d.start} on. Use integers that stay inside.`;
    });
  }
  return slice(x, {
    starts: shape.map((_, i) => (i === axis ? start : 0)),
    sizes: shape.map((n, i) => (i === axis ? length : n)),
  });
}

/**
 * The elements with one index along `axis` (0 by default), without that axis; a negative one counts from the end.
 *
 * - derivative: the cotangent in the place of the slice, 0 elsewhere
 *
 * @throws ValueError if the index does not exist; AxisError if the axis does not.
 * @example
 * select(tensor([[1, 2], [3, 4]]), -1, { axis: 1 });   // [2, 4]
 */
export function select(x: Tensor, index: number, options: SplitOptions = {}): Tensor {
  const axis = normalizeAxis("select", requireTensor("select", x).shape, options.axis ?? 0);
  const length = x.shape[axis];
  if (!Number.isInteger(index) || index < -length || index >= length) {
    throw outOfRange("select", index, { length, axis }, null);
  }
  const one = narrow(x, { axis, start: index, length: 1 });
  return reshape(one, removedShape(x.shape, [axis]));
}

/**
 * Parts along `axis`: each of `size` elements, the last perhaps of fewer; or of the sizes in a list.
 *
 * - shapes: that of `x` with another length along `axis`; an axis of length 0 is one part
 * - derivative: the cotangents of the parts, each in its place
 *
 * @throws ShapeError if the sizes do not add up to the length; AxisError if the axis does not exist.
 * @example
 * split(tensor([1, 2, 3]), 2);   // [[1, 2], [3]]
 */
export function split(
  x: Tensor,
  size: number | readonly number[],
  options: SplitOptions = {},
): readonly Tensor[] {
  const { shape } = requireTensor("split", x);
  const axis = normalizeAxis("split", shape, options.axis ?? 0);
  const length = shape[axis];
  if (typeof size === "number" && !(Number.isInteger(size) && size > (length === 0 ? -1 : 0))) {
    throw new ShapeError("split", { shape, axis, size }, (d) => {
      return `axis ${d.axis} of shape ${formatShape(d.shape)} cannot be cut into parts of ${d.size} elements. Use a positive integer, or a list of sizes.`;
    });
  }
  const sizes = typeof size === "number" ? evenSizes(size, length) : size;
  if (sizes.reduce((sum, n) => sum + n, 0) !== length || !sizes.every(isLength)) {
    throw new ShapeError("split", { shape, axis, sizes }, (d) => {
      return `parts of sizes ${formatShape(d.sizes)} do not make up axis ${d.axis} of shape ${formatShape(d.shape)}. Use sizes of 0 or more that add up to its length.`;
    });
  }
  return partsOf(x, axis, sizes);
}

function partsOf(x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] {
  let start = 0;
  return sizes.map((length) => {
    const part = narrow(x, { axis, start, length });
    start += length;
    return part;
  });
}

function evenSizes(size: number, length: number): readonly number[] {
  if (length === 0) return [0];
  const count = Math.ceil(length / size);
  return Array.from({ length: count }, (_, i) => Math.min(size, length - i * size));
}

/** @throws ShapeError if `count` is no number of parts. */
function requireCount(op: string, x: Tensor, axis: number, count: number): void {
  if (Number.isInteger(count) && count > 0) return;
  throw new ShapeError(op, { shape: x.shape, axis, count }, (d) => {
    return `axis ${d.axis} of shape ${formatShape(d.shape)} cannot be cut into ${d.count} parts. Use a positive integer.`;
  });
}

/**
 * At most `count` parts along `axis`, all but the last of one size: as many as that size makes. An axis of length 0 is
 * `count` parts.
 *
 * - derivative: the cotangents of the parts, each in its place
 *
 * @throws ShapeError if `count` is not a positive integer; AxisError if the axis does not exist.
 * @example
 * chunk(tensor([1, 2, 3, 4, 5]), 3);   // [[1, 2], [3, 4], [5]]
 */
export function chunk(x: Tensor, count: number, options: SplitOptions = {}): readonly Tensor[] {
  const axis = normalizeAxis("chunk", requireTensor("chunk", x).shape, options.axis ?? 0);
  requireCount("chunk", x, axis, count);
  const length = x.shape[axis];
  if (length === 0) return Array.from({ length: count }, () => x);
  return partsOf(x, axis, evenSizes(Math.ceil(length / count), length));
}

/**
 * `sections` parts along `axis` whose sizes differ by at most one, the larger ones first; or the parts between the places
 * in a list.
 *
 * - derivative: the cotangents of the parts, each in its place
 *
 * @throws ShapeError if `sections` is not a positive integer; AxisError if the axis does not exist.
 * @example
 * tensorSplit(tensor([1, 2, 3, 4]), [1, 3]);   // [[1], [2, 3], [4]]
 */
export function tensorSplit(
  x: Tensor,
  sections: number | readonly number[],
  options: SplitOptions = {},
): readonly Tensor[] {
  const { shape } = requireTensor("tensorSplit", x);
  const axis = normalizeAxis("tensorSplit", shape, options.axis ?? 0);
  const n = shape[axis];
  if (typeof sections === "number") {
    requireCount("tensorSplit", x, axis, sections);
    const sizes = Array.from({ length: sections }, (_, i) => {
      return Math.floor(n / sections) + (i < n % sections ? 1 : 0);
    });
    return partsOf(x, axis, sizes);
  }
  const inside = (place: number): number => Math.min(n, Math.max(0, place < 0 ? place + n : place));
  const ends = [...sections.map(inside), n];
  return ends.map((end, i) => {
    const start = i === 0 ? 0 : ends[i - 1];
    return narrow(x, { axis, start, length: Math.max(0, end - start) });
  });
}

/**
 * The slices along `axis` (0 by default), without it.
 *
 * @throws AxisError if the axis does not exist.
 * @example
 * unbind(tensor([[1, 2], [3, 4]]), { axis: 1 });   // [1, 3] and [2, 4]
 */
export function unbind(x: Tensor, options: SplitOptions = {}): readonly Tensor[] {
  const axis = normalizeAxis("unbind", requireTensor("unbind", x).shape, options.axis ?? 0);
  return Array.from({ length: x.shape[axis] }, (_, i) => select(x, i, { axis }));
}

/**
 * As `tensorSplit` along the second axis, of vectors along the only one, into equal parts.
 *
 * @throws AxisError for scalars; ShapeError if the parts would not be equal.
 */
export function hsplit(x: Tensor, sections: number | readonly number[]): readonly Tensor[] {
  return evenly("hsplit", x, sections, x.rank === 1 ? 0 : 1);
}

/** As `hsplit` along the first axis. @throws as `hsplit`. */
export function vsplit(x: Tensor, sections: number | readonly number[]): readonly Tensor[] {
  return evenly("vsplit", x, sections, 0);
}

/** As `hsplit` along the third axis. @throws as `hsplit`. */
export function dsplit(x: Tensor, sections: number | readonly number[]): readonly Tensor[] {
  return evenly("dsplit", x, sections, 2);
}

function evenly(
  op: string,
  x: Tensor,
  sections: number | readonly number[],
  axis: number,
): readonly Tensor[] {
  const { shape } = requireTensor(op, x);
  const own = normalizeAxis(op, shape, axis);
  if (typeof sections === "number") requireCount(op, x, own, sections);
  if (typeof sections === "number" && shape[own] % sections !== 0) {
    throw new ShapeError(op, { shape, axis, sections }, (d) => {
      return `axis ${d.axis} of shape ${formatShape(d.shape)} cannot be divided into ${d.sections} equal parts. Use a divisor of its length, a list of places, or \`tensorSplit\`.`;
    });
  }
  return tensorSplit(x, sections, { axis: own });
}
