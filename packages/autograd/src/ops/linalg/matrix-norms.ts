/** @file Norms of matrices, and the condition number. */
import { formatShape, normalizeAxis, removedShape } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { abs } from "../../primitives/abs.ts";
import { div } from "../../primitives/div.ts";
import { max } from "../../primitives/max.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { sum } from "../../primitives/sum-broadcast-to.ts";
import { movedim } from "../rearranging.ts";
import { vectorNorm } from "../norms.ts";
import { min } from "../reductions.ts";
import { svdvals } from "./decompositions.ts";
import { inv } from "./solving.ts";

/** Frobenius, nuclear, 2 and -2 (singular values), ±1 (sums of columns), ±Infinity (sums of rows). */
export type MatrixOrder = "fro" | "nuc" | number;

export interface MatrixNormOptions {
  /** "fro" by default. */
  readonly ord?: MatrixOrder | undefined;
  /** Rows and columns; the last two axes by default. */
  readonly axes?: readonly number[] | undefined;
  readonly keepDims?: boolean | undefined;
}

/**
 * A norm of every matrix.
 *
 * - shape: without both axes, or with length 1 under `keepDims`
 * - derivative: as for singular values, `max` and `vectorNorm`
 *
 * @throws ShapeError if `x` has fewer than two axes; ValueError if the order is none of matrices.
 * @example
 * linalg.matrixNorm(tensor([[3, 0], [0, 4]]), { ord: "nuc" });   // 7
 */
export function matrixNorm(x: Tensor, options: MatrixNormOptions = {}): Tensor {
  const op = "matrixNorm";
  const { ord = "fro", axes = [-2, -1], keepDims = false } = options;
  const { shape } = requireTensor(op, x);
  if (shape.length < 2 || axes.length !== 2) {
    throw new ShapeError(op, { shape, axes }, (d) => {
      return `axes ${formatShape(d.axes)} of shape ${formatShape(d.shape)} are no matrix. Use two axes.`;
    });
  }
  const [rows, columns] = axes.map((axis) => normalizeAxis(op, shape, axis));
  const matrices = movedim(x, [rows, columns], [-2, -1]);
  const norm = ofMatrices(op, matrices, ord);
  const kept = shape.map((n, axis) => (axis === rows || axis === columns ? 1 : n));
  return reshape(norm, keepDims ? kept : removedShape(shape, [rows, columns]));
}

function ofMatrices(op: string, x: Tensor, ord: MatrixOrder): Tensor {
  switch (ord) {
    case "fro":
      return vectorNorm(x, { axes: [-2, -1] });
    case "nuc":
      return sum(svdvals(x), { axes: -1 });
    case 2:
      return max(svdvals(x), { axes: -1 });
    case -2:
      return min(svdvals(x), { axes: -1 });
    case 1:
      return max(sum(abs(x), { axes: -2 }), { axes: -1 });
    case -1:
      return min(sum(abs(x), { axes: -2 }), { axes: -1 });
    case Number.POSITIVE_INFINITY:
      return max(sum(abs(x), { axes: -1 }), { axes: -1 });
    case Number.NEGATIVE_INFINITY:
      return min(sum(abs(x), { axes: -1 }), { axes: -1 });
    default:
      throw new ValueError(op, { ord }, (d) => {
        return `there is no matrix norm of order ${JSON.stringify(d.ord)}. Use "fro", "nuc", 1, 2, Infinity or their negatives.`;
      });
  }
}

export interface NormOptions {
  /** By default the length of all elements. */
  readonly ord?: MatrixOrder | undefined;
  /** One axis for vectors, two for matrices; by default what the rank says. */
  readonly axes?: number | readonly number[] | undefined;
  readonly keepDims?: boolean | undefined;
}

/**
 * The norm of vectors or matrices: `vectorNorm` or `matrixNorm`.
 *
 * @throws as they do.
 * @example
 * linalg.norm(tensor([[3, 0], [0, 4]]));   // 5
 */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  const { ord, keepDims } = options;
  const axes = typeof options.axes === "number" ? [options.axes] : options.axes;
  const isMatrix = axes === undefined ? ord !== undefined && x.rank === 2 : axes.length === 2;
  if (isMatrix && ord !== undefined) return matrixNorm(x, { ord, axes: axes ?? [0, 1], keepDims });
  const order = typeof ord === "number" ? ord : 2;
  return vectorNorm(x, {
    ord: order,
    ...(axes && { axes }),
    ...(keepDims !== undefined && { keepDims }),
  });
}

/**
 * ‖A‖ ‖A⁻¹‖; for order 2, the default, and -2 the ratio of the largest to the least singular value, or its inverse.
 *
 * @throws as `matrixNorm`.
 * @example
 * linalg.cond(tensor([[4, 0], [0, 2]]));   // 2
 */
export function cond(x: Tensor, options: { readonly ord?: MatrixOrder | undefined } = {}): Tensor {
  const { ord = 2 } = options;
  if (ord !== 2 && ord !== -2) return mul(matrixNorm(x, { ord }), matrixNorm(inv(x), { ord }));
  const s = svdvals(x);
  const [large, small] = [max(s, { axes: -1 }), min(s, { axes: -1 })];
  return ord === 2 ? div(large, small) : div(small, large);
}
