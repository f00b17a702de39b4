/** @file Messages of linear algebra. */
import { cholesky, cross, einsum, eye, linalg, tensordot, zeros } from "@tapegrad/autograd";
import { pseudoInverse } from "../../src/primitives/pinv.ts";
import { orthogonalFactor } from "../../src/primitives/qr.ts";
import { solveTriangle } from "../../src/primitives/triangular-solve.ts";

const vector = zeros([2]);
const wide = zeros([2, 3]);

export const calls: readonly (() => unknown)[] = [
  () => linalg.svd(vector),
  () => linalg.eigh(wide),
  () => linalg.inv(wide),
  () => linalg.det(vector),
  () => linalg.svd(zeros([2, 2], { dtype: "int32" })),
  () => cholesky(eye(2).mul(-1)),
  () => cholesky(wide),
  () => orthogonalFactor(wide),
  () => pseudoInverse(wide, vector),
  () => solveTriangle(eye(2), zeros([3, 1]), { upper: true, unit: false }),
  () => linalg.solveTriangular(eye(2), zeros([3, 1])),
  () => linalg.solve(eye(2), zeros([3, 1])),
  () => einsum("ij,jk->ik", wide),
  () => einsum("i", wide),
  () => einsum("ij,jk->ik", wide, wide),
  () => einsum("ij->k", wide),
  () => linalg.matrixNorm(vector),
  () => linalg.matrixNorm(wide, { ord: 3 }),
  () => tensordot(wide, wide, { axes: 1 }),
  () => cross(vector, vector),
  () => linalg.multiDot([wide]),
  () => linalg.tensorinv(zeros([2, 3, 4])),
];

export const text = `
ShapeError: svd: shape [2] is no matrix. Use [..., m, n].
ShapeError: eigh: shape [2, 3] is no square matrix. Use [..., n, n].
ShapeError: inv: shape [2, 3] is no square matrix. Use [..., n, n].
ShapeError: det: shape [2] is no square matrix. Use [..., n, n].
DTypeError: svd: expected a floating dtype but got int32. Convert first: \`svd(cast(x, "float32"))\`.
ValueError: cholesky: the matrix is not positive definite: this shows at row 0. Add a multiple of the identity, or check the numbers.
ShapeError: cholesky: shape [2, 3] is no square matrix. Use [..., n, n].
ShapeError: qr: shape [2, 3] has more columns than rows, which are not independent. Call \`linalg.qr\`, which takes the first ones.
ShapeError: pinv: bounds of shape [2] do not fit matrices of shape [2, 3]. Use one of the same dtype for every matrix.
ShapeError: triangularSolve: a matrix of shape [2, 2] and right-hand sides of shape [3, 1] do not fit. Use [..., n, n] and [..., n, k] of one dtype.
ShapeError: solveTriangular: a matrix of shape [2, 2] and right-hand sides of shape [3, 1] do not fit. Use [..., n, n] and [..., n, k].
ShapeError: solve: a matrix of shape [2, 2] and right-hand sides of shape [3, 1] do not fit. Use [..., n, n] and [..., n, k].
ShapeError: einsum: the equation ij,jk->ik has 2 terms for 1 operands. Use one for each.
ShapeError: einsum: the term i of i does not fit a tensor of rank 2. Use one letter for each axis, and "..." for any others.
ShapeError: einsum: j has lengths 3 and 2 in ij,jk->ik. Give every letter one length.
ShapeError: einsum: k is in the result of ij->k and in no term. Name only axes that operands have.
ShapeError: matrixNorm: axes [-2, -1] of shape [2] are no matrix. Use two axes.
ValueError: matrixNorm: there is no matrix norm of order 3. Use "fro", "nuc", 1, 2, Infinity or their negatives.
ShapeError: tensordot: axes [1] of shape [2, 3] and [0] of [2, 3] do not meet. Name as many axes of equal lengths.
ShapeError: cross: axis 0 of shape [2] does not have length 3. Choose one that does.
ShapeError: multiDot: there are 1 matrices to multiply. Pass at least two.
ShapeError: tensorinv: axes [2, 3] and [4] make no square matrix. Divide the axes so that both have as many elements.
`;
