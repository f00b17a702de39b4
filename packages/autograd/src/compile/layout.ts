/**
 * @file Where the numbers of a value lie: views are strides over the memory of another value.
 */
import type { Aval } from "../array/aval.ts";
import { bytesPerElement } from "../array/dtype.ts";
import { sizeOf } from "../array/shape.ts";
import { rowMajor } from "../array/strided-array.ts";
import { applyView, type ViewTransform } from "../array/view.ts";
import { assertInvariant } from "../errors.ts";
import { hostKernelOf, type Value } from "./program.ts";

export interface Layout {
  /** The value whose memory it is; not a view, nor a part. */
  readonly base: Value;
  /** In numbers of the value, from the beginning of `base`. */
  readonly offset: number;
  /** In numbers, for each axis of the value. */
  readonly stride: readonly number[];
}

const NO_DATA = new Float32Array(0);

/** null for a reshape that strides cannot express. */
export function layoutOf(value: Value): Layout | null {
  const { op, operands, shape, dtype } = value;
  if (op.kind === "part") {
    const [call] = operands;
    const kernel = hostKernelOf(call);
    assertInvariant(kernel !== null, "what has parts is a call");
    const start = placesOf(kernel.outputs).offsets[op.index];
    return { base: call, offset: start / bytesPerElement(dtype), stride: rowMajor(shape) };
  }
  if (op.kind !== "view") return { base: value, offset: 0, stride: rowMajor(shape) };
  const below = layoutOf(operands[0]);
  return below && viewLayout(below, operands[0], op.transform);
}

const ALIGNMENT = 16;

/** Where each result of one call lies, in bytes from the first, and how many bytes there are. */
export function placesOf(outputs: readonly Aval[]): {
  readonly offsets: readonly number[];
  readonly bytes: number;
} {
  let bytes = 0;
  const offsets = outputs.map(({ shape, dtype }) => {
    const start = bytes;
    bytes += Math.ceil((sizeOf(shape) * bytesPerElement(dtype)) / ALIGNMENT) * ALIGNMENT;
    return start;
  });
  return { offsets, bytes };
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
