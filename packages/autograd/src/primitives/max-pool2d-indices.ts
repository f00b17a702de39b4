/** @file maxPool2dIndices: where in its plane the largest element of every window is. */
import { ShapeError } from "../errors.ts";
import { formatShape, type Shape } from "../array/shape.ts";
import type { Primitive } from "../core/primitive.ts";
import { flat } from "./define.ts";
import { POOLS, type PoolParams, pooledShape } from "./sum-pool2d.ts";

/**
 * The position (row · W + column) of the first largest element of every window of [..., H, W], as int32
 * [..., p, q]. NaN is the largest; padding is never chosen.
 */
export const maxPool2dIndicesPrimitive: Primitive<PoolParams> = flat({
  name: "maxPool2dIndices",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: POOLS.map(([shape, params]) => ({ params, shapes: [shape] })),
  abstractEval: ([x], params) => {
    const shape = pooledShape("maxPool2d", x.shape, params);
    requireElements("maxPool2d", x.shape, shape, params);
    return { shape, dtype: "int32" };
  },
  kernel: ({ window, strides, padding, dilation }) => ({
    kind: "poolIndices",
    window,
    strides,
    padding,
    dilation,
  }),
});

/** @throws ShapeError if a window lies on padding alone, as a dilated one may, or any in a plane of size 0. */
export function requireElements(op: string, shape: Shape, pooled: Shape, params: PoolParams): void {
  const { window, strides, padding, dilation } = params;
  for (const along of [0, 1] as const) {
    const axis = shape.length - 2 + along;
    for (let i = 0; i < pooled[axis]; i++) {
      const start = i * strides[along] - padding[along][0];
      // the first element of the window that is not before the plane
      const first = start + dilation[along] * Math.max(0, Math.ceil(-start / dilation[along]));
      if (first < shape[axis] && first <= start + (window[along] - 1) * dilation[along]) continue;
      throw new ShapeError(op, { shape, ...params, axis }, () => {
        return `window ${i} along axis ${axis} of shape ${formatShape(shape)} lies on padding alone. Use less padding or dilation, or larger planes.`;
      });
    }
  }
}
