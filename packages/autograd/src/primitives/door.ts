/**
 * @file The door of binary and ternary operations: numbers become tensors, dtypes are promoted, shapes
 * broadcast. Each of the three is recorded as a primitive of its own, so behind the door operands
 * have equal avals and no derivative thinks about shapes.
 *
 * A JavaScript number takes the dtype of the other operand; only a fraction beside int32 or bool
 * becomes float32. It is spread to the shape at once, without a node.
 */
import type { Aval } from "../array/aval.ts";
import { alignRank, broadcastShapes } from "../array/broadcast.ts";
import { type DType, isFloating, promote } from "../array/dtype.ts";
import { formatShape, type Shape, sameShape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import { splat, type Tensor } from "../core/tensor.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { cast } from "./cast.ts";
import { reshape } from "./reshape.ts";
import { stretch } from "./sum-broadcast-to.ts";

/** What operations accept as an operand. */
export type TensorLike = Tensor | number | boolean;

/** The dtype in which `a` and `b` meet. Two JavaScript numbers meet in float32, two booleans in bool. */
export function commonDType(op: string, a: TensorLike, b: TensorLike): DType {
  if (typeof a === "boolean" && typeof b === "boolean") return "bool";
  if (isScalar(a)) return isScalar(b) ? "float32" : dtypeBeside(a, requireTensor(op, b).dtype);
  const x = requireTensor(op, a);
  return isScalar(b) ? dtypeBeside(b, x.dtype) : promote(x.dtype, requireTensor(op, b).dtype);
}

/** Both operands in `dtype` and in their common shape. */
export function meet(op: string, a: TensorLike, b: TensorLike, dtype: DType): [Tensor, Tensor] {
  const shape = broadcastShapes(op, shapeOf(a), shapeOf(b));
  return [spread(op, a, shape, dtype), spread(op, b, shape, dtype)];
}

/** Operands of arithmetic: promoted (two bools count as int32) and broadcast. */
export function arithmetic(op: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const dtype = commonDType(op, a, b);
  return meet(op, a, b, dtype === "bool" ? "int32" : dtype);
}

/** As `arithmetic`, but integers become float32 first. */
export function floatingArithmetic(op: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const dtype = commonDType(op, a, b);
  return meet(op, a, b, isFloating(dtype) ? dtype : "float32");
}

/** `x` in `dtype`, stretched to `shape`, which it broadcasts to. */
export function spread(op: string, x: TensorLike, shape: Shape, dtype: DType): Tensor {
  if (isScalar(x)) return splat({ shape, dtype }, Number(x));
  const converted = cast(requireTensor(op, x), dtype);
  if (sameShape(converted.shape, shape)) return converted;
  return stretch(reshape(converted, alignRank(converted.shape, shape.length)), shape);
}

export function shapeOf(x: TensorLike): Shape {
  return isScalar(x) ? [] : x.shape;
}

function isScalar(x: TensorLike): x is number | boolean {
  return typeof x === "number" || typeof x === "boolean";
}

function dtypeBeside(value: number | boolean, dtype: DType): DType {
  if (typeof value === "boolean" || isFloating(dtype)) return dtype;
  if (!Number.isInteger(value)) return "float32";
  return "int32";
}

/** abstractEval of elementwise primitives: all inputs alike, the result like them. */
export function alike(op: string): (avals: readonly Aval[]) => Aval {
  return (avals) => {
    const [first] = avals;
    for (const other of avals) {
      if (!sameShape(first.shape, other.shape)) throw unlike(op, first.shape, other.shape);
      if (first.dtype !== other.dtype) throw mixed(op, first.dtype, other.dtype);
    }
    return first;
  };
}

/** As `alike`, for primitives that are defined on floating dtypes only. */
export function alikeFloating(op: string): (avals: readonly Aval[]) => Aval {
  const check = alike(op);
  return (avals) => {
    const aval = check(avals);
    requireFloating(op, aval.dtype);
    return aval;
  };
}

/** @throws DTypeError for int32 and bool. */
export function requireFloating(op: string, dtype: DType): DType {
  if (isFloating(dtype)) return dtype;
  throw new DTypeError(op, { dtype }, () => {
    return `expected a floating dtype but got ${dtype}. Convert first: \`${op}(cast(x, "float32"))\`.`;
  });
}

export function unlike(op: string, a: Shape, b: Shape): ShapeError {
  return new ShapeError(op, { a, b }, () => {
    return `the primitive expects equal shapes but got ${formatShape(a)} and ${formatShape(b)}. Broadcast first, or call the function \`${op}\`, which does.`;
  });
}

export function mixed(op: string, a: DType, b: DType): DTypeError {
  return new DTypeError(op, { a, b }, () => {
    return `the primitive expects equal dtypes but got ${a} and ${b}. Cast first, or call the function \`${op}\`, which promotes.`;
  });
}
