/** @file Products of vectors, matrices and tensors. */
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { broadcastShapes } from "../../array/broadcast.ts";
import { add } from "../../primitives/add.ts";
import { matMul } from "../../primitives/mat-mul.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { sub } from "../../primitives/sub.ts";
import { broadcastTo, sum } from "../../primitives/sum-broadcast-to.ts";
import { transpose } from "../../primitives/transpose.ts";
import { vectorNorm } from "../norms.ts";
import { triuIndices } from "../searching.ts";
import { roll } from "../rearranging.ts";
import { select } from "../splitting.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";

/**
 * Σ a · b along `axis`, the last by default.
 *
 * - shape: the common one without the axis; dtype: promoted
 *
 * @throws ShapeError if the shapes do not broadcast; AxisError if the axis does not exist.
 * @example
 * linalg.vecdot(tensor([[1, 2], [3, 4]]), tensor([1, 1]));   // [3, 7]
 */
export function vecdot(
  a: Tensor,
  b: Tensor,
  options: { readonly axis?: number | undefined } = {},
): Tensor {
  return sum(mul(a, b), { axes: options.axis ?? -1 });
}

/**
 * Σ a · b of two vectors, as a scalar.
 *
 * @throws ShapeError if the lengths differ.
 * @example
 * dot(tensor([1, 2]), tensor([3, 4]));   // 11
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  return matMul(a, b);
}

/**
 * All products of an element of `a` with one of `b`.
 *
 * - shape: [m, n] for vectors of m and n; tensors of other ranks count as vectors of their elements
 *
 * @example
 * outer(tensor([1, 2]), tensor([3, 4]));   // [[3, 4], [6, 8]]
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  return mul(reshape(a, [a.size, 1]), reshape(b, [1, b.size]));
}

/**
 * Σ over the last axes of both; a scalar multiplies.
 *
 * - shape: the axes of `a`, then those of `b`, without the last of each
 *
 * @throws ShapeError if the last axes differ in length.
 * @example
 * inner(tensor([[1, 2], [3, 4]]), tensor([1, 1]));   // [3, 7]
 */
export function inner(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0) return mul(a, b);
  return tensordot(a, b, { axes: [[-1], [-1]] });
}

export interface TensordotOptions {
  /** How many last axes of `a` meet first axes of `b`, or which axes meet; 2 by default. */
  readonly axes?: number | readonly [readonly number[], readonly number[]] | undefined;
}

/**
 * Σ over pairs of axes of two tensors: one matrix product.
 *
 * - shape: the axes of `a`, then those of `b`, without those that meet
 *
 * @throws ShapeError if the lengths of a pair differ; AxisError if an axis does not exist.
 * @example
 * tensordot(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [0, 1]]));   // 5
 */
export function tensordot(a: Tensor, b: Tensor, options: TensordotOptions = {}): Tensor {
  const op = "tensordot";
  const { axes = 2 } = options;
  const count = typeof axes === "number" ? axes : 0;
  const [left, right] =
    typeof axes === "number"
      ? [a.shape.map((_, i) => i).slice(a.rank - count), b.shape.map((_, i) => i).slice(0, count)]
      : [
          axes[0].map((axis) => normalizeAxis(op, a.shape, axis)),
          axes[1].map((axis) => normalizeAxis(op, b.shape, axis)),
        ];
  if (left.length !== right.length || left.some((axis, i) => a.shape[axis] !== b.shape[right[i]])) {
    throw new ShapeError(op, { a: a.shape, b: b.shape, left, right }, (d) => {
      return `axes ${formatShape(d.left)} of shape ${formatShape(d.a)} and ${formatShape(d.right)} of ${formatShape(d.b)} do not meet. Name as many axes of equal lengths.`;
    });
  }
  const keptA = a.shape.map((_, i) => i).filter((i) => !left.includes(i));
  const keptB = b.shape.map((_, i) => i).filter((i) => !right.includes(i));
  const lengths = (x: Tensor, list: readonly number[]): Shape => list.map((i) => x.shape[i]);
  const k = sizeOf(lengths(a, left));
  const [shapeA, shapeB] = [lengths(a, keptA), lengths(b, keptB)];
  const product = matMul(
    reshape(transpose(a, [...keptA, ...left]), [sizeOf(shapeA), k]),
    reshape(transpose(b, [...right, ...keptB]), [k, sizeOf(shapeB)]),
  );
  return reshape(product, [...shapeA, ...shapeB]);
}

/**
 * a × b along an axis of length 3, the last by default.
 *
 * - shape: the common one
 *
 * @throws ShapeError if the axis has another length, or the shapes do not broadcast.
 * @example
 * cross(tensor([1, 0, 0]), tensor([0, 1, 0]));   // [0, 0, 1]
 */
export function cross(
  a: Tensor,
  b: Tensor,
  options: { readonly axis?: number | undefined } = {},
): Tensor {
  const shape = broadcastShapes("cross", a.shape, b.shape);
  const axis = normalizeAxis("cross", shape, options.axis ?? -1);
  if (shape[axis] !== 3) {
    throw new ShapeError("cross", { shape, axis }, (d) => {
      return `axis ${d.axis} of shape ${formatShape(d.shape)} does not have length 3. Choose one that does.`;
    });
  }
  const [x, y] = [broadcastTo(a, shape), broadcastTo(b, shape)];
  const turned = (z: Tensor, by: number): Tensor => roll(z, by, { axes: axis });
  return sub(mul(turned(x, -1), turned(y, 1)), mul(turned(x, 1), turned(y, -1)));
}

/**
 * A₁ A₂ … in the order that takes the fewest multiplications; the first and the last may be vectors.
 *
 * @throws ShapeError if there are fewer than two, or neighbours do not fit.
 * @example
 * linalg.multiDot([tensor([1, 2]), tensor([[1, 1], [0, 1]]), tensor([1, 0])]);   // 1
 */
