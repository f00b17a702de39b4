/** @file The namespace `linalg`: decompositions, systems, norms and products of matrices, which are the last two axes. */
export {
  cholesky,
  type Eigen,
  eigh,
  eigvalsh,
  type LU,
  lu,
  luFactor,
  type PackedLU,
  type QR,
  qr,
  type SingularValues,
  type TriangleOptions,
  svd,
  svdvals,
  unpackLU,
} from "./decompositions.ts";
export {
  cond,
  type MatrixNormOptions,
  type MatrixOrder,
  matrixNorm,
  type NormOptions,
  norm,
} from "./matrix-norms.ts";
export { det, logdet, type SlogDet, slogdet } from "./determinants.ts";
export { cross, multiDot, vecdot } from "./products.ts";
export {
  choleskyInverse,
  choleskySolve,
  inv,
  type LUSolveOptions,
  lstsq,
  luSolve,
  matrixPower,
  matrixRank,
  pinv,
  type SolveTriangularOptions,
  solve,
  solveTriangular,
  type ToleranceOptions,
  tensorinv,
  tensorsolve,
  vander,
} from "./solving.ts";
export { vectorNorm } from "../norms.ts";
export { matrixExp } from "../../primitives/matrix-exp.ts";
