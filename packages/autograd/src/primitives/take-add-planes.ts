/** @file takeFromPlanes and addToPlanes, each the transpose of the other. */
import type { Aval } from "../array/aval.ts";
import { formatShape, type Shape, sameShape } from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import type { Pair } from "../kernel/kernel.ts";
import { linear } from "./define.ts";
import { planeOf, requirePlanes } from "./windows.ts";

/**
 * The elements of `x` [..., H, W] at `indices`, int32 [..., p, q]: positions row · W + column in the plane of
 * the same leading index.
 *
 * - shape: that of `indices`; dtype: that of `x`
 * - derivative: the cotangent is added where its element came from; a position may be taken more than once
 *
 * @throws DTypeError if `indices` is not int32; ShapeError if the leading axes differ; ValueError if a
 *   position lies outside of its plane.
 */
export function takeFromPlanes(x: Tensor, indices: Tensor): Tensor {
  return bind(takeFromPlanesPrimitive, [x, indices], null);
}

function checkPlanes(op: string, x: Shape, indices: Aval): void {
  if (indices.dtype !== "int32") {
    throw new DTypeError(op, { dtype: indices.dtype }, ({ dtype }) => {
      return `positions must be int32 but are ${dtype}. Convert first: \`cast(indices, "int32")\`.`;
    });
  }
  requirePlanes(op, x);
  requirePlanes(op, indices.shape);
  const [leading, found] = [x.slice(0, -2), indices.shape.slice(0, -2)];
  if (sameShape(leading, found)) return;
  throw new ShapeError(op, { x, indices: indices.shape }, () => {
    return `planes of shape ${formatShape(x)} and positions of shape ${formatShape(indices.shape)} have leading axes ${formatShape(leading)} and ${formatShape(found)}. Make them equal: every plane has positions of its own.`;
  });
}

const POSITIONS = { min: 0, max: 3, dtype: "int32" } as const;

export const takeFromPlanesPrimitive: Primitive<null> = linear({
  name: "takeFromPlanes",
  arity: 2,
  domain: [{ min: -3, max: 3 }, POSITIONS],
  cases: [
    [
      [2, 2],
      [1, 3],
    ],
    [
      [2, 3, 2],
      [2, 2, 2],
    ],
    [
      [1, 2, 1, 4],
      [1, 2, 2, 1],
    ],
    [
      [2, 2, 2],
      [2, 0, 1],
    ],
    [
      [0, 2, 2],
      [0, 1, 1],
    ],
  ].map((shapes) => ({ params: null, shapes })),
  residuals: [1],
  linearIn: [0],
  abstractEval: ([x, indices]) => {
    checkPlanes("takeFromPlanes", x.shape, indices);
    return { shape: indices.shape, dtype: x.dtype };
  },
  kernel: () => ({ kind: "planeGather", op: "takeFromPlanes" }),
  transpose: (cotangent, { primals: [, indices], avals: [x] }) =>
    bind(addToPlanesPrimitive, [cotangent, indices], { size: planeOf(x.shape) }),
});

/** Zeros in planes of `size`, with each element of input 0 [..., p, q] added at the position input 1 has for it. */
export const addToPlanesPrimitive: Primitive<{ readonly size: Pair }> = linear({
  name: "addToPlanes",
  arity: 2,
  domain: [{ min: -3, max: 3 }, POSITIONS],
  cases: [
    { params: { size: [2, 2] }, shapes: [[1, 3], [1, 3]] }, // biome-ignore format: a row
    { params: { size: [3, 2] }, shapes: [[2, 2, 2], [2, 2, 2]] }, // biome-ignore format: a row
    { params: { size: [1, 4] }, shapes: [[1, 2, 2, 1], [1, 2, 2, 1]] }, // biome-ignore format: a row
    { params: { size: [2, 2] }, shapes: [[2, 0, 1], [2, 0, 1]] }, // biome-ignore format: a row
  ],
  residuals: [1],
  linearIn: [0],
  abstractEval: ([y, indices], { size }) => {
    checkPlanes("addToPlanes", y.shape, indices);
    if (!sameShape(y.shape, indices.shape)) throw unpaired(y.shape, indices.shape);
    return { shape: [...y.shape.slice(0, -2), ...size], dtype: y.dtype };
  },
  kernel: () => ({ kind: "planeScatterAdd", op: "addToPlanes" }),
  transpose: (cotangent, { primals: [, indices] }) => takeFromPlanes(cotangent, indices),
});

function unpaired(updates: Shape, indices: Shape): ShapeError {
  return new ShapeError("addToPlanes", { updates, indices }, () => {
    return `updates of shape ${formatShape(updates)} and positions of shape ${formatShape(indices)} differ. Give one position for each element.`;
  });
}
