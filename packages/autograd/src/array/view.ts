/**
 * @file Views: re-indexing that copies nothing, as data (`ViewTransform`) and as npm `ndarray` performs it.
 *
 * This file and ndarray.ts are the only ones that know npm `ndarray`, whose classes are built with
 * `new Function`: where a content policy forbids that, this is the place to change.
 */
import ndarray from "ndarray";
import { assertInvariant } from "../errors.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { isContiguous, rowMajor, type StridedArray } from "./strided-array.ts";

export type ViewTransform =
  | { readonly type: "transpose"; readonly permutation: readonly number[] }
  | {
      readonly type: "slice";
      readonly starts: readonly number[];
      readonly sizes: readonly number[];
      readonly steps: readonly number[];
    }
  | { readonly type: "stretch"; readonly shape: Shape }
  | { readonly type: "reshape"; readonly shape: Shape }
  | { readonly type: "same" };

/** The transformed view, or null for a reshape that the strides of `array` cannot express. */
export function applyView(array: StridedArray, transform: ViewTransform): StridedArray | null {
  switch (transform.type) {
    case "transpose":
      return fields(asNdarray(array).transpose(...transform.permutation));
    case "slice":
      return slice(array, transform.starts, transform.sizes, transform.steps);
    case "stretch":
      return stretch(array, transform.shape);
    case "reshape":
      return reshape(array, transform.shape);
    case "same":
      return array;
  }
}

function asNdarray(array: StridedArray): ndarray.NdArray {
  return ndarray(array.data, [...array.shape], [...array.stride], array.offset);
}

function fields(view: ndarray.NdArray): StridedArray {
  const { data, shape, stride, offset } = view;
  return { data: data as StridedArray["data"], shape, stride, offset };
}

/** Element i of an axis is element `start + i * step` of that axis of `array`. */
function slice(
  array: StridedArray,
  starts: readonly number[],
  sizes: readonly number[],
  steps: readonly number[],
): StridedArray {
  if (sizeOf(sizes) === 0) return { ...array, shape: sizes, stride: rowMajor(sizes) };
  // ndarray's own step() counts a negative step from the end of the axis, so cut to the touched
  // range first: its length is then exactly what `size` steps need.
  const spans = sizes.map((size, axis) => (size - 1) * Math.abs(steps[axis]) + 1);
  const firsts = starts.map((start, axis) => (steps[axis] < 0 ? start - spans[axis] + 1 : start));
  return fields(
    asNdarray(array)
      .lo(...firsts)
      .hi(...spans)
      .step(...steps),
  );
}

function stretch(array: StridedArray, shape: Shape): StridedArray {
  assertInvariant(array.shape.length === shape.length, "stretch keeps the rank");
  const stride = shape.map((length, axis) =>
    array.shape[axis] === length ? array.stride[axis] : 0,
  );
  return { ...array, shape, stride };
}

function reshape(array: StridedArray, shape: Shape): StridedArray | null {
  if (isContiguous(array) || sizeOf(shape) === 0) {
    return { ...array, shape, stride: rowMajor(shape) };
  }
  const stride = stridesAfterReshape(array, shape);
  return stride === null ? null : { ...array, shape, stride };
}

/** Splits and merges axes group by group; null where a merged axis would need two strides. */
function stridesAfterReshape(array: StridedArray, shape: Shape): number[] | null {
  const from: { length: number; stride: number }[] = [];
  array.shape.forEach((length, axis) => {
    if (length !== 1) from.push({ length, stride: array.stride[axis] });
  });
  const result = new Array<number>(shape.length).fill(0);
  let axis = shape.length - 1;
  for (let i = from.length - 1; i >= 0; i--) {
    const { stride } = from[i];
    let { length } = from[i];
    let made = 1;
    while (made < length) {
      while (shape[axis] === 1) axis--;
      result[axis] = stride * made;
      made *= shape[axis--];
      while (made > length && i > 0) {
        // the new axis spans the next old one too: their strides must continue each other
        if (from[i - 1].stride !== stride * length) return null;
        length *= from[--i].length;
      }
    }
  }
  return result;
}
