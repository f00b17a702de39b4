/**
 * @file What all random draws share: fractions made of the words of a key, and the checks of their arguments.
 */

import { broadcastShapes } from "../array/broadcast.ts";
import { type DType, isFloating } from "../array/dtype.ts";
import { checkShape, formatShape, type Shape, sameShape } from "../array/shape.ts";
import { bind, requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { floor } from "../primitives/floor.ts";
import { log } from "../primitives/log.ts";
import { mul } from "../primitives/mul.ts";
import { randomBitsPrimitive, requireKey } from "../primitives/random-bits.ts";
import { reshape } from "../primitives/reshape.ts";
import { cos } from "../primitives/sin-cos.ts";
import { slice } from "../primitives/slice-pad.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { sub } from "../primitives/sub.ts";

export interface DrawOptions {
  /** float32 by default. */
  readonly dtype?: DType;
}

/** Words as float64 in [0, 2³²). */
export function words(key: Tensor, shape: Shape): Tensor {
  const bits = bind(randomBitsPrimitive, [key], { shape, stream: "draw" });
  return add(cast(bits, "float64"), 2 ** 31);
}

/** Uniform in [0, 1) with 24 random bits for float32 and 53 for float64, as float64. */
export function fractions(key: Tensor, shape: Shape, dtype: DType): Tensor {
  if (dtype === "float32") return mul(floor(mul(words(key, shape), 2 ** -8)), 2 ** -24);
  const pairs = words(key, [2, ...shape]);
  const high = floor(mul(part(pairs, 0), 2 ** -5));
  const low = floor(mul(part(pairs, 1), 2 ** -6));
  return mul(add(mul(high, 2 ** 26), low), 2 ** -53);
}

/** Element `i` along the first axis, which is dropped. */
export function part(x: Tensor, i: number): Tensor {
  const shape = x.shape.slice(1);
  const starts = [i, ...shape.map(() => 0)];
  return reshape(slice(x, { starts, sizes: [1, ...shape] }), shape);
}

/** As `fractions`, in float64 and spread over (-1, 1), symmetrically; neither end nor 0 is drawn. */
export function signedFractions(key: Tensor, shape: Shape): Tensor {
  return add(mul(fractions(key, shape, "float64"), 2), 2 ** -53 - 1);
}

/** Standard normal numbers in float64, by the transform of Box & Muller (1958). */
export function standardNormals(key: Tensor, shape: Shape): Tensor {
  const pairs = fractions(key, [2, ...shape], "float64");
  const radius = sqrt(mul(log(sub(1, part(pairs, 0))), -2));
  return mul(radius, cos(mul(part(pairs, 1), 2 * Math.PI)));
}

/**
 * `count` keys for the parts of one draw. They are not those of `splitKey`, and no words of `key` itself: who splits the
 * key too, or draws with it, holds nothing of what this draw is made of.
 */
export function innerKeys(key: Tensor, count: number): readonly Tensor[] {
  const keys = bind(randomBitsPrimitive, [key], { shape: [count, 2], stream: "inner" });
  return Array.from({ length: count }, (_, i) => part(keys, i));
}

/** The shape to draw, after the checks that all draws share. */
export function checkDraw(op: string, key: Tensor, shape: Shape, dtype: DType): Shape {
  requireKey(op, requireTensor(op, key).aval);
  if (isFloating(dtype)) return checkShape(op, shape);
  throw new DTypeError(op, { dtype }, () => {
    return `cannot draw ${dtype}. Use float32 or float64.`;
  });
}

/** @throws ShapeError unless parameters of shape `own` broadcast to the shape that is drawn. */
export function requireBatch(op: string, own: Shape, drawn: Shape): void {
  const refuse = (): ShapeError =>
    new ShapeError(op, { own, drawn }, (d) => {
      return `parameters of shape ${formatShape(d.own)} do not broadcast to the shape ${formatShape(d.drawn)} that is to be drawn. Draw a shape that ends in theirs.`;
    });
  if (!sameShape(broadcastShapes(op, own, drawn, refuse), drawn)) throw refuse();
}

/** @throws ValueError unless `value`, an option of that name, is positive and finite. */
export function requirePositive(op: string, name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new ValueError(op, { name, value }, (d) => {
    return `${d.name} is ${d.value}. Use a positive finite number.`;
  });
}
