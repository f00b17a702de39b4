/** @file matrixExp: the exponential of a matrix. Its derivative is a block of the exponential of a larger one. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { splat } from "../core/tensor.ts";
import { concatenate } from "./concatenate.ts";
import { custom } from "./define.ts";
import { adjoint, matrixKernel, requireSquare } from "./matrices.ts";
import { slice } from "./slice-pad.ts";

/**
 * I + A + A²/2 + A³/6 + … for every matrix, by scaling and squaring.
 *
 * - shape: [..., n, n]
 * - derivative along E: the upper right block of the exponential of [[A, E], [0, A]], so that every order follows
 *
 * @throws ShapeError if `a` is no square matrix; DTypeError for int32 and bool.
 * @see Van Loan (1978), theorem 1, for the derivative; Higham (2005) for scaling and squaring.
 */
export function matrixExp(a: Tensor): Tensor {
  return bind(matrixExpPrimitive, [a], null);
}

/** The derivative of the exponential at `a` along `e`. */
function along(a: Tensor, e: Tensor): Tensor {
  const { shape, dtype } = a;
  const zero = splat({ shape, dtype }, 0);
  const rows = [concatenate([a, e], { axis: -1 }), concatenate([zero, a], { axis: -1 })];
  const both = matrixExp(concatenate(rows, { axis: -2 }));
  const n = shape[shape.length - 1];
  const leading = shape.slice(0, -2).map(() => 0);
  return slice(both, { starts: [...leading, 0, n], sizes: shape });
}

export const matrixExpPrimitive: Primitive<null> = custom({
  name: "matrixExp",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [
    { params: null, shapes: [[2, 2]] },
    { params: null, shapes: [[2, 2, 2]] },
  ],
  residuals: [0],
  abstractEval: ([a]) => {
    requireSquare("matrixExp", a);
    return a;
  },
  kernel: () => matrixKernel((matrix, n) => [exponential(matrix, n)]),
  vjp: ([cotangent], { primals: [a] }) => [cotangent && along(adjoint(a), cotangent)],
  jvp: ([tangent], { primals: [a] }) => [tangent && along(a, tangent)],
});

/** The Taylor polynomial of degree 18 of A / 2ˢ, whose norm is at most ½, and s squarings. */
function exponential(a: Float64Array, n: number): Float64Array {
  let norm = 0;
  for (let j = 0; j < n; j++) {
    let column = 0;
    for (let i = 0; i < n; i++) column += Math.abs(a[i * n + j]);
    norm = Math.max(norm, column);
  }
  const squarings = norm > 0.5 && Number.isFinite(norm) ? Math.ceil(Math.log2(norm)) + 1 : 0;
  const scaled = a.map((x) => x / 2 ** squarings);
  // Horner: I + A (I + A/2 (I + A/3 (…)))
  let sum = new Float64Array(n * n);
  for (let i = 0; i < n; i++) sum[i * n + i] = 1;
  for (let k = 18; k >= 1; k--) {
    sum = product(scaled, sum, n);
    for (let i = 0; i < n * n; i++) sum[i] /= k;
    for (let i = 0; i < n; i++) sum[i * n + i] += 1;
  }
  for (let k = 0; k < squarings; k++) sum = product(sum, sum, n);
  return sum;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k];
      for (let j = 0; j < n; j++) c[i * n + j] += x * b[k * n + j];
    }
  }
  return c;
}
