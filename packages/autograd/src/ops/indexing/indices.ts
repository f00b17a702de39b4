/**
 * @file Indices that users give: int32, counted from the front, and inside of their axis.
 *
 * Numbers that are known are checked here, where the message can name what the user wrote. Those of a function that is
 * compiled, or replayed with others, are checked by the kernel that reads them: one out of range stays out of range.
 */
import { formatShape, type Shape } from "../../array/shape.ts";
import { flatCopy } from "../../array/strided-array.ts";
import { requireTensor } from "../../core/bind.ts";
import { concrete, settle, type Tensor } from "../../core/tensor.ts";
import { DTypeError, ValueError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { less } from "../../primitives/compare.ts";
import { where } from "../../primitives/where.ts";

/** What indices count along. */
export interface Counted {
  readonly length: number;
  /** The axis of that length; null for all elements in row-major order. */
  readonly axis: number | null;
}

/**
 * `indices` with negative ones counted from the end.
 *
 * @throws DTypeError if they are not int32; ValueError if one of them is known to be out of range.
 */
export function countedIndices(op: string, indices: Tensor, along: Counted): Tensor {
  if (requireTensor(op, indices).dtype !== "int32") {
    throw new DTypeError(op, { dtype: indices.dtype }, ({ dtype }) => {
      return `indices must be int32 but are ${dtype}. Convert first: \`cast(indices, "int32")\`.`;
    });
  }
  const { length } = along;
  const { array } = concrete(indices);
  if (array !== null) {
    const numbers = flatCopy(array, "int32");
    const bad = numbers.findIndex((index) => index < -length || index >= length);
    if (bad >= 0) throw outOfRange(op, numbers[bad], along, coordinates(bad, indices.shape));
    const isConstant = settle(indices).tape === null;
    if (isConstant && numbers.every((index) => index >= 0)) return indices;
  }
  // one below -length stays as it is, so that the kernel's message names it
  const isBehind = where(less(indices, -length), false, less(indices, 0));
  return where(isBehind, add(indices, length), indices);
}

/** @throws ValueError if a mask, whose true elements are to be counted, has no numbers yet. */
export function requireKnown(op: string, mask: Tensor): void {
  if (concrete(mask).array !== null) return;
  throw new ValueError(op, { mask: mask.shape }, (d) => {
    return `how many elements a mask of shape ${formatShape(d.mask)} names is not known while a function is compiled or traced without data. Choose by \`where\`, or set or add one number, which needs no count.`;
  });
}

/** The error of an index that does not exist. `at` is its own place among the indices; null for a plain number. */
export function outOfRange(
  op: string,
  index: number,
  { length, axis }: Counted,
  at: readonly number[] | null,
): ValueError {
  return new ValueError(op, { index, at, axis, length }, () => {
    const named = at === null || at.length === 0 ? "" : ` at ${formatShape(at)} of the indices`;
    const where =
      axis === null ? `among ${length} elements` : `along axis ${axis}, which has length ${length}`;
    const rule =
      length === 0
        ? "There is nothing to choose from: use no indices, or a slice"
        : `Use integers from ${-length} to ${length - 1}`;
    return `index ${index}${named} does not exist ${where}. ${rule}.`;
  });
}

/** The index of an element whose place in row-major order is known. */
function coordinates(place: number, shape: Shape): readonly number[] {
  const index = shape.map(() => 0);
  let rest = place;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}
