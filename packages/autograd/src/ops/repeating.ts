/** @file Elements more than once: tiles, and each slice repeated. */
import { formatShape, isLength, normalizeAxis } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { reshape } from "../primitives/reshape.ts";
import { broadcastTo } from "../primitives/sum-broadcast-to.ts";
import { tensor } from "./create.ts";

/**
 * `x` side by side `repeats[i]` times along axis i.
 *
 * - shape: each length times its number; axes of length 1, or numbers 1, are put before whichever has fewer
 * - derivative: the sum of the cotangents of all copies
 *
 * @throws ValueError if a number is negative or no integer.
 * @example
 * tile(tensor([1, 2]), [2, 2]);   // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  const rank = Math.max(requireTensor("tile", x).rank, repeats.length);
  requireCounts("tile", repeats);
  const shape = [...Array.from({ length: rank - x.rank }, () => 1), ...x.shape];
  const times = [...Array.from({ length: rank - repeats.length }, () => 1), ...repeats];
  const apart = reshape(
    x,
    shape.flatMap((n) => [1, n]),
  );
  const wide = broadcastTo(
    apart,
    shape.flatMap((n, i) => [times[i], n]),
  );
  return reshape(
    wide,
    shape.map((n, i) => n * times[i]),
  );
}

/**
 * As `tile`, with a number for every axis at least: PyTorch's name and rule.
 *
 * @throws ShapeError if there are fewer numbers than axes.
 * @example
 * repeat(tensor([1, 2]), [2, 2]);   // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  if (repeats.length >= requireTensor("repeat", x).rank) return tile(x, repeats);
  throw new ShapeError("repeat", { repeats, shape: x.shape }, (d) => {
    return `${formatShape(d.repeats)} does not have a number for each axis of shape ${formatShape(d.shape)}. Give one for each, or call \`tile\`.`;
  });
}

export interface RepeatInterleaveOptions {
  /** All elements in row-major order by default. */
  readonly axis?: number | undefined;
}

/** @throws ValueError if something cannot be there that often. */
function requireCounts(op: string, counts: readonly number[]): void {
  const bad = counts.find((count) => !isLength(count));
  if (bad === undefined) return;
  throw new ValueError(op, { count: bad }, (d) => {
    return `nothing can be repeated ${d.count} times. Use integers of 0 or more.`;
  });
}

/**
 * Every slice along `axis` `repeats` times, one after another, or each as often as the list says.
 *
 * - shape: `axis` as long as the sum of the repeats; without an axis the elements in row-major order, as a vector
 * - derivative: the sum of the cotangents of all copies
 *
 * @throws ShapeError if the list has another length than the axis; ValueError if a number is negative or no integer;
 *   AxisError if the axis does not exist.
 * @example
 * repeatInterleave(tensor([1, 2]), [2, 1]);   // [1, 1, 2]
 */
export function repeatInterleave(
  x: Tensor,
  repeats: number | readonly number[],
  options: RepeatInterleaveOptions = {},
): Tensor {
  const op = "repeatInterleave";
  const whole = options.axis === undefined ? reshape(requireTensor(op, x), [-1]) : x;
  const axis = options.axis === undefined ? 0 : normalizeAxis(op, x.shape, options.axis);
  const n = whole.shape[axis];
  const times = typeof repeats === "number" ? Array.from({ length: n }, () => repeats) : repeats;
  const list = times.length === 1 ? Array.from({ length: n }, () => times[0]) : times;
  if (list.length !== n) {
    throw new ShapeError(op, { repeats: list, length: n }, (d) => {
      return `there are ${d.repeats.length} repeats for ${d.length} slices. Give one number, or one for each slice.`;
    });
  }
  requireCounts(op, list);
  const places = list.flatMap((count, i) => Array.from({ length: count }, () => i));
  return gather(whole, tensor(Int32Array.from(places)), { axis });
}
