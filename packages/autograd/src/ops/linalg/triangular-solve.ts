/** @file triangularSolve: solveTriangular in the order of PyTorch's older operator. */
import type { Tensor } from "../../core/tensor.ts";
import { adjoint } from "../../primitives/matrices.ts";
import { solveTriangular } from "./solving.ts";

export interface TriangularSolveOptions {
  /** Whether `a` is upper triangular; true by default. */
  readonly upper?: boolean | undefined;
  /** Whether the transpose of `a` is meant; false by default. */
  readonly transpose?: boolean | undefined;
  /** Whether the diagonal is taken as 1; false by default. */
  readonly unitriangular?: boolean | undefined;
}

/** X with A X = b for a triangular A, upper by default: `linalg.solveTriangular` with b first. @throws as that does. */
export function triangularSolve(
  b: Tensor,
  a: Tensor,
  options: TriangularSolveOptions = {},
): Tensor {
  const { upper = true, transpose = false, unitriangular } = options;
  if (transpose) return solveTriangular(adjoint(a), b, { upper: !upper, unitriangular });
  return solveTriangular(a, b, { upper, unitriangular });
}
