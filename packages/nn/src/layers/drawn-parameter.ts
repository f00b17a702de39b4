/** @file drawnWithin: a parameter with uniform initial values. */
import { type DType, type Shape, type Tensor, uniform } from "@tapegrad/autograd";
import { Parameter } from "../module.ts";

interface Drawing {
  readonly key: Tensor;
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Uniform within ±bound. */
export function drawnWithin(bound: number, { key, name, shape, dtype }: Drawing): Parameter {
  return new Parameter(uniform(key, shape, { dtype, min: -bound, max: bound }), { name });
}
