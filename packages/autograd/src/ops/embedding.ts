/** @file embedding and embeddingBag: rows of a table by their numbers, and what several rows add up to. */
import { formatShape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { cast } from "../primitives/cast.ts";
import { equal, greaterEqual } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { max } from "../primitives/max.ts";
import { maximum } from "../primitives/maximum.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { sub } from "../primitives/sub.ts";
import { sum } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { argMax } from "./arg-max.ts";
import { arange } from "./create.ts";

export interface EmbeddingOptions {
  /** The row that receives no derivative; negative ones count from the end. None by default. */
  readonly paddingIndex?: number | undefined;
}

/**
 * The rows of `weight` that `indices` name.
 *
 * - shapes: weight [rows, D], indices any, int32; the result [...indices, D]
 * - derivative: the cotangents of a row add up; the row `paddingIndex` receives none
 *
 * @throws DTypeError if `indices` is not int32; ValueError if an index is out of range.
 * @example
 * embedding(tensor([[1, 2], [3, 4]]), tensor([1, 0], { dtype: "int32" }));   // [[3, 4], [1, 2]]
 */
export function embedding(weight: Tensor, indices: Tensor, options: EmbeddingOptions = {}): Tensor {
  const { shape } = requireTensor("embedding", indices);
  const rows = gather(weight, reshape(indices, [-1]));
  const found = reshape(rows, [...shape, ...weight.shape.slice(1)]);
  if (options.paddingIndex === undefined) return found;
  const isPadding = paddingMask("embedding", weight, indices, options.paddingIndex);
  return where(reshape(isPadding, [...shape, 1]), stopGradient(found), found);
}

export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** Indices of dimension 1 are divided into bags: where each starts, int32 [B], ascending from 0. */
  readonly offsets?: Tensor | undefined;
  /** Whether the last offset is an end rather than a start; false by default. */
  readonly includeLastOffset?: boolean | undefined;
  /** "mean" by default. */
  readonly mode?: "sum" | "mean" | "max" | undefined;
  /** A factor for every row, in the shape of the indices; for "sum" only. */
  readonly perSampleWeights?: Tensor | undefined;
}

/**
 * The sum, mean or maximum of the rows of each bag. Rows `paddingIndex` count for nothing; an empty bag is 0.
 *
 * - shapes: weight [rows, D]; indices [B, n], each row a bag, or [n] with `offsets`; the result [B, D]
 * - where rows tie for the maximum the first receives the derivative
 * - cost: with offsets, a table of bags by indices is made
 *
 * @throws ShapeError if indices and offsets do not fit; ValueError for weights with another mode than "sum".
 */
export function embeddingBag(
  weight: Tensor,
  indices: Tensor,
  options: EmbeddingBagOptions = {},
): Tensor {
  const op = "embeddingBag";
  const { mode = "mean", paddingIndex, perSampleWeights } = options;
  if (perSampleWeights !== undefined && mode !== "sum") {
    throw new ValueError(op, { mode }, (d) => {
      return `weights of samples have no meaning for mode "${d.mode}". Use mode "sum".`;
    });
  }
  const { bags, members } = bagsOf(op, indices, options);
  // every bag against all rows it may hold: [B, n]
  const rows = embedding(weight, members, { paddingIndex });
  const known = paddingIndex === undefined ? null : paddingMask(op, weight, members, paddingIndex);
  const inBag = known === null ? bags : where(known, false, bags);
  const own = reshape(inBag, [...inBag.shape, 1]);
  if (mode === "max") return largest(rows, own);
  const factors =
    perSampleWeights === undefined ? null : reshape(perSampleWeights, [...members.shape, 1]);
  const total = sum(where(own, factors === null ? rows : mul(rows, factors), 0), { axes: 1 });
  if (mode === "sum") return total;
  const counts = sum(cast(own, weight.dtype), { axes: 1 });
  return div(total, maximum(counts, 1));
}

interface Bags {
  /** Where row j belongs to bag i: bool [B, n]. */
  readonly bags: Tensor;
  /** The indices of the rows: [B, n], or [1, n] where all bags share a list. */
  readonly members: Tensor;
}

function bagsOf(op: string, indices: Tensor, options: EmbeddingBagOptions): Bags {
  const { offsets, includeLastOffset = false } = options;
  const { shape } = requireTensor(op, indices);
  if (shape.length === 2 && offsets === undefined) {
    return { bags: equal(indices, indices), members: indices };
  }
  if (shape.length !== 1 || offsets?.rank !== 1) {
    throw new ShapeError(op, { shape, offsets: offsets?.shape }, () => {
      return `indices have shape ${formatShape(shape)} ${offsets === undefined ? "without offsets" : `with offsets of shape ${formatShape(offsets.shape)}`}. Use indices [bags, n], or [n] with offsets [bags].`;
    });
  }
  const [n] = shape;
  const position = reshape(arange(n), [1, n]);
  // how many bags have begun at a position, less one, is the number of the bag
  const starts = greaterEqual(position, reshape(offsets, [-1, 1]));
  const number = sub(sum(starts, { axes: 0, keepDims: true }), 1);
  const count = includeLastOffset ? offsets.size - 1 : offsets.size;
  return {
    bags: equal(number, reshape(arange(count), [count, 1])),
    members: reshape(indices, [1, n]),
  };
}

/** The largest of `rows` [.., n, D] where `own` [B, n, 1] says so; 0 for a bag without any. */
function largest(rows: Tensor, own: Tensor): Tensor {
  const lowest = Number.NEGATIVE_INFINITY;
  const values = where(own, rows, lowest);
  const first = argMax(values, { axis: 1 });
  const [bags, n, width] = values.shape;
  const place = equal(reshape(arange(n), [1, n, 1]), reshape(first, [bags, 1, width]));
  const isEmpty = equal(max(values, { axes: 1 }), lowest);
  return where(isEmpty, 0, sum(where(place, values, 0), { axes: 1 }));
}

/** Where an index is the padding. @throws ValueError if there is no such row. */
function paddingMask(op: string, weight: Tensor, indices: Tensor, paddingIndex: number): Tensor {
  const [rows] = weight.shape;
  if (!Number.isInteger(paddingIndex) || paddingIndex < -rows || paddingIndex >= rows) {
    throw new ValueError(op, { paddingIndex, rows }, (d) => {
      return `paddingIndex ${d.paddingIndex} is none of the ${d.rows} rows. Use an integer from ${-d.rows} to ${d.rows - 1}.`;
    });
  }
  return equal(indices, paddingIndex < 0 ? paddingIndex + rows : paddingIndex);
}
