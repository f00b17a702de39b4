/** @file pinv: the Moore–Penrose inverse. It has a rule of its own since that of svd has poles at equal singular values. */
import { formatShape, sameShape } from "../array/shape.ts";
import { flatCopy } from "../array/strided-array.ts";
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { add } from "./add.ts";
import { custom } from "./define.ts";
import { matMul } from "./mat-mul.ts";
import { adjoint, eachMatrix, matricesOf, requireMatrix, spread } from "./matrices.ts";
import { neg } from "./neg.ts";
import { sub } from "./sub.ts";
import { decompose } from "./svd.ts";

/** The Moore–Penrose inverse; singular values up to `bound` [...] count as 0. */
export function pseudoInverse(a: Tensor, bound: Tensor): Tensor {
  return bind(pinvPrimitive, [a, bound], null);
}

/**
 * The derivative where the rank stays the same: P' = -P A' P + P Pᵀ A'ᵀ (I - A P) + (I - P A) A'ᵀ Pᵀ P.
 * Golub & Pereyra (1973), "The differentiation of pseudo-inverses …", theorem 4.3.
 */
function change(p: Tensor, a: Tensor, aDot: Tensor): Tensor {
  const dotT = adjoint(aDot);
  const right = matMul(matMul(p, adjoint(p)), dotT);
  const left = matMul(dotT, matMul(adjoint(p), p));
  const inside = neg(matMul(p, matMul(aDot, p)));
  const beyond = add(
    sub(right, matMul(right, matMul(a, p))),
    sub(left, matMul(p, matMul(a, left))),
  );
  return add(inside, beyond);
}

export const pinvPrimitive: Primitive<null> = custom({
  name: "pinv",
  arity: 2,
  domain: [
    { min: -1, max: 1 },
    { min: 0, max: 0.01 },
  ],
  cases: [
    { params: null, shapes: [[3, 2], []], prepare: ([a, bound]) => [spread(a, 3), bound] },
    { params: null, shapes: [[2, 2, 3], [2]], prepare: ([a, bound]) => [spread(a, 3), bound] },
  ],
  residuals: [0, "output"],
  abstractEval: ([a, bound]) => {
    requireMatrix("pinv", a);
    const leading = a.shape.slice(0, -2);
    const { rows, columns } = matricesOf(a.shape);
    if (sameShape(bound.shape, leading) && bound.dtype === a.dtype) {
      return { shape: [...leading, columns, rows], dtype: a.dtype };
    }
    throw new ShapeError("pinv", { a: a.shape, bound: bound.shape }, (d) => {
      return `bounds of shape ${formatShape(d.bound)} do not fit matrices of shape ${formatShape(d.a)}. Use one of the same dtype for every matrix.`;
    });
  },
  kernel: (_, [, { dtype }]) => ({
    kind: "opaque",
    memberAxis: "first",
    run: ([a, bound], results) => {
      const bounds = flatCopy(bound, dtype);
      // a value is compared with its bound in the dtype in which the bound was computed
      const rounded = dtype === "float32" ? Math.fround : (x: number) => x;
      eachMatrix(a, results, (matrix, rows, columns, at) => {
        return [inverted(matrix, rows, columns, (value) => rounded(value) <= bounds[at])];
      });
    },
  }),
  vjp: ([cotangent], { primals: [a], output: p }) => {
    // transposed, the map A' → P' is that of Aᵀ
    return [cotangent && change(adjoint(p), adjoint(a), cotangent), null];
  },
  jvp: ([tangent], { primals: [a], output: p }) => [tangent && change(p, a, tangent)],
});

function inverted(
  a: Float64Array,
  m: number,
  n: number,
  isZero: (value: number) => boolean,
): Float64Array {
  const [u, s, vh] = decompose(a, m, n);
  const k = s.length;
  const result = new Float64Array(n * m);
  for (let value = 0; value < k; value++) {
    if (isZero(s[value])) continue;
    for (let i = 0; i < n; i++) {
      const factor = vh[value * n + i] / s[value];
      for (let j = 0; j < m; j++) result[i * m + j] += factor * u[j * k + value];
    }
  }
  return result;
}