export function multiDot(matrices: readonly Tensor[]): Tensor {
  const [first, last] = [matrices[0], matrices[matrices.length - 1]];
  if (first === undefined || matrices.length < 2) {
    throw new ShapeError("multiDot", { count: matrices.length }, (d) => {
      return `there are ${d.count} matrices to multiply. Pass at least two.`;
    });
  }
  const list = matrices.map((x, i) => {
    if (x.rank !== 1) return x;
    return i === 0 ? reshape(x, [1, x.size]) : reshape(x, [x.size, 1]);
  });
  const product = chain(
    list,
    bestSplits([...list.map((x) => x.shape[0]), list[list.length - 1].shape[1]]),
    0,
    list.length - 1,
  );
  const shape = product.shape.filter(
    (_, i) => !((i === 0 && first.rank === 1) || (i === 1 && last.rank === 1)),
  );
  return reshape(product, shape);
}

/** Where to divide each range of the chain: Cormen et al., section 14.2. */
function bestSplits(sizes: readonly number[]): (i: number, j: number) => number {
  const n = sizes.length - 1;
  const cost = Array.from({ length: n }, () => new Float64Array(n));
  const split = Array.from({ length: n }, () => new Int32Array(n));
  for (let length = 2; length <= n; length++) {
    for (let i = 0; i + length <= n; i++) {
      const j = i + length - 1;
      cost[i][j] = Number.POSITIVE_INFINITY;
      for (let k = i; k < j; k++) {
        const c = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
        if (c < cost[i][j]) [cost[i][j], split[i][j]] = [c, k];
      }
    }
  }
  return (i, j) => split[i][j];
}

function chain(
  list: readonly Tensor[],
  split: (i: number, j: number) => number,
  i: number,
  j: number,
): Tensor {
  if (i === j) return list[i];
  const k = split(i, j);
  return matMul(chain(list, split, i, k), chain(list, split, k + 1, j));
}

/** Factors of a sum with a product: β x + α a b; 1 by default. */
export interface AddProductOptions {
  readonly alpha?: number | undefined;
  readonly beta?: number | undefined;
}

function plus(x: Tensor, product: Tensor, { alpha = 1, beta = 1 }: AddProductOptions): Tensor {
  const scaled = alpha === 1 ? product : mul(product, alpha);
  return beta === 0 ? scaled : add(beta === 1 ? x : mul(x, beta), scaled);
}

/**
 * β x + α a b for matrices.
 *
 * @throws ShapeError if the matrices do not fit, or `x` does not broadcast to their product.
 * @example
 * addmm(tensor([1, 1]), tensor([[1, 2]]), tensor([[1, 0], [0, 1]]), { alpha: 2 });   // [[3, 5]]
 */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: AddProductOptions = {}): Tensor {
  return plus(x, matMul(a, b), options);
}

/** β x + α a v for a matrix and a vector. @throws as `addmm`. */
export function addmv(x: Tensor, a: Tensor, v: Tensor, options: AddProductOptions = {}): Tensor {
  return plus(x, matMul(a, v), options);
}

/** β x + α u vᵀ for vectors. @throws as `addmm`. */
export function addr(x: Tensor, u: Tensor, v: Tensor, options: AddProductOptions = {}): Tensor {
  return plus(x, outer(u, v), options);
}

/** β x + α Σ a b, the sum over a batch of matrices. @throws as `addmm`. */
export function addbmm(x: Tensor, a: Tensor, b: Tensor, options: AddProductOptions = {}): Tensor {
  return plus(x, sum(matMul(a, b), { axes: 0 }), options);
}

/** β x + α a b for a batch of matrices. @throws as `addmm`. */
export function baddbmm(x: Tensor, a: Tensor, b: Tensor, options: AddProductOptions = {}): Tensor {
  return plus(x, matMul(a, b), options);
}

/**
 * ‖aᵢ - bⱼ‖ₚ of every row of `a` with every row of `b`.
 *
 * - shapes: a [..., m, d], b [..., n, d], the result [..., m, n]
 * - derivative: 0 where two rows are equal, as for `vectorNorm`
 *
 * @throws ShapeError if the rows differ in length, or leading axes do not broadcast.
 * @example
 * cdist(tensor([[0, 0]]), tensor([[3, 4], [0, 1]]));   // [[5, 1]]
 */
export function cdist(
  a: Tensor,
  b: Tensor,
  options: { readonly p?: number | undefined } = {},
): Tensor {
  const { shape: s, rank } = requireTensor("cdist", a);
  const rows = reshape(a, [...s.slice(0, -1), 1, s[rank - 1]]);
  const columns = reshape(b, [...b.shape.slice(0, -2), 1, ...b.shape.slice(-2)]);
  return vectorNorm(sub(rows, columns), { ord: options.p ?? 2, axes: -1 });
}

/**
 * ‖xᵢ - xⱼ‖ₚ of all pairs of rows i < j.
 *
 * - shapes: x [n, d], the result [n (n - 1) / 2]: pairs (0, 1), (0, 2), …
 * - derivative: as for `cdist`
 *
 * @throws ShapeError if `x` is no matrix.
 * @example
 * pdist(tensor([[0, 0], [3, 4], [0, 1]]));   // [5, 1, 4.242640495300293]
 */
export function pdist(x: Tensor, options: { readonly p?: number | undefined } = {}): Tensor {
  const pairs = triuIndices(x.shape[0], x.shape[0], { offset: 1 });
  const side = (k: number): Tensor => gather(x, select(pairs, k));
  return vectorNorm(sub(side(0), side(1)), { ord: options.p ?? 2, axes: -1 });
}
