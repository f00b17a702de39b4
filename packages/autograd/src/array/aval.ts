/**
 * @file The abstract value: all that is known of a tensor without its numbers.
 */
import type { DType } from "./dtype.ts";
import { type Shape, sameShape } from "./shape.ts";

export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** `float64[3,2]`, as the printed tape has it. */
export function formatAval(aval: Aval): string {
  return `${aval.dtype}[${aval.shape.join(",")}]`;
}

export function sameAval(a: Aval, b: Aval): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}
