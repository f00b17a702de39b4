/**
 * @file The broadcasting rule of NumPy: align shapes at the last axis; a missing axis or one of size 1 stretches.
 */
import { ShapeError } from "../errors.ts";
import { formatShape, type Shape, sameShape } from "./shape.ts";

/**
 * The common shape of `a` and `b`.
 *
 * @param refuse makes the error, given the place (1 for the last axis) of the first pair of lengths, from
 *   the right, that differ and are not 1.
 * @throws ShapeError where there is none.
 */
export function broadcastShapes(
  op: string,
  a: Shape,
  b: Shape,
  refuse: (fromEnd: number) => ShapeError = (fromEnd) => mismatch(op, a, b, fromEnd),
): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const la = a[a.length - fromEnd] ?? 1;
    const lb = b[b.length - fromEnd] ?? 1;
    if (la !== lb && la !== 1 && lb !== 1) throw refuse(fromEnd);
    result[rank - fromEnd] = la === 1 ? lb : la;
  }
  return result;
}

/** `shape` with leading axes of size 1 until it has `rank` axes. */
export function alignRank(shape: Shape, rank: number): Shape {
  return shape.length >= rank ? shape : [...Array<number>(rank - shape.length).fill(1), ...shape];
}

/** The axes along which `from` (of equal rank) is stretched to `to`. */
export function stretchedAxes(from: Shape, to: Shape): readonly number[] {
  const axes: number[] = [];
  for (let axis = 0; axis < to.length; axis++) {
    if (from[axis] === 1 && to[axis] !== 1) axes.push(axis);
  }
  return axes;
}

function mismatch(op: string, a: Shape, b: Shape, fromEnd: number): ShapeError {
  return new ShapeError(op, { a, b }, () => {
    const where = fromEnd === 1 ? "the last axes" : `axis ${-fromEnd}`;
    const have = fromEnd === 1 ? "have sizes" : "has sizes";
    const sizes = `${a[a.length - fromEnd]} and ${b[b.length - fromEnd]}`;
    const fact = `cannot broadcast shapes ${formatShape(a)} and ${formatShape(b)}: ${where} ${have} ${sizes}.`;
    if (fromEnd === 1 && b.length === 1 && a.length === 2 && a[0] === b[0]) {
      return `${fact} To add one value per row, reshape the second operand to [${b[0]}, 1].`;
    }
    return `${fact} Sizes must be equal, or one of them 1: reshape or transpose one operand.`;
  });
}
