/**
 * @file Reshapes that only add or drop axes of size 1 are moved behind scalar operations, towards the results:
 * op(reshape(a), b) becomes reshape(op(a, reshape(b))). A mean without `keepDims` would otherwise leave the
 * group that it belongs to, because a view is a view of memory.
 */
import { type Shape, sameShape } from "../../array/shape.ts";
import { isSingle, reshapeValue, rewrite, scalarValue } from "../builder.ts";
import { isFusable } from "../fuse.ts";
import { isSpread } from "../lower-kernel.ts";
import type { Program, Value } from "../program.ts";

export function liftReshapes(program: Program): Program {
  return rewrite(program, lift);
}

function lift(value: Value): Value {
  const { op, operands, shape, dtype, label } = value;
  if (op.kind !== "scalar" || isSpread(value) || isSingle(value)) return value;
  const moved = operands.find((x) => isRankChange(x) && isFusable(x.operands[0]));
  if (moved === undefined || !sameShape(moved.shape, shape)) return value;
  const inner = moved.operands[0].shape;
  const axes = longAxes(inner);
  const from = longAxes(shape);
  const lifted: Value[] = [];
  for (const operand of operands) {
    if (isSingle(operand)) {
      lifted.push(operand);
      continue;
    }
    // an axis of size 1 of the result has no counterpart
    if (operand.shape.some((n, axis) => n > 1 && !from.includes(axis))) return value;
    const target = inner.map(() => 1);
    from.forEach((axis, k) => {
      target[axes[k]] = operand.shape[axis];
    });
    lifted.push(withShape(operand, target));
  }
  return reshapeValue(scalarValue(op.word, lifted, dtype, label), shape);
}

/** Whether it is a reshape that keeps the order of the axes longer than 1. */
function isRankChange({ op, operands, shape }: Value): boolean {
  if (op.kind !== "view" || op.transform.type !== "reshape" || isSingle({ shape })) return false;
  const long = (n: number): boolean => n !== 1;
  return sameShape(operands[0].shape.filter(long), shape.filter(long));
}

function longAxes(shape: Shape): readonly number[] {
  return shape.flatMap((n, axis) => (n === 1 ? [] : [axis]));
}

/** `x` under another shape of the same numbers; the reshape that made it is undone where that is it. */
function withShape(x: Value, shape: Shape): Value {
  if (isRankChange(x) && sameShape(x.operands[0].shape, shape)) return x.operands[0];
  return reshapeValue(x, shape);
}
