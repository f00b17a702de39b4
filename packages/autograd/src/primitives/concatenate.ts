/** @file concatenate. */
import type { Aval } from "../array/aval.ts";
import { promote } from "../array/dtype.ts";
import { formatShape, normalizeAxis, type Shape } from "../array/shape.ts";
import { bind, requireTensor } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { cast } from "./cast.ts";
import { linear, VARIADIC } from "./define.ts";
import { mixed } from "./door.ts";
import { slice } from "./slice-pad.ts";

/**
 * Tensors one after another along `axis` (0 by default).
 *
 * - shape: the lengths along `axis` add up, all others are equal; dtype: promoted
 * - derivative: each operand receives its block of the cotangent
 *
 * @throws ShapeError if there is no tensor, or the shapes differ elsewhere; AxisError if the axis does not exist.
 * @example
 * concatenate([tensor([1, 2]), tensor([3])]);   // [1, 2, 3]
 */
export function concatenate(
  tensors: readonly Tensor[],
  options: { readonly axis?: number } = {},
): Tensor {
  if (tensors.length === 0) {
    throw new ShapeError("concatenate", { count: 0 }, () => {
      return "there is nothing to put together. Pass at least one tensor.";
    });
  }
  for (const x of tensors) requireTensor("concatenate", x);
  const axis = normalizeAxis("concatenate", tensors[0].shape, options.axis ?? 0);
  const dtype = tensors.map((x) => x.dtype).reduce(promote);
  const operands = tensors.map((x) => cast(x, dtype));
  return operands.length === 1 ? operands[0] : bind(concatenatePrimitive, operands, { axis });
}

/** Where each input starts along `axis`. */
function offsets(avals: readonly Aval[], axis: number): number[] {
  let next = 0;
  return avals.map(({ shape }) => {
    const start = next;
    next += shape[axis];
    return start;
  });
}

function at(shape: Shape, axis: number, start: number): readonly number[] {
  return shape.map((_, i) => (i === axis ? start : 0));
}

export const concatenatePrimitive: Primitive<{ axis: number }> = linear({
  name: "concatenate",
  arity: VARIADIC,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { axis: 0 }, shapes: [[2], [1], [3]] },
    {
      params: { axis: 1 },
      shapes: [
        [2, 1],
        [2, 2],
      ],
    },
    {
      params: { axis: 0 },
      shapes: [
        [0, 2],
        [2, 2],
      ],
    },
  ],
  abstractEval: (avals, { axis }) => {
    const [first] = avals;
    for (const other of avals) {
      if (other.dtype !== first.dtype) throw mixed("concatenate", first.dtype, other.dtype);
      const same = other.shape.every((length, i) => i === axis || length === first.shape[i]);
      if (same && other.shape.length === first.shape.length) continue;
      throw new ShapeError("concatenate", { a: first.shape, b: other.shape, axis }, ({ a, b }) => {
        return `shapes ${formatShape(a)} and ${formatShape(b)} differ outside axis ${axis}. Make all other lengths equal.`;
      });
    }
    const total = avals.reduce((sum, { shape }) => sum + shape[axis], 0);
    return { shape: first.shape.map((n, i) => (i === axis ? total : n)), dtype: first.dtype };
  },
  kernel: ({ axis }, avals) => ({
    kind: "place",
    starts: offsets(avals, axis).map((start, k) => at(avals[k].shape, axis, start)),
    steps: avals.map(({ shape }) => shape.map(() => 1)),
  }),
  transpose: (cotangent, { avals, params: { axis } }, input) => {
    const { shape } = avals[input];
    return slice(cotangent, { starts: at(shape, axis, offsets(avals, axis)[input]), sizes: shape });
  },
});
