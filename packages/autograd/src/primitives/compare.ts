/** @file Comparisons: one primitive, six relations, results of dtype bool. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { type ElementwiseKernel, elementwiseKernel, scalarKernel } from "../kernel/kernel.ts";
import { apply, input } from "../kernel/scalar.ts";
import { flat } from "./define.ts";
import { alike, commonDType, meet, type TensorLike } from "./door.ts";

export type Relation = "==" | "!=" | "<" | "<=" | ">" | ">=";

const swapped = (op: "less" | "lessEqual"): ElementwiseKernel =>
  elementwiseKernel(apply(op, input(1), input(0)));

const KERNELS = {
  "==": scalarKernel("equal", 2),
  "!=": scalarKernel("notEqual", 2),
  "<": scalarKernel("less", 2),
  "<=": scalarKernel("lessEqual", 2),
  ">": swapped("less"),
  ">=": swapped("lessEqual"),
} satisfies Record<Relation, ElementwiseKernel>;

function compare(op: string, relation: Relation, a: TensorLike, b: TensorLike): Tensor {
  return bind(comparePrimitive, meet(op, a, b, commonDType(op, a, b)), { relation });
}

/** Where a = b, as bool of the broadcast shape; NaN equals nothing. No derivative. @throws ShapeError */
export function equal(a: TensorLike, b: TensorLike): Tensor {
  return compare("equal", "==", a, b);
}

/** Where a ≠ b, as bool of the broadcast shape; NaN differs from itself. No derivative. @throws ShapeError */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return compare("notEqual", "!=", a, b);
}

/** Where a < b, as bool of the broadcast shape; false beside NaN. No derivative. @throws ShapeError */
export function less(a: TensorLike, b: TensorLike): Tensor {
  return compare("less", "<", a, b);
}

/** Where a ≤ b, as bool of the broadcast shape; false beside NaN. No derivative. @throws ShapeError */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor {
  return compare("lessEqual", "<=", a, b);
}

/** Where a > b, as bool of the broadcast shape; false beside NaN. No derivative. @throws ShapeError */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  return compare("greater", ">", a, b);
}

/** Where a ≥ b, as bool of the broadcast shape; false beside NaN. No derivative. @throws ShapeError */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  return compare("greaterEqual", ">=", a, b);
}

export const comparePrimitive: Primitive<{ relation: Relation }> = flat({
  name: "compare",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: (Object.keys(KERNELS) as Relation[]).map((relation) => ({ params: { relation } })),
  abstractEval: (avals) => ({ shape: alike("compare")(avals).shape, dtype: "bool" }),
  kernel: ({ relation }) => KERNELS[relation],
});
