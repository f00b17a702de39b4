/** @file sumPool2d and spreadPool2d, each the transpose of the other. */
import type { Shape } from "../array/shape.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Pair, PoolKernel, Windows } from "../kernel/kernel.ts";
import { linear } from "./define.ts";
import { requireFloating } from "./door.ts";
import { planeOf, requirePlanes, requireResult, windowsOver } from "./windows.ts";

export interface PoolParams extends Windows {
  readonly window: Pair;
}

/** [..., H, W] → [..., p, q], one result for each window. @throws ShapeError if there is no window. */
export function pooledShape(op: string, shape: Shape, params: PoolParams): Shape {
  requirePlanes(op, shape);
  return [...shape.slice(0, -2), ...windowsOver(op, shape, params.window, params)];
}

function kernelOf(role: PoolKernel["role"], params: PoolParams): PoolKernel {
  const { window, strides, padding, dilation } = params;
  return { kind: "pool", role, window, strides, padding, dilation };
}

const PLAIN: PoolParams = {
  window: [2, 2],
  strides: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
};

/** Shapes of planes and params that fit them, for all primitives of pooling. */
export const POOLS: readonly (readonly [shape: Shape, params: PoolParams])[] = [
  [[1, 2, 3, 3], PLAIN],
  [[1, 4, 5], { ...PLAIN, window: [2, 3], strides: [2, 2], padding: [[1, 0], [1, 1]] }], // biome-ignore format: a row
  [[4, 4], { ...PLAIN, strides: [2, 1], dilation: [2, 1] }],
  [[2, 1, 2], { ...PLAIN, window: [1, 1], strides: [1, 2] }],
  [[0, 2, 2], PLAIN],
];

/** The sum of every window: [..., H, W] → [..., p, q]. */
export const sumPool2dPrimitive: Primitive<PoolParams> = linear({
  name: "sumPool2d",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: POOLS.map(([shape, params]) => ({ params, shapes: [shape] })),
  abstractEval: ([x], params) => ({
    shape: pooledShape("avgPool2d", x.shape, params),
    dtype: requireFloating("avgPool2d", x.dtype),
  }),
  kernel: (params) => kernelOf("sums", params),
  transpose: (cotangent, { avals: [x], params }) =>
    bind(spreadPool2dPrimitive, [cotangent], { ...params, size: planeOf(x.shape) }),
});

/** At every element of planes of `size` the sum over the windows it lies in: [..., p, q] → [..., H, W]. */
export const spreadPool2dPrimitive: Primitive<PoolParams & { readonly size: Pair }> = linear({
  name: "spreadPool2d",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: POOLS.map(([shape, params]) => ({
    params: { ...params, size: planeOf(shape) },
    shapes: [pooledShape("avgPool2d", shape, params)],
  })),
  abstractEval: ([y], { size, ...params }) => {
    const shape = [...y.shape.slice(0, -2), ...size];
    requireResult("avgPool2d", y.shape, pooledShape("avgPool2d", shape, params));
    return { shape, dtype: requireFloating("avgPool2d", y.dtype) };
  },
  kernel: (params) => kernelOf("spread", params),
  transpose: (cotangent, { params: { size: _, ...params } }) =>
    bind(sumPool2dPrimitive, [cotangent], params),
});
