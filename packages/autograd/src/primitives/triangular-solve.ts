/** @file triangularSolve: A X = B for a triangular A. */
import { formatShape, sameShape } from "../array/shape.ts";
import { flatCopy } from "../array/strided-array.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { custom } from "./define.ts";
import { matMul } from "./mat-mul.ts";
import { adjoint, dominant, masked, matricesOf, requireSquare } from "./matrices.ts";
import { neg } from "./neg.ts";
import { sub } from "./sub.ts";

export interface TriangleParams {
  /** Whether the entries above the diagonal count, rather than those below. */
  readonly upper: boolean;
  /** Whether the diagonal is taken as 1. */
  readonly unit: boolean;
}

/** X with A X = B: back substitution for [..., n, n] and [..., n, k] of equal leading axes. A zero on the diagonal divides. */
export function solveTriangle(a: Tensor, b: Tensor, params: TriangleParams): Tensor {
  return bind(triangularSolvePrimitive, [a, b], params);
}

/** The part of a matrix that counts. */
function triangle(x: Tensor, { upper, unit }: TriangleParams): Tensor {
  const strict = unit ? 1 : 0;
  return masked(x, (i, j) => Number((upper ? j - i : i - j) >= strict));
}

export const triangularSolvePrimitive: Primitive<TriangleParams> = custom({
  name: "triangularSolve",
  arity: 2,
  domain: [{ min: -2, max: 2 }],
  cases: [
    {
      params: { upper: false, unit: false },
      shapes: [
        [3, 3],
        [3, 2],
      ],
      prepare: ([a, b]) => [dominant(a), b],
    },
    {
      params: { upper: true, unit: true },
      shapes: [
        [2, 2, 2],
        [2, 2, 1],
      ],
      prepare: ([a, b]) => [dominant(a), b],
    },
  ],
  residuals: [0, "output"],
  abstractEval: ([a, b]) => {
    requireSquare("triangularSolve", a);
    const leading = a.shape.slice(0, -2);
    const fits =
      sameShape(leading, b.shape.slice(0, -2)) &&
      b.shape[b.shape.length - 2] === a.shape[a.shape.length - 1];
    if (fits && a.dtype === b.dtype) return b;
    throw new ShapeError("triangularSolve", { a: a.shape, b: b.shape }, (d) => {
      return `a matrix of shape ${formatShape(d.a)} and right-hand sides of shape ${formatShape(d.b)} do not fit. Use [..., n, n] and [..., n, k] of one dtype.`;
    });
  },
  kernel: ({ upper, unit }) => ({
    kind: "opaque",
    memberAxis: "first",
    run: ([a, b], [x]) => {
      const { rows: n, columns: k, count } = matricesOf(b.shape);
      // rounded once, at the end
      const [left, right] = [flatCopy(a, "float64"), flatCopy(b, "float64")];
      for (let batch = 0; batch < count; batch++) {
        substitute(
          left.subarray(batch * n * n),
          right.subarray(batch * n * k, (batch + 1) * n * k),
          n,
          k,
          upper,
          unit,
        );
      }
      x.data.set(right as never, x.offset);
    },
  }),
  vjp: ([cotangent], { primals: [a], output, params }) => {
    if (cotangent === null) return [null, null];
    const bBar = solveTriangle(adjoint(a), cotangent, { ...params, upper: !params.upper });
    return [triangle(neg(matMul(bBar, adjoint(output))), params), bBar];
  },
  jvp: ([aDot, bDot], { primals: [a], output, params }) => {
    const change = aDot === null ? null : matMul(triangle(aDot, params), output);
    const right = change === null ? bDot : bDot === null ? neg(change) : sub(bDot, change);
    return [right && solveTriangle(a, right, params)];
  },
});

/** In place of the right-hand sides. */
function substitute(
  a: ArrayLike<number>,
  b: { [index: number]: number },
  n: number,
  k: number,
  upper: boolean,
  unit: boolean,
): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    for (let c = 0; c < k; c++) {
      let sum = b[i * k + c];
      const [from, to] = upper ? [i + 1, n] : [0, i];
      for (let j = from; j < to; j++) sum -= a[i * n + j] * b[j * k + c];
      b[i * k + c] = unit ? sum : sum / a[i * n + i];
    }
  }
}
