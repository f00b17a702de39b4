/**
 * @file Where the numbers of a value lie: views are strides over the memory of another value.
 */
import { rowMajor } from "../array/strided-array.ts";
import { applyView, type ViewTransform } from "../array/view.ts";
import type { Value } from "./program.ts";

export interface Layout {
  /** The value whose memory it is; not a view. */
  readonly base: Value;
  /** In numbers, from the first of `base`. */
  readonly offset: number;
  /** In numbers, for each axis of the value. */
  readonly stride: readonly number[];
}

const NO_DATA = new Float32Array(0);

/** null for a reshape that strides cannot express. */
export function layoutOf(value: Value): Layout | null {
  if (value.op.kind !== "view") {
    return { base: value, offset: 0, stride: rowMajor(value.shape) };
  }
  const below = layoutOf(value.operands[0]);
  return below && viewLayout(below, value.operands[0], value.op.transform);
}

function viewLayout(below: Layout, x: Value, transform: ViewTransform): Layout | null {
  const array = { data: NO_DATA, shape: x.shape, stride: below.stride, offset: below.offset };
  const view = applyView(array, transform);
  return view && { base: below.base, offset: view.offset, stride: view.stride };
}

/** Whether the numbers lie one after another in row-major order. */
export function isDense({ shape }: Value, { stride }: Layout): boolean {
  const expected = rowMajor(shape);
  return shape.every((n, axis) => n === 1 || stride[axis] === expected[axis]);
}
