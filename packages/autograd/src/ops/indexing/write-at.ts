/** @file Elements of a tensor replaced or added to at given places: what every functional update comes down to. */
import { bind } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { greaterEqual } from "../../primitives/compare.ts";
import { gather, scatterAdd } from "../../primitives/gather-scatter-add.ts";
import { lastWriterPrimitive } from "../../primitives/last-writer.ts";
import { maximum } from "../../primitives/maximum.ts";
import { reshape } from "../../primitives/reshape.ts";
import { where } from "../../primitives/where.ts";

/**
 * `x` with `values` at `places`, positions in row-major order (int32, in the shape of the values). Where a place is named
 * twice the last value stands.
 *
 * @throws ValueError if a place is out of range.
 */
export function setAt(op: string, x: Tensor, places: Tensor, values: Tensor): Tensor {
  if (places.size === 0) return x;
  const writer = writersOf(op, reshape(places, [-1]), x.size);
  const written = gather(reshape(values, [-1]), maximum(writer, 0));
  return reshape(where(greaterEqual(writer, 0), written, reshape(x, [-1])), x.shape);
}

/** For each of `size` places the last position that writes it, or -1. */
export function writersOf(op: string, places: Tensor, size: number): Tensor {
  return bind(lastWriterPrimitive, [places], { size, op });
}

/** `x` with `values` added at `places`; those of one place add up. Bools are joined by or. @throws ValueError if a place is out of range. */
export function addAt(x: Tensor, places: Tensor, values: Tensor): Tensor {
  if (places.size === 0) return x;
  const sums = scatterAdd(reshape(values, [-1]), reshape(places, [-1]), { size: x.size });
  return cast(add(x, reshape(sums, x.shape)), x.dtype);
}
