/**
 * @file getItem: the part of a tensor that an index names.
 *
 * Integers, slices and new axes are views. Arrays broadcast against one another, and their axes stand where the first of
 * them was, or in front where there is an axis between them; an integer, also one in a tensor, has no say in that. A mask
 * stands for the places where it is true, so it needs its numbers.
 */
import { broadcastShapes } from "../../array/broadcast.ts";
import { removedShape, sizeOf } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { add } from "../../primitives/add.ts";
import { less } from "../../primitives/compare.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { slice } from "../../primitives/slice-pad.ts";
import { broadcastTo } from "../../primitives/sum-broadcast-to.ts";
import { transpose } from "../../primitives/transpose.ts";
import { where } from "../../primitives/where.ts";
import { nonzero } from "../searching.ts";
import { type IndexEntry, linesOf, type Plan, planIndex, takenShape } from "./index-plan.ts";
import { requireKnown } from "./indices.ts";

/**
 * The part of `x` that an index names; [docs/indexing.md] has what it may hold.
 *
 * - shape: an integer takes its axis away, a slice leaves it, null puts in a new one; arrays and masks have their common
 *   shape in the place of the axes that they index; dtype: that of `x`
 * - derivative: the cotangents of an element add up
 *
 * @throws DTypeError if an entry is none; ValueError if an integer, an index or a step is out of range; ShapeError if there
 *   are too many entries, a mask does not fit, or arrays do not broadcast.
 * @example
 * getItem(tensor([[1, 2], [3, 4]]), [{ step: -1 }, 0]);   // [3, 1]
 */
export function getItem(
  x: Tensor,
  index: Exclude<IndexEntry, readonly unknown[]> | readonly IndexEntry[],
): Tensor {
  const op = "getItem";
  const { shape } = requireTensor(op, x);
  const entries = Array.isArray(index) ? (index as readonly IndexEntry[]) : [index as IndexEntry];
  return readPart(op, x, planIndex(op, shape, entries));
}

/** An axis of `x` that an array indexes, or another, which stays. */
type Read = Exclude<Plan, { readonly kind: "mask" }>;

/** The part of `x` that the plans name. */
export function readPart(op: string, x: Tensor, plans: readonly Plan[]): Tensor {
  const reads = plans.flatMap((plan) => (plan.kind === "mask" ? trueOnes(op, plan.mask) : [plan]));
  return readArrays(op, readViews(x, reads), reads);
}

/** For each axis of a mask the indices along it of the elements that are true. */
function trueOnes(op: string, mask: Tensor): readonly Read[] {
  requireKnown(op, mask);
  const places = nonzero(mask);
  const count = places.shape[0];
  return mask.shape.map((length, k) => {
    const column = slice(places, { starts: [0, k], sizes: [count, 1] });
    return { kind: "array", indices: reshape(column, [count]), length };
  });
}

/** Slices and integers read, new axes put in; arrays are still to come. */
function readViews(x: Tensor, reads: readonly Read[]): Tensor {
  const lines = reads.flatMap(linesOf);
  const block = slice(x, {
    starts: lines.map(({ start }) => start),
    sizes: lines.map(({ size }) => size),
    steps: lines.map(({ step }) => step),
  });
  return reshape(block, takenShape(reads));
}

function readArrays(op: string, x: Tensor, reads: readonly Read[]): Tensor {
  let y = x;
  const kept: Read[] = [];
  for (const read of reads) {
    const axis = kept.length;
    if (read.kind === "integer") continue;
    if (read.kind !== "array" || read.indices.rank > 0) kept.push(read);
    else {
      // one number takes its axis away, as an integer does
      const found = gather(y, reshape(read.indices, [1]), { axis });
      y = reshape(found, removedShape(y.shape, [axis]));
    }
  }
  const arrays = kept.flatMap((read, axis) => (read.kind === "array" ? [{ ...read, axis }] : []));
  return arrays.length === 0 ? y : readPlaces(op, y, arrays);
}

interface ArrayAlong {
  readonly indices: Tensor;
  readonly length: number;
  readonly axis: number;
}

/** Arrays together name places in the axes that they index, seen as one. */
function readPlaces(op: string, x: Tensor, arrays: readonly ArrayAlong[]): Tensor {
  const axes = arrays.map(({ axis }) => axis);
  const isAdjacent = axes.every((axis, i) => axis === axes[0] + i);
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const at = isAdjacent ? axes[0] : 0;
  const together = isAdjacent ? x : transpose(x, [...axes, ...others]);
  const [before, after] = [together.shape.slice(0, at), together.shape.slice(at + axes.length)];
  const size = sizeOf(arrays.map(({ length }) => length));
  const flat = reshape(together, [...before, size, ...after]);
  const places = placesOf(op, arrays);
  const found = gather(flat, reshape(places, [-1]), { axis: at });
  return reshape(found, [...before, ...places.shape, ...after]);
}

/** Places in row-major order of the indexed axes, in the arrays' common shape. */
function placesOf(op: string, arrays: readonly ArrayAlong[]): Tensor {
  if (arrays.length === 1) return arrays[0].indices;
  const shape = arrays
    .map(({ indices }) => indices.shape)
    .reduce((a, b) => broadcastShapes(op, a, b));
  const size = sizeOf(arrays.map(({ length }) => length));
  const places = arrays
    .map(({ indices, length }) => {
      // one index out of range makes the whole place one
      const isInside = where(less(indices, 0), false, less(indices, length));
      return where(isInside, indices, size);
    })
    .reduce((sum, indices, k) => add(mul(sum, arrays[k].length), indices));
  return broadcastTo(places, shape);
}
