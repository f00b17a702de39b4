/** @file cast: the same values in another dtype. */
import { DTYPES, type DType, isDType } from "../array/dtype.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { DTypeError } from "../errors.ts";
import { elementwiseKernel } from "../kernel/kernel.ts";
import { apply, constant, input } from "../kernel/scalar.ts";
import { linear } from "./define.ts";

/**
 * The values of `x` in another dtype.
 *
 * - shape: that of `x`; dtype: the one asked for. To int32 the fraction is cut off, and values outside
 *   its range wrap; to bool everything but 0 is true, NaN too
 * - derivative: the cotangent in the dtype of `x`; none through int32 or bool
 *
 * @throws DTypeError if `dtype` is not one of the four.
 * @example
 * cast(tensor([1.5, -2.5]), "int32");   // [1, -2]
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  if (!isDType(dtype)) {
    throw new DTypeError("cast", { dtype }, () => {
      return `${JSON.stringify(dtype)} is not a dtype. Use one of ${DTYPES.join(", ")}.`;
    });
  }
  return bind(castPrimitive, [x], { dtype });
}

const IDENTITY = elementwiseKernel(input(0));
const NOT_ZERO = elementwiseKernel(apply("notEqual", input(0), constant(0)));

export const castPrimitive: Primitive<{ dtype: DType }> = linear({
  name: "cast",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [
    { params: { dtype: "float64" } },
    { params: { dtype: "int32" } },
    { params: { dtype: "bool" } },
  ],
  abstractEval: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  kernel: ({ dtype }) => (dtype === "bool" ? NOT_ZERO : IDENTITY),
  transpose: (cotangent, { avals }) => cast(cotangent, avals[0].dtype),
});
